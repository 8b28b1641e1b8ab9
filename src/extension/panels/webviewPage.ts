/** The page in a webview: what it may load, and the host's end of the message channel. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Channel } from '../../protocol/rpc';
import { panelHtml } from './html';

/** Style sheets of pages, in dist/webview; each page has a folder in webview, and a script of its name there. */
const STYLES = {
  spectrum: ['panel.css'],
  runs: ['panel.css'],
  compare: ['panel.css'],
  inspect: ['panel.css', 'inspect.css'],
  dashboard: ['dashboard.css'],
} as const;
export type PageName = keyof typeof STYLES;

/** What every page may do and load. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pageFolder(extensionUri)] };
}

/**
 * Loads a page into `webview`.
 * @param view how the reader looked at it last, as JSON; empty where that is unknown.
 */
export function loadPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  name: PageName,
  title: string,
  view = '',
): void {
  const resource = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extensionUri), file)).toString();
  webview.options = webviewOptions(extensionUri);
  webview.html = panelHtml({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    script: resource(`${name}.js`),
    styles: STYLES[name].map(resource),
    codicons: resource('codicon.css'),
    title,
    view,
    language: vscode.env.language,
  });
}

/** The messages between the extension host and the page. */
export function channelOf(webview: vscode.Webview): Channel {
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

/** The folder of the bundles. */
export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}
