/** That every text which the editor gets has gone through the seam: in an editor that notes what it is given. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { interpreted } from './interpreted';

/** Everything that the editor was given to show, and a hook for what it calls back. */
const editor = vi.hoisted((): { shown: string[]; answer: unknown } => ({ shown: [], answer: undefined }));

vi.mock('vscode', () => {
  /** Notes all texts in `value`: arguments, options, rows. */
  const note = (value: unknown, seen = new Set<unknown>()): void => {
    if (typeof value === 'string') editor.shown.push(value);
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, each] of Object.entries(value)) {
      // What a row means is ours, and its id only tells it from others.
      if (key === 'value' || key === 'id') continue;
      note(key, seen);
      note(each, seen);
    }
  };
  /** An object of the editor's: notes what it is called with and what is assigned to it. */
  const object = (own: Record<string, unknown> = {}): Record<string, unknown> =>
    new Proxy(own, {
      get: (target, key) =>
        typeof key === 'symbol' || key in target || key === 'then'
          ? (Reflect.get(target, key) as unknown)
          : (...args: unknown[]) => {
              note(args);
              return object();
            },
      set: (target, key, value) => {
        note(value);
        return Reflect.set(target, key, value);
      },
    });
  const answering =
    (): ((...args: unknown[]) => Promise<unknown>) =>
    (...args) => {
      note(args);
      const { answer } = editor;
      return Promise.resolve(
        typeof answer === 'function' ? (answer as (args: unknown) => unknown)(args) : answer,
      );
    };
  class MarkdownString {
    value = '';
    isTrusted: unknown;
    appendText(text: string): this {
      note(text);
      this.value += text.replace(/[\\`*_{}[\]()#+\-!~]/g, '\\$&');
      return this;
    }
    appendMarkdown(text: string): this {
      this.value += text;
      return this;
    }
  }
  class TreeItem {
    constructor(
      readonly label: string,
      readonly collapsibleState: number,
    ) {
      note(label);
    }
  }
  class FileDecoration {
    constructor(
      readonly badge: string,
      readonly tooltip: string,
    ) {
      note([badge, tooltip]);
    }
  }
  const Text = class {
    constructor(readonly value: string) {}
  };
  return {
    window: object({
      showInformationMessage: answering(),
      showErrorMessage: answering(),
      showWarningMessage: answering(),
      showQuickPick: answering(),
      showInputBox: answering(),
      showOpenDialog: answering(),
      showSaveDialog: answering(),
      withProgress: async (options: unknown, work: (...args: unknown[]) => Promise<unknown>) => {
        note(options);
        return work(object(), object());
      },
      createStatusBarItem: () => (editor.answer = object()),
      createQuickPick: () => object({ items: [], selectedItems: [], activeItems: [] }),
      createTreeView: (_id: string, options: { treeDataProvider: unknown }) => {
        editor.answer = options.treeDataProvider;
        return object();
      },
      createWebviewPanel: (_type: string, title: string) => {
        note(title);
        return object();
      },
      ...Object.fromEntries(
        ['CustomEditorProvider', 'WebviewPanelSerializer', 'WebviewViewProvider'].map((name) => [
          `register${name}`,
          (_id: string, provider: unknown) => {
            editor.answer = provider;
          },
        ]),
      ),
      registerFileDecorationProvider: (provider: unknown) => {
        editor.answer = provider;
      },
    }),
    commands: {
      registerCommand: (_id: string, command: unknown) => {
        editor.answer = command;
      },
    },
    lm: {
      registerTool: (_name: string, tool: unknown) => {
        editor.answer = tool;
      },
    },
    l10n: {
      bundle: undefined,
      t: (message: string, ...values: unknown[]) => {
        note(values);
        return message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)]));
      },
    },
    Uri: { file: (path: string) => ({ path }) },
    ProgressLocation: { Notification: 15 },
    StatusBarAlignment: { Left: 1 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    ViewColumn: { Active: -1 },
    EventEmitter: Text,
    Disposable: { from: () => undefined },
    FileDecoration,
    MarkdownString,
    TreeItem,
    ThemeIcon: Text,
    ThemeColor: Text,
  };
});

/** Each is interpreted by some editor, or hides something; the marker tells that it was shown at all. */
const HOSTILE =
  'MARK [Repair](command:x) $(verified) https://a \u202e\u0000\u2028\u200b\ufeff\ud800\u{e0041} '.repeat(3);
const LONG = HOSTILE + 'x'.repeat(20_000);

type Surface = (hostile: string) => unknown;

/** What the seam exports, each with hostile text in every place for text. */
const SURFACES: Record<string, () => Promise<Record<string, Surface | null>>> = {
  // For other programs, as it is.
  clipboard: () => Promise.resolve({ copyText: null }),
  decorations: async () => {
    const { registerBadges } = await import('../../../../src/extension/ui/decorations');
    return {
      registerBadges: (text) => {
        registerBadges(
          () => ({ text: 'α₀', tooltip: text }),
          () => undefined,
        );
        const { provideFileDecoration } = editor.answer as {
          provideFileDecoration: (uri: object) => unknown;
        };
        provideFileDecoration({ scheme: 'file', fsPath: '/a' });
      },
    };
  },
  dialogs: async () => {
    const { chooseFiles, chooseFolder, chooseTarget } = await import('../../../../src/extension/ui/dialogs');
    return {
      chooseFiles: (text) =>
        chooseFiles({ title: text, button: text, several: true, kind: { label: text, extensions: ['a'] } }),
      chooseFolder: (text) => chooseFolder({ title: text, button: text }),
      chooseTarget: (text) => chooseTarget({ title: text, folder: '/', name: text, extension: 'a' }),
    };
  },
  failing: async () => {
    const { failingPlainly } = await import('../../../../src/extension/ui/failing');
    return { failingPlainly: (text) => failed(() => failingPlainly(() => Promise.reject(new Error(text)))) };
  },
  inputBox: async () => {
    const { askText } = await import('../../../../src/extension/ui/inputBox');
    return {
      // What is written in it is the user's own, as it is.
      askText: (text) => askText({ title: text, prompt: text, value: '', tooLong: text }),
    };
  },
  line: async () => {
    const { rendered, spoken } = await import('../../../../src/extension/ui/line');
    return {
      rendered: (text) => {
        editor.shown.push(rendered([text, { icon: 'warning' }, text]).replace(' $(warning) ', ' '));
      },
      spoken: (text) => {
        editor.shown.push(spoken([text, { icon: 'warning' }, text]));
      },
    };
  },
  log: async () => {
    const { EditorLog } = await import('../../../../src/extension/ui/log');
    return {
      EditorLog: (text) => {
        const log = new EditorLog('NeuroMFA');
        log.info(text);
        log.warn(text);
        log.error(text);
        log.error(new Error(text));
      },
    };
  },
  messages: async () => {
    const { confirm, tell } = await import('../../../../src/extension/ui/messages');
    return {
      confirm: (text) => confirm({ message: text, detail: text, button: text }),
      tell: async (text) => {
        await tell('error', text, text, text);
        await tell('information', text, text);
        await tell('warning', text, text);
      },
    };
  },
  // The words themselves.
  plain: async () => {
    const names = Object.keys(await import('../../../../src/extension/ui/plain'));
    return Object.fromEntries(names.map((name) => [name, null]));
  },
  progress: async () => {
    const { withProgress } = await import('../../../../src/extension/ui/progress');
    return {
      withProgress: (text) =>
        withProgress(text, (progress) => {
          progress.report(text, 1);
          return Promise.resolve();
        }),
      withViewProgress: null,
    };
  },
  quickPick: async () => {
    const { pickMany, pickOne, pickTicked, TickList } =
      await import('../../../../src/extension/ui/quickPick');
    const row = (text: string) => ({ label: text, description: text, detail: [text, text], value: text });
    return {
      pickMany: (text) => pickMany([row(text)], { title: text, placeholder: text }),
      pickOne: (text) => pickOne([row(text)], { title: text, placeholder: text }),
      pickTicked: (text) => {
        void pickTicked([row(text)], [], { title: text, placeholder: text });
      },
      TickList: (text) => {
        const list = new TickList<string>({ title: text, placeholder: text });
        list.setPlaceholder(text);
        list.setRows([row(text)]);
      },
    };
  },
  registering: async () => {
    const own = await import('../../../../src/extension/ui/registering');
    const called = (method: string) => (): unknown => {
      const { answer } = editor;
      if (typeof answer === 'function') return (answer as () => unknown)();
      return (answer as Record<string, () => unknown>)[method]!();
    };
    const failing = (text: string) => (): never => {
      throw new Error(text);
    };
    return {
      onFocus: null,
      linkScheme: null,
      registerLinks: null,
      registerCommand: (text) => {
        own.registerCommand('id', failing(text));
        return failed(called(''));
      },
      registerEditor: async (text) => {
        own.registerEditor('id', { open: failing(text), show: failing(text) });
        await failed(called('openCustomDocument'));
        await failed(called('resolveCustomEditor'));
      },
      registerPanels: (text) => {
        own.registerPanels('id', failing(text));
        return failed(called('deserializeWebviewPanel'));
      },
      registerView: (text) => {
        own.registerView('id', failing(text));
        return failed(called('resolveWebviewView'));
      },
    };
  },
  // Written to files of settings, not shown.
  settings: () => Promise.resolve({ changeSetting: null, preferEditor: null }),
  statusItem: async () => {
    const { StatusItem } = await import('../../../../src/extension/ui/statusItem');
    return {
      StatusItem: (text) => {
        new StatusItem('id', {
          name: text,
          command: 'own',
          tooltip: { text, link: text, command: 'own' },
        }).show([text]);
      },
    };
  },
  tabs: async () => {
    const { createPanel, nameTab } = await import('../../../../src/extension/ui/tabs');
    return {
      createPanel: null,
      // Shows nothing.
      onTextTab: null,
      nameTab: (text) => {
        nameTab(createPanel('id', {}), text);
      },
    };
  },
  tools: async () => {
    const { registerTool } = await import('../../../../src/extension/ui/tools');
    return {
      registerTool: async (text) => {
        registerTool({
          name: 'own',
          working: () => text,
          question: () => ({ title: text, message: text }),
          call: () => Promise.reject(new Error(text)),
        });
        const tool = editor.answer as Record<'prepareInvocation' | 'invoke', (...args: unknown[]) => unknown>;
        const { invocationMessage, confirmationMessages } = tool.prepareInvocation({ input: {} }) as {
          invocationMessage: string;
          confirmationMessages: Record<string, string>;
        };
        editor.shown.push(invocationMessage, ...Object.values(confirmationMessages));
        const token = { onCancellationRequested: () => ({ dispose: () => undefined }) };
        await failed(() => tool.invoke({ input: {} }, token));
      },
    };
  },
  tree: async () => {
    const { Tree } = await import('../../../../src/extension/ui/tree');
    return {
      Tree: async (text) => {
        const icon = { id: 'pass' };
        const row = { id: text, label: text, description: text, tooltip: [text], icon, contextValue: 'run' };
        const source = {
          onDidChange: () => ({ dispose: () => undefined }),
          childrenOf: (): Promise<string[]> => Promise.reject(new Error(text)),
          parentOf: () => undefined,
          filesOf: () => [],
          rowOf: () => ({ ...row, children: 'none' as const }),
        };
        new Tree('id', source, () => undefined).setMessage(text);
        const provider = editor.answer as {
          getTreeItem: (node: string) => Promise<Record<string, unknown>>;
          getChildren: () => Promise<unknown>;
        };
        await failed(() => provider.getChildren());
        const { label, description, tooltip, accessibilityInformation } = await provider.getTreeItem('');
        const spoken = (accessibilityInformation as { label: string }).label;
        editor.shown.push(...[label, description, spoken, tooltip].map(String));
      },
    };
  },
  words: async () => {
    const { t } = await import('../../../../src/extension/ui/words');
    return {
      t: (text) => {
        t('{0} of {1}', text, 5);
      },
      translations: null,
      // What shows an error makes it plain.
      faultIn: null,
      thrownText: null,
    };
  },
};

/** Notes how the editor would show that `work` fails. */
async function failed(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, stack } = error as Error;
    editor.shown.push(message, ...stack!.split('\n'));
    return;
  }
  throw new Error('it has not failed');
}

const rooms = readdirSync(join(import.meta.dirname, '../../../../src/extension/ui')).map((file) =>
  file.replace(/\.ts$/, ''),
);

beforeEach(() => {
  editor.shown.length = 0;
  editor.answer = undefined;
});

it('every file of the seam is looked at, and everything that it exports', async () => {
  expect(Object.keys(SURFACES)).toEqual(rooms);
  for (const [file, load] of Object.entries(SURFACES)) {
    const exported = (await import(`../../../../src/extension/ui/${file}.ts`)) as object;
    expect(Object.keys(await load()).sort(), file).toEqual(Object.keys(exported).sort());
  }
});

describe.each(Object.entries(SURFACES))('%s', (_, load) => {
  it('gives the editor nothing but plain, bounded text', async () => {
    for (const [name, surface] of Object.entries(await load())) {
      if (!surface) continue;
      for (const [text, most] of [
        [HOSTILE, 5_000],
        [LONG, 11_000],
      ] as const) {
        editor.shown.length = 0;
        await surface(text);
        const shown = editor.shown.flatMap((each) => each.split('\n'));
        expect(shown.filter((each) => each.includes('MARK')).length, name).toBeGreaterThan(0);
        for (const each of shown) {
          expect(interpreted(each), name).toEqual([]);
          expect(each.length, name).toBeLessThan(most);
        }
      }
    }
  });
});

describe('what is ours', () => {
  it('keeps its icons and the link of the status bar', async () => {
    const { rendered, spoken } = await import('../../../../src/extension/ui/line');
    expect(spoken([{ icon: 'warning' }, 'it is damaged'])).toBe('it is damaged');
    expect(rendered([{ icon: 'warning' }, 'it is damaged'])).toBe('$(warning) it is damaged');
    expect(rendered('$(warning)')).toBe('$ (warning)');
    const { StatusItem } = await import('../../../../src/extension/ui/statusItem');
    new StatusItem('id', {
      name: 'a',
      command: 'own.show',
      tooltip: { text: 'At work.', link: 'Cancel All', command: 'own.cancel' },
    });
    expect(editor.answer).toMatchObject({
      tooltip: {
        value: 'At work.\n\n[Cancel All](command:own.cancel)',
        isTrusted: { enabledCommands: ['own.cancel'] },
      },
    });
  });

  it('buttons answer with the words that they were given', async () => {
    const { confirm, tell } = await import('../../../../src/extension/ui/messages');
    editor.answer = (args: unknown[]) => args.at(-1);
    expect(await tell('error', 'm', 'one', '$(two)')).toBe('$(two)');
    expect(await confirm({ message: 'm', detail: 'd', button: '$(three)' })).toBe(true);
    editor.answer = undefined;
    expect(await tell('error', 'm', 'one')).toBeUndefined();
    expect(await confirm({ message: 'm', detail: 'd', button: 'three' })).toBe(false);
  });

  it('what fails keeps its message and the place in the program', async () => {
    const { failingPlainly } = await import('../../../../src/extension/ui/failing');
    const failure = failingPlainly(() => {
      throw new TypeError('it is [damaged](file:///a)');
    });
    await expect(failure).rejects.toThrow('it is [damaged] (file: ///a)');
    await expect(failure).rejects.toHaveProperty(
      'stack',
      expect.stringMatching(/^TypeError: it.*\n {4}at .*surfaces/),
    );
    expect(await failingPlainly(() => 5)).toBe(5);
  });
});
