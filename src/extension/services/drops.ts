/** The files that a page receives by a drop. */
import * as vscode from 'vscode';
import { NeuroMfaError } from '../../protocol/errors';
import type { Drop } from '../../protocol/drop';

/** Schemes of files on this machine: in a remote window, the editor treats these as remote. */
const ON_DISK = ['file', 'vscode-remote'];

export class Drops {
  /** The files of the rows that were dragged last. */
  dragged: readonly string[] = [];

  /** @throws NeuroMfaError `usage` where none is a file of this machine. */
  filesOf({ uris, fromTree }: Drop): readonly string[] {
    const dropped = uris.map((uri) => vscode.Uri.parse(uri)).filter(({ scheme }) => ON_DISK.includes(scheme));
    const files = fromTree ? this.dragged : dropped.map(({ path }) => vscode.Uri.file(path).fsPath);
    if (files.length === 0)
      throw new NeuroMfaError(
        'usage',
        'what was dropped',
        'it is no file of this machine',
        'Drop checkpoints',
      );
    return files;
  }
}
