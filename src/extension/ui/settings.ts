/** Changing the user's settings. */
import * as vscode from 'vscode';

/**
 * Sets a setting where it is set already, or else for the workspace: for the user where none is open, or where it is not
 * trusted. What equals the default is set no longer.
 */
export async function changeSetting(name: string, value: unknown): Promise<void> {
  const { workspaceFolders, isTrusted } = vscode.workspace;
  const configuration = vscode.workspace.getConfiguration();
  if (value === configuration.get<unknown>(name)) return;
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const known = configuration.inspect(name);
  const usual = workspaceFolders && isTrusted ? Workspace : Global;
  const target = known?.workspaceFolderValue === undefined ? usual : WorkspaceFolder;
  // The user's own value would come through.
  const hides = target === Global || known?.globalValue === undefined;
  await configuration.update(name, value === known?.defaultValue && hides ? undefined : value, target);
}

/** Has the editor open files whose names match in an editor of ours, in every workspace of the user. */
export async function preferEditor(pattern: string, viewType: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  const name = 'workbench.editorAssociations';
  const known = configuration.inspect<Record<string, string>>(name)?.globalValue ?? {};
  await configuration.update(name, { ...known, [pattern]: viewType }, vscode.ConfigurationTarget.Global);
}
