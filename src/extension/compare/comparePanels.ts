/** All panels of comparisons: one per pair, and back after a reload. */
import { dirname, isAbsolute } from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import {
  compareHostMethods,
  comparePageMethods,
  compareStateSchema,
  type CompareHostMethods,
  type CompareModel,
  type ComparePageMethods,
} from '../../protocol/comparePanel';
import { NeuroMfaError } from '../../protocol/errors';
import { VIEW_TYPES } from '../ids';
import type { OwnSettings } from '../ownSettings';
import { commonHandlers } from '../panels/commonHandlers';
import { Conversation } from '../panels/conversation';
import { FileSaver } from '../panels/fileSaver';
import type { PageSettings } from '../panels/runsSession';
import type { PageServices } from '../panels/spectrumPanel';
import { channelOf, loadPage, webviewOptions } from '../panels/webviewPage';
import type { Attention } from '../services/attention';
import { FileWatch } from '../services/fileWatch';
import { createPanel, nameTab } from '../ui/tabs';
import { t, translations } from '../ui/words';
import type { CompareSession, Sides } from './compareSession';

const NAME = 'the panel of a comparison';

interface Services extends PageServices {
  attention: Attention;
  createSession: (pair: Sides, own: OwnSettings) => CompareSession;
  /** The pair that a stored state names; undefined where it is gone. */
  find: (kind: Sides['kind'], sides: readonly [string, string]) => Promise<Sides | undefined>;
  /** Opens the spectra of both, or both runs in Trends. */
  openBoth: (pair: Sides) => void;
  openCheckpoint: (path: string) => Promise<void>;
  /** Shows files in the explorer. */
  reveal: (path: string) => Promise<void>;
  settings: PageSettings;
}

interface OpenPanel {
  panel: vscode.WebviewPanel;
  session: CompareSession;
}

export class ComparePanels {
  readonly #open = new Set<OpenPanel>();

  constructor(private readonly services: Services) {}

  /** Shows a comparison, in the panel that already does or in a new one. */
  show(pair: Sides): void {
    const key = keyOf(pair);
    const existing = [...this.#open].find(({ session }) => keyOf(session.pair) === key);
    if (existing) existing.panel.reveal();
    else this.#adopt(createPanel(VIEW_TYPES.compare, webviewOptions(this.services.extensionUri)), pair, {});
  }

  /** Brings a panel back. One whose state cannot be understood, or whose runs are gone, is closed. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = v.safeParse(compareStateSchema, state);
    if (parsed.success) {
      const { kind, sides, version: _version, ...own } = parsed.output;
      const ours = kind === 'runs' || sides.every((path) => isAbsolute(path));
      const pair = ours ? await this.services.find(kind, sides) : undefined;
      if (pair) {
        this.#adopt(panel, pair, own);
        return;
      }
    }
    panel.dispose();
  }

  settingsChanged(): void {
    for (const { session } of this.#open) session.settingsChanged();
  }

  /** Other metrics of runs are known. */
  metricsChanged(): void {
    for (const { session } of this.#open) session.metricsChanged();
  }

  /** Other bases of adapters have been chosen, or other copies of a model. */
  weightsChanged(): void {
    for (const { session } of this.#open) session.weightsChanged();
  }

  #adopt(panel: vscode.WebviewPanel, pair: Sides, own: OwnSettings): void {
    const { extensionUri, log, attention, createSession, openBoth } = this.services;
    const session = createSession(pair, own);
    const paths = pathsOf(session);
    /** A page may ask only for what it shows. */
    const ofPair = (path: string): string => {
      if (paths.includes(path)) return path;
      throw new NeuroMfaError('usage', path, 'this panel does not compare it', '');
    };
    const [a, b] = pair.sides;
    nameTab(panel, t('Compare: {0}, {1}', a.name, b.name));
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-dark.svg'),
    };
    const kept = this.services.views.of(VIEW_TYPES.compare, () => [
      pair.kind,
      ...pair.sides.map(({ path }) => path),
    ]);
    const saver = new FileSaver(t('Export Comparison'), () => dirname(a.path), log);
    const model = (): CompareModel => ({
      ...session.shown,
      settings: this.services.settings.read(),
      l10n: translations(),
    });
    // Not awaited: pages are shown meanwhile.
    const start = (work: Promise<void>): null => {
      work.catch((error: unknown) => {
        log.error(error instanceof Error ? error : String(error));
      });
      return null;
    };
    const conversation = new Conversation<CompareHostMethods, ComparePageMethods>(
      NAME,
      channelOf(panel.webview),
      compareHostMethods,
      {
        ready: () => {
          conversation.begin();
          return model();
        },
        save: async ({ suggestedName, format, content }) => ({
          path: await saver.save(suggestedName, format, content),
        }),
        saveComparison: async ({ format }) => {
          const { name, content } = session.file(format);
          return { path: await saver.save(name, format, content) };
        },
        compare: () => start(session.run()),
        setSettings: async (input) => {
          await this.services.settings.write(input);
          return start(session.run());
        },
        openCheckpoint: async ({ path }) => {
          await this.services.openCheckpoint(ofPair(path));
          return null;
        },
        reveal: async ({ path }) => {
          await this.services.reveal(ofPair(path));
          return null;
        },
        setMode: ({ mode }) => start(session.setMode(mode)),
        setNulls: ({ on }) => start(session.setNulls(on)),
        cancel: () => {
          session.cancel();
          return null;
        },
        swap: () => {
          this.show({ ...pair, sides: [b, a] } as Sides);
          return null;
        },
        openBoth: () => {
          openBoth(pair);
          return null;
        },
        remember: kept.remember,
        ...commonHandlers(NAME, this.services),
      },
      comparePageMethods,
      log,
    );
    conversation.connect();
    loadPage(panel.webview, extensionUri, 'compare', panel.title, kept.last);
    const files = new FileWatch(paths, (path, change) => {
      session.filesChanged(path, change);
    });
    let running = false;
    const stops = [
      session.onChange(() => {
        const { kind } = session.shown.state;
        if (running && kind === 'done') for (const path of paths) files.made(path);
        running = kind === 'running';
        conversation.tell('show', model());
      }),
      session.onProgress((state) => {
        conversation.tell('progress', state);
      }),
    ];
    const look = (visible: boolean): void => {
      attention.look(session, visible ? paths : []);
    };
    look(panel.visible);
    panel.onDidChangeViewState(() => {
      look(panel.visible);
      if (panel.visible) {
        files.look();
        conversation.connect();
      } else conversation.disconnect();
    });
    const open = { panel, session };
    this.#open.add(open);
    panel.onDidDispose(() => {
      this.#open.delete(open);
      look(false);
      for (const stop of stops) stop();
      files.dispose();
      conversation.disconnect();
      session.cancel();
    });
    start(session.run());
  }
}

/** None where the comparison is about to say that there are none. */
function pathsOf(session: CompareSession): string[] {
  try {
    return session.paths;
  } catch {
    return [];
  }
}

const keyOf = ({ kind, sides }: Sides): string => JSON.stringify([kind, ...sides.map(({ path }) => path)]);
