/** Documents of remote files: the editor knows them by addresses of its own kind. */
import * as vscode from 'vscode';
import { isRemote, type Location } from '../../protocol/subject';

const SCHEME = 'neuromfa-remote';

export function uriOf(location: Location): vscode.Uri {
  return isRemote(location)
    ? vscode.Uri.from({ scheme: SCHEME, path: `/${location}` })
    : vscode.Uri.file(location);
}

/** Undefined for documents that are neither on a disk nor at an address. */
export function locationOf({ scheme, path, fsPath }: vscode.Uri): Location | undefined {
  if (scheme === SCHEME) return path.slice(1);
  return scheme === 'file' ? fsPath : undefined;
}
