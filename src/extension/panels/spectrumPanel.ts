/** One Spectrum panel: the editor tab, its page, and the conversation with it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Mode } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import {
  hostMethods,
  spectrumMethods,
  type HostMethods,
  type SpectrumItem,
  type SpectrumMethods,
} from '../../protocol/panel';
import type { Handlers } from '../../protocol/rpc';
import { commonHandlers } from './commonHandlers';
import { Conversation } from './conversation';
import { FileSaver } from './fileSaver';
import type { RunRequest, SpectrumSession } from './spectrumSession';
import { channelOf, loadPage } from './webviewPage';

const NAME = 'the Spectrum panel';

export interface PanelServices {
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
  openSettings: () => void;
}

export class SpectrumPanel {
  readonly #conversation: Conversation<HostMethods, SpectrumMethods>;
  readonly #saver: FileSaver;

  /**
   * @param run runs checkpoints of the session in sight of the user.
   * @param mode that of the session where it is not the setting's.
   */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly session: SpectrumSession,
    readonly run: (request: RunRequest) => Promise<void>,
    private readonly services: PanelServices,
    private readonly mode?: Mode,
  ) {
    const { extensionUri, log } = services;
    panel.title = title(session.items, mode);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-dark.svg'),
    };
    this.#saver = new FileSaver(vscode.l10n.t('Export Spectrum'), () => this.#checkpointFolder(), log);
    this.#conversation = new Conversation(
      NAME,
      channelOf(panel.webview),
      hostMethods,
      this.#handlers(),
      spectrumMethods,
      log,
    );
    this.#conversation.connect();
    loadPage(panel.webview, extensionUri, 'spectrum', panel.title);
    const stop = session.onChange((item) => {
      this.#conversation.tell('update', item);
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) this.#conversation.connect();
      else this.#conversation.disconnect();
    });
    panel.onDidDispose(() => {
      stop();
      this.#conversation.disconnect();
      session.cancel();
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  settingsChanged(): void {
    this.session.settingsChanged();
  }

  #handlers(): Handlers<HostMethods> {
    return {
      ready: () => {
        this.#conversation.begin();
        const { items } = this.session;
        return { items, l10n: vscode.l10n.bundle ?? {}, ...(this.mode && { mode: this.mode }) };
      },
      save: async ({ suggestedName, format, content }) => ({
        path: await this.#saver.save(suggestedName, format, content),
      }),
      analyze: async ({ path }) => {
        if (this.session.select([path]).length === 0) {
          throw new NeuroMfaError('usage', path, 'this panel does not show it', '');
        }
        await this.run({ paths: [path], fresh: true });
        return null;
      },
      cancel: () => {
        this.session.cancel();
        return null;
      },
      ...commonHandlers(NAME, this.services),
    };
  }

  #checkpointFolder(): string {
    const first = this.session.items[0];
    return first ? dirname(first.path) : '';
  }
}

function title(items: readonly SpectrumItem[], mode: Mode | undefined): string {
  const name = titleOf(items);
  return mode === 'full' ? vscode.l10n.t('{0} (full network)', name) : name;
}

function titleOf(items: readonly SpectrumItem[]): string {
  const [first, second] = items;
  if (!first) return vscode.l10n.t('Spectrum');
  if (!second) return vscode.l10n.t('Spectrum: {0}', first.name);
  if (items.length === 2) return vscode.l10n.t('Spectrum: {0}, {1}', first.name, second.name);
  return vscode.l10n.t('Spectrum: {0} and {1} more', first.name, items.length - 1);
}
