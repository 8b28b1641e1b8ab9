/** Registers callbacks with the editor. Messages of failures are shown in plain text. */
import * as vscode from 'vscode';
import { failingPlainly } from './failing';

/** @param command receives the arguments of a menu or a keybinding. */
export function registerCommand(id: string, command: (...args: never[]) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(id, (...args: never[]) => failingPlainly(() => command(...args)));
}

/** A readonly editor, of which several may show one document. */
export function registerEditor<D extends vscode.CustomDocument>(
  viewType: string,
  editor: {
    open(uri: vscode.Uri): D;
    show(document: D, panel: vscode.WebviewPanel): void;
  },
): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider<D> = {
    openCustomDocument: (uri) => failingPlainly(() => editor.open(uri)),
    resolveCustomEditor: (document, panel) =>
      failingPlainly(() => {
        editor.show(document, panel);
      }),
  };
  return vscode.window.registerCustomEditorProvider(viewType, provider, {
    supportsMultipleEditorsPerDocument: true,
  });
}

/** Restores panels after a reload. */
export function registerPanels(
  viewType: string,
  restore: (panel: vscode.WebviewPanel, state: unknown) => unknown,
): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: (panel, state: unknown) =>
      failingPlainly(async () => {
        await restore(panel, state);
      }),
  });
}

/** The scheme of links to this editor: `vscode`, or the name of another product. */
export const linkScheme = (): string => vscode.env.uriScheme;

/** Registers the opener of links to this extension. Failures are shown, because nobody else would report them. */
export function registerLinks(
  open: (link: { path: string; query: string }) => Promise<void>,
  onFailure: (error: unknown) => void,
): vscode.Disposable {
  return vscode.window.registerUriHandler({ handleUri: (uri) => open(uri).catch(onFailure) });
}

/** A page in the side panel. @param show called whenever the view is created. */
export function registerView(viewId: string, show: (view: vscode.WebviewView) => void): vscode.Disposable {
  return vscode.window.registerWebviewViewProvider(viewId, {
    resolveWebviewView: (view) =>
      failingPlainly(() => {
        show(view);
      }),
  });
}

/** Calls back whenever the window gets the focus. */
export function onFocus(focused: () => void): vscode.Disposable {
  return vscode.window.onDidChangeWindowState((state) => {
    if (state.focused) focused();
  });
}
