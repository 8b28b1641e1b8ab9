/** One Spectrum panel: the editor tab, its page, and the conversation with it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Drop } from '../../protocol/drop';
import { NeuroMfaError } from '../../protocol/errors';
import {
  hostMethods,
  spectrumMethods,
  type HostMethods,
  type SpectrumItem,
  type SpectrumMethods,
  type SpectrumModel,
} from '../../protocol/panel';
import type { NetworkListing } from '../../protocol/inspectionListing';
import type { Handlers } from '../../protocol/rpc';
import { VIEW_TYPES } from '../ids';
import type { OwnSettings } from '../ownSettings';
import { commonHandlers } from './commonHandlers';
import { Conversation } from './conversation';
import { FileSaver } from './fileSaver';
import type { Attention } from '../services/attention';
import { FileWatch } from '../services/fileWatch';
import { NetworkChoice } from '../services/networkChoice';
import type { EditorLog } from '../ui/log';
import { nameTab } from '../ui/tabs';
import { t, translations } from '../ui/words';
import type { PageSettings } from './runsSession';
import type { RunRequest, SpectrumSession } from './spectrumSession';
import type { PanelView, ViewStates } from './viewStates';
import { channelOf, loadPage } from './webviewPage';

const NAME = 'the Spectrum panel';

/** What every page needs from the editor. */
export interface PageServices {
  extensionUri: vscode.Uri;
  log: EditorLog;
  openSettings: () => void;
  /** Opens the guide at a topic. */
  explain: (topic: string) => void;
  views: ViewStates;
}

export interface PanelServices extends PageServices {
  /** Reads headers only. */
  listNetwork: (path: string) => Promise<NetworkListing>;
  /** Shows checkpoints together. */
  overlay: (paths: readonly string[], own: OwnSettings) => Promise<void>;
  /** @throws NeuroMfaError `usage` where nothing that was dropped is a file. */
  filesOf: (drop: Drop) => readonly string[];
  /** Shows a file in the explorer. */
  reveal: (path: string) => Promise<void>;
  attention: Attention;
  settings: PageSettings;
}

export class SpectrumPanel {
  readonly #conversation: Conversation<HostMethods, SpectrumMethods>;
  readonly #saver: FileSaver;
  readonly #choice: NetworkChoice;
  readonly #view: PanelView;

  /** @param run runs checkpoints of the session with visible progress. */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly session: SpectrumSession,
    readonly run: (request: RunRequest) => Promise<void>,
    private readonly services: PanelServices,
  ) {
    const { extensionUri, listNetwork, log } = services;
    this.#choice = new NetworkChoice(listNetwork, () => session.networks);
    this.#view = services.views.of(VIEW_TYPES.spectrum, () => session.items.map(({ path }) => path));
    nameTab(panel, titleOf(session));
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-dark.svg'),
    };
    this.#saver = new FileSaver(t('Export Spectrum'), () => this.#checkpointFolder(), log);
    this.#conversation = new Conversation(
      NAME,
      channelOf(panel.webview),
      hostMethods,
      this.#handlers(),
      spectrumMethods,
      log,
    );
    this.#conversation.connect();
    loadPage(panel.webview, extensionUri, 'spectrum', panel.title, this.#view.last);
    const paths = session.items.map(({ path }) => path);
    const files = new FileWatch(paths, (path, change) => {
      session.filesChanged(path, change);
    });
    const stop = session.onChange((item) => {
      if (item.state.kind === 'done' && !item.state.stale) files.made(item.path);
      if (item.state.kind === 'done' && item.state.stale === 'deleted') files.gone(item.path);
      this.#conversation.tell('update', item);
    });
    const look = (visible: boolean): void => {
      const shown = visible ? session.items.map(({ path }) => path) : [];
      services.attention.look(this, shown);
    };
    look(panel.visible);
    panel.onDidChangeViewState(() => {
      look(panel.visible);
      if (panel.visible) {
        files.look();
        this.#conversation.connect();
      } else this.#conversation.disconnect();
    });
    panel.onDidDispose(() => {
      look(false);
      stop();
      files.dispose();
      this.#conversation.disconnect();
      session.cancel();
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  get #model(): SpectrumModel {
    const { shown, asked, askedMode, own } = this.session;
    const settings = this.services.settings.read();
    return { items: shown, asked, askedMode, settings, l10n: translations(), ...own };
  }

  #handlers(): Handlers<HostMethods> {
    return {
      ready: () => {
        this.#conversation.begin();
        return this.#model;
      },
      save: async ({ suggestedName, format, content }) => ({
        path: await this.#saver.save(suggestedName, format, content),
      }),
      analyze: async ({ path }) => {
        await this.run({ paths: [this.#own(path)], fresh: true });
        return null;
      },
      outline: () => this.#choice.outline(),
      checkSubset: (input) => this.#choice.check(input),
      setSubset: async (input) => {
        await this.session.setSubset(await this.#choice.subset(input));
        this.#startAnew();
        return null;
      },
      setMode: async ({ mode }) => {
        await this.session.setMode(mode);
        this.#startAnew();
        return null;
      },
      setNulls: async ({ on }) => {
        await this.session.setNulls(on);
        this.#startAnew();
        return null;
      },
      setSettings: async (input) => {
        await this.services.settings.write(input);
        await this.session.renew();
        this.#startAnew();
        return null;
      },
      drop: async (drop) => {
        const shown = this.session.items.map(({ path }) => path);
        await this.services.overlay([...shown, ...this.services.filesOf(drop)], this.session.own);
        return null;
      },
      openCheckpoint: async ({ path }) => {
        await this.services.overlay([this.#own(path)], this.session.own);
        return null;
      },
      reveal: async ({ path }) => {
        await this.services.reveal(this.#own(path));
        return null;
      },
      cancel: () => {
        this.session.cancel();
        return null;
      },
      remember: this.#view.remember,
      ...commonHandlers(NAME, this.services),
    };
  }

  /** A path that the page names. @throws NeuroMfaError `usage` where it is none of the panel's checkpoints. */
  #own(path: string): string {
    if (this.session.select([path]).length === 0)
      throw new NeuroMfaError('usage', path, 'this panel does not show it', '');
    return path;
  }

  /** After a choice that makes all results so far obsolete. */
  #startAnew(): void {
    nameTab(this.panel, titleOf(this.session));
    this.#conversation.tell('show', this.#model);
    this.run({}).catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  #checkpointFolder(): string {
    const first = this.session.items[0];
    return first ? dirname(first.path) : '';
  }
}

function titleOf({ items, own: { mode, subset } }: SpectrumSession): string {
  const name = nameOf(items);
  if (subset && mode === 'full') return t('{0} (part of the full network)', name);
  if (subset) return t('{0} (part of the network)', name);
  return mode === 'full' ? t('{0} (full network)', name) : name;
}

function nameOf(items: readonly SpectrumItem[]): string {
  const [first, second] = items;
  if (!first) return t('Spectrum');
  if (!second) return t('Spectrum: {0}', first.name);
  if (items.length === 2) return t('Spectrum: {0}, {1}', first.name, second.name);
  return t('Spectrum: {0} and {1} more', first.name, items.length - 1);
}
