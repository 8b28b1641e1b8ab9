/** One Spectrum panel: the editor tab, its page, and the conversation with it. */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { NeuroMfaError } from '../../protocol/errors';
import {
  hostMethods,
  spectrumMethods,
  type ExportFormat,
  type HostMethods,
  type SpectrumItem,
  type SpectrumMethods,
} from '../../protocol/panel';
import { Peer, type Channel, type Handlers } from '../../protocol/rpc';
import { panelHtml } from './html';
import type { RunRequest, SpectrumSession } from './spectrumSession';

/** A page's reports are for the log; one that never ends is cut. */
const MAX_REPORT_LENGTH = 10_000;

export interface PanelServices {
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
  openSettings: () => void;
}

/** What every Spectrum panel may do and load. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pageFolder(extensionUri)] };
}

export class SpectrumPanel {
  /** The peer of the page; a hidden panel has no page. */
  #peer: Peer<HostMethods, SpectrumMethods> | undefined;
  /** The page has asked for the model: from then on it wants to hear of changes. */
  #ready = false;
  #saveFolder: string | undefined;

  /** @param run runs checkpoints of the session in sight of the user. */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly session: SpectrumSession,
    readonly run: (request: RunRequest) => Promise<void>,
    private readonly services: PanelServices,
  ) {
    const { extensionUri } = services;
    panel.title = title(session.items);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'spectrum-dark.svg'),
    };
    this.#connect();
    panel.webview.options = webviewOptions(extensionUri);
    panel.webview.html = page(panel, extensionUri);
    const stop = session.onChange((item) => {
      this.#update(item);
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) this.#connect();
      else this.#disconnect();
    });
    panel.onDidDispose(() => {
      stop();
      this.#disconnect();
      session.cancel();
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** A page that is loaded anew asks again for everything. */
  #connect(): void {
    this.#peer ??= new Peer(
      channel(this.panel.webview),
      hostMethods,
      this.#handlers(),
      spectrumMethods,
      (cause) => {
        this.services.log.warn(`The Spectrum panel sent ${cause}`);
      },
    );
  }

  #disconnect(): void {
    this.#peer?.dispose();
    this.#peer = undefined;
    this.#ready = false;
  }

  #update(item: SpectrumItem): void {
    if (!this.#ready) return;
    this.#peer?.call('update', item).catch((error: unknown) => {
      // The page went away with the message; the next one asks for everything.
      if (error instanceof NeuroMfaError && error.code === 'cancelled') return;
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  #handlers(): Handlers<HostMethods> {
    const { log, openSettings } = this.services;
    return {
      ready: () => {
        this.#ready = true;
        return { items: this.session.items, l10n: vscode.l10n.bundle ?? {} };
      },
      save: async ({ suggestedName, format, content }) => ({
        path: await this.#save(suggestedName, format, content),
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
      showLog: () => {
        log.show();
        return null;
      },
      openSettings: () => {
        openSettings();
        return null;
      },
      report: ({ message }) => {
        log.error(`In the Spectrum panel: ${message.slice(0, MAX_REPORT_LENGTH)}`);
        return null;
      },
    };
  }

  async #save(
    suggestedName: string,
    format: ExportFormat,
    content: string | Uint8Array,
  ): Promise<string | null> {
    const folder =
      this.#saveFolder ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? this.#checkpointFolder();
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export Spectrum'),
      // A name from the page: its folders, if any, do not count.
      defaultUri: vscode.Uri.file(join(folder, basename(suggestedName.replaceAll('\\', '/')))),
      filters: { [format.toUpperCase()]: [format] },
    });
    if (!target) return null;
    try {
      await vscode.workspace.fs.writeFile(
        target,
        typeof content === 'string' ? Buffer.from(content) : content,
      );
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new NeuroMfaError(
        'unreadable',
        target.fsPath,
        `it could not be written: ${cause}`,
        'Choose another folder',
      );
    }
    if (target.scheme === 'file') this.#saveFolder = dirname(target.fsPath);
    this.services.log.info(`Saved ${target.fsPath}`);
    return target.fsPath;
  }

  #checkpointFolder(): string {
    const first = this.session.items[0];
    return first ? dirname(first.path) : '';
  }
}

function title(items: readonly SpectrumItem[]): string {
  const [first, second] = items;
  if (!first) return vscode.l10n.t('Spectrum');
  if (!second) return vscode.l10n.t('Spectrum: {0}', first.name);
  if (items.length === 2) return vscode.l10n.t('Spectrum: {0}, {1}', first.name, second.name);
  return vscode.l10n.t('Spectrum: {0} and {1} more', first.name, items.length - 1);
}

function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

function page({ webview, title: name }: vscode.WebviewPanel, extensionUri: vscode.Uri): string {
  const resource = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extensionUri), file)).toString();
  return panelHtml({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    script: resource('spectrum.js'),
    styles: resource('spectrum.css'),
    codicons: resource('codicon.css'),
    title: name,
    language: vscode.env.language,
  });
}

function channel(webview: vscode.Webview): Channel {
  return {
    post: (message) => void webview.postMessage(message),
    listen: (receive) => {
      const subscription = webview.onDidReceiveMessage(receive);
      return () => {
        subscription.dispose();
      };
    },
  };
}
