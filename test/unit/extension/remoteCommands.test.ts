/** "Analyze Remote Run…" and the token of the Hub, in an editor that answers as it is told. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { checkListed } from '../../../src/extension/remote/checkListed';
import { HubToken } from '../../../src/extension/remote/hubToken';
import {
  registerRemoteCommands,
  type RemoteCommandServices,
} from '../../../src/extension/remote/remoteCommands';
import { RemoteRunList } from '../../../src/extension/remote/remoteRunList';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { RemoteCheckpoint, RemoteListing } from '../../../src/protocol/remote';

interface Pick {
  title: string;
  placeholder: string;
  items: { label: string; description?: string; detail?: string }[];
  selectedItems: Pick['items'];
}

const editor = vi.hoisted(() => ({
  commands: new Map<string, (...args: unknown[]) => Promise<void>>(),
  inputs: [] as (string | undefined)[],
  asked: [] as { title: string; password: boolean; prompt: string }[],
  executed: [] as unknown[][],
  picks: [] as unknown[],
  accepts: true,
  stops: false,
  said: [] as string[],
  reported: [] as string[],
}));

vi.mock('vscode', () => ({
  commands: {
    registerCommand: (id: string, command: (...args: unknown[]) => Promise<void>) => {
      editor.commands.set(id, command);
      return { dispose: () => undefined };
    },
    executeCommand: (...args: unknown[]) => {
      editor.executed.push(args);
      return Promise.resolve();
    },
  },
  l10n: {
    t: (words: string, ...args: unknown[]) => words.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)])),
  },
  ProgressLocation: { Notification: 15 },
  window: {
    showInformationMessage: (words: string) => {
      editor.said.push(words);
      return Promise.resolve(undefined);
    },
    showInputBox: (options: { title: string; password: boolean; prompt: string }) => {
      editor.asked.push(options);
      return Promise.resolve(editor.inputs.shift());
    },
    withProgress: (_: unknown, work: (progress: unknown, cancellation: unknown) => unknown) =>
      work(
        { report: ({ message }: { message: string }) => editor.reported.push(message) },
        {
          onCancellationRequested: (listener: () => void) => {
            if (editor.stops) listener();
          },
        },
      ),
    createQuickPick: () => {
      let accept = (): void => undefined;
      let hide = (): void => undefined;
      const pick = {
        items: [],
        activeItems: [],
        selectedItems: [],
        onDidAccept: (listener: () => void) => (accept = listener),
        onDidHide: (listener: () => void) => (hide = listener),
        show: () => {
          editor.picks.push(pick);
          if (editor.accepts) accept();
          else hide();
        },
        dispose: () => undefined,
      };
      return pick;
    },
  },
  Uri: Object,
}));

const checkpoint = (step: number, content: string | null = `sha256:${step}`): RemoteCheckpoint => ({
  ...{ at: `hf://lab/run@step${step}`, name: `step${step}`, step, epoch: null, tokens: null },
  ...{ bytes: 2_500_000, content, config: 'git:c' },
});
const listing: RemoteListing = {
  at: 'hf://lab/run',
  name: 'lab/run',
  orderedBy: 'step',
  checkpoints: [checkpoint(0, 'a'), checkpoint(64, 'a'), checkpoint(1000)],
  leftOut: [{ name: 'step2', cause: 'there are no weights' }],
};
const price = { checkpoints: 2, fileBytes: 5e6, bytes: 1e6, requests: 120, seconds: 3 };

function setUp(services: Partial<RemoteCommandServices> = {}) {
  const remote = new RemoteRunList({ get: () => undefined, update: () => Promise.resolve() } as never);
  const list = vi.fn((word: string) => Promise.resolve({ ...listing, name: word.slice('hf://'.length) }));
  const [refuse, accepted] = [vi.fn(), vi.fn()];
  const priced = vi.fn(() => Promise.resolve(price));
  registerRemoteCommands({
    ...{ list, price: priced, remote, refuse, accepted },
    token: { with: (work) => work(), forget: () => Promise.resolve(true) },
    chooser: { choose: () => Promise.resolve([...remote.runs]) },
    ...services,
  });
  return { remote, list, refuse, accepted, priced };
}
const analyze = (...args: unknown[]): Promise<void> =>
  editor.commands.get('neuromfa.analyzeRemoteRun')!(...args);

beforeEach(() => {
  editor.commands.clear();
  Object.assign(editor, {
    inputs: ['lab/run'],
    asked: [],
    executed: [],
    picks: [],
    accepts: true,
    stops: false,
    said: [],
    reported: [],
  });
});

describe('"Analyze Remote Run…"', () => {
  it('shows the checkpoints and the price, ticks what is worth reading, and analyzes that as a run', async () => {
    const { remote, list, priced, accepted } = setUp();
    await analyze();
    expect(list).toHaveBeenCalledWith('hf://lab/run', expect.anything(), expect.anything());
    expect(accepted).toHaveBeenCalledWith('hf://lab/run');
    expect(priced).toHaveBeenCalledWith([checkpoint(0, 'a'), checkpoint(1000)], expect.anything());
    const [pick] = editor.picks as [Pick];
    expect(pick.title).toMatch(/^lab\/run: reading .* in 120 requests takes about 3.s$/);
    expect(pick.placeholder).toMatch(
      /^3 checkpoints, 7\.5.MB · 2 hold the same weights as others · 1 cannot be read$/,
    );
    expect(pick.items.map(({ label, detail }) => [label, detail])).toEqual([
      ['step0', 'the same weights as step64: no E'],
      ['step64', 'the same weights as step0: no E'],
      ['step1000', undefined],
    ]);
    const same = ['step0', 'step64'];
    expect(remote.runs.map(({ id, checkpoints }) => [id, checkpoints])).toEqual([
      [
        'hf://lab/run',
        [
          { path: 'hf://lab/run@step0', name: 'step0', step: 0, sameAs: same },
          {
            ...{ path: 'hf://lab/run@step64', name: 'step64', step: 64, sameAs: same },
            resultOf: 'hf://lab/run@step0',
          },
          { path: 'hf://lab/run@step1000', name: 'step1000', step: 1000 },
        ],
      ],
    ]);
    expect(editor.executed).toEqual([['neuromfa.analyzeRun', { kind: 'run', id: 'hf://lab/run' }]]);
  });

  it('takes addresses as they are typed, and none that a keybinding hands over', async () => {
    editor.inputs = ['  s3://bucket/run/ ', undefined];
    const { list } = setUp();
    await analyze('https://evil.example/model.safetensors');
    expect(list).toHaveBeenCalledWith('s3://bucket/run/', expect.anything(), expect.anything());
    await analyze('https://evil.example/model.safetensors');
    expect(list).toHaveBeenCalledOnce();
  });

  it('counts the branches that are listed', async () => {
    setUp({
      list: (_, signal, onListed) => {
        for (let done = 0; done <= 2; done++) onListed(done, 2);
        return signal.aborted ? Promise.reject(new Error('aborted')) : Promise.resolve(listing);
      },
    });
    await analyze();
    expect(editor.reported).toEqual([
      ...['0 of 2 branches', '1 of 2 branches', '2 of 2 branches'],
      'reading the headers of one checkpoint',
    ]);
  });

  it('lists nothing where the user backs out, of the list or while it is made', async () => {
    editor.accepts = false;
    const { remote } = setUp();
    await analyze();
    Object.assign(editor, { inputs: ['lab/run'], stops: true });
    const stopped = setUp({
      list: (_, signal) => (signal.aborted ? Promise.reject(new Error('aborted')) : Promise.resolve(listing)),
    });
    await analyze();
    expect([remote.runs, stopped.remote.runs, editor.executed]).toEqual([[], [], []]);
    expect(stopped.accepted).not.toHaveBeenCalled();
    expect(stopped.refuse).not.toHaveBeenCalled();
  });

  it('says why an address is refused', async () => {
    const error = new NeuroMfaError('unreachable', 'hf://lab/run', 'no answer', 'Try again');
    const { refuse } = setUp({ list: () => Promise.reject(error) });
    await analyze();
    expect(refuse).toHaveBeenCalledWith(error);
  });

  it('forgets a run that is closed', async () => {
    const { remote } = setUp();
    await analyze();
    await editor.commands.get('neuromfa.closeRemoteRun')!();
    expect(remote.runs).toEqual([]);
  });
});

it('what is in no run that the user has named is not read', async () => {
  const { remote } = setUp();
  await analyze();
  const at = 'hf://lab/run@step1000';
  expect(() => {
    checkListed(remote, at);
  }).not.toThrow();
  await remote.remove('hf://lab/run');
  expect(() => {
    checkListed(remote, at);
  }).toThrow(
    `${at}: no training run of this workspace lists this address. Name it with "Analyze Remote Run…".`,
  );
});

describe('the token of the Hub', () => {
  const forbidden = (at: string): NeuroMfaError =>
    new NeuroMfaError('forbidden', at, 'access is restricted', 'Accept its terms');
  const HUB = 'https://huggingface.co';
  /** The editor's store, with the token that an earlier window has kept for this Hub. */
  const secrets = (hub = HUB) => {
    const kept = new Map([[`neuromfa.hubToken ${hub}`, 'hf_former']]);
    return {
      kept,
      get: (key: string) => Promise.resolve(kept.get(key)),
      store: (key: string, value: string) => Promise.resolve(void kept.set(key, value)),
      delete: (key: string) => Promise.resolve(void kept.delete(key)),
    };
  };

  it('is asked for where the Hub refuses, stored as a secret, and used from then on', async () => {
    const use = vi.fn();
    const own = secrets();
    const token = new HubToken(own, HUB, use);
    await token.load();
    editor.inputs = ['hf_new'];
    let refusals = 1;
    const work = (): Promise<string> =>
      refusals-- > 0 ? Promise.reject(forbidden('hf://lab/run')) : Promise.resolve('listed');
    expect(await token.with(work)).toBe('listed');
    expect(use.mock.calls).toEqual([['hf_former'], ['hf_new']]);
    expect([...own.kept.values()]).toEqual(['hf_new']);
    expect(editor.asked).toMatchObject([{ password: true }]);
    expect(editor.asked[0]!.prompt).toBe(
      'hf: //lab/run: access is restricted. Accept its terms. Or enter a token here: it is kept in the editor’s secret storage, and sent only to huggingface.co.',
    );
  });

  it('is not asked for twice, not for other servers, and not for what is no refusal', async () => {
    const use = vi.fn();
    const token = new HubToken(secrets(), HUB, use);
    editor.inputs = ['hf_new'];
    await expect(token.with(() => Promise.reject(forbidden('hf://lab/run')))).rejects.toThrow('restricted');
    await expect(token.with(() => Promise.reject(forbidden('s3://bucket')))).rejects.toThrow('restricted');
    await expect(token.with(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(editor.asked).toHaveLength(1);
    editor.inputs = [undefined];
    expect(await token.with<string>(() => Promise.reject(forbidden('hf://lab/run')))).toBeUndefined();
  });

  it('of one Hub is not sent to another', async () => {
    const use = vi.fn();
    await new HubToken(secrets('https://mirror.example'), HUB, use).load();
    expect(use.mock.calls).toEqual([[undefined]]);
  });

  it('is forgotten by a command, which says so', async () => {
    const use = vi.fn();
    const own = secrets();
    const token = new HubToken(own, HUB, use);
    await token.load();
    setUp({ token });
    const forget = editor.commands.get('neuromfa.forgetHubToken')!;
    await forget();
    await forget();
    expect(own.kept.size).toBe(0);
    expect(use.mock.calls).toEqual([['hf_former'], [undefined], [undefined]]);
    expect(editor.said).toEqual([
      'The Hub token was removed. Further requests are sent without it.',
      'No Hub token is stored here.',
    ]);
  });
});
