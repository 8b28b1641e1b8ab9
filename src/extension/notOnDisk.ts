import type * as vscode from 'vscode';
import { NeuroMfaError } from '../protocol/errors';
import { t } from './ui/words';

/** Checkpoints are read in ranges, which extensions can do only for files on a disk. */
export function notOnDisk(uri: vscode.Uri): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    uri.path,
    t('NeuroMFA reads checkpoints from a disk, and this one is in "{0}"', uri.scheme),
    t('Save it to a folder, or open the machine that has it over SSH, WSL or a dev container'),
  );
}
