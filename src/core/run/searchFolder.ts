/** Finds the files of training runs below a folder for the command line; the editor searches by its own means. */
import { join } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { mayBeCheckpointName } from '../checkpoint/formats/names';
import { recognize } from '../checkpoint/layouts';
import { FolderWalk } from '../storage/walkFolder';
import { isNote } from './notes';
import { readNotes } from './readNotes';
import { RunIndex } from './runIndex';

/**
 * Other programs' folders, which contain thousands of files and never a checkpoint. Hidden ones are skipped as well.
 */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/**
 * The index of everything below `folder`, with its notes read.
 * @param onUnread called with the reason why a note was not read, or a folder below not searched, unless it no longer
 *   exists.
 * @throws the system's error where `folder` cannot be read.
 */
export async function searchFolder(
  folder: string,
  onUnread: (reason: NeuroMfaError) => void = () => undefined,
): Promise<RunIndex> {
  // A user who names the folder means everything in it.
  const index = new RunIndex(true);
  const walk = new FolderWalk({
    isWanted: (name, path) => mayBeCheckpointName(name) || isNote(path) || recognize(path) !== null,
    isSkipped: (name) => name.startsWith('.') || SKIPPED.has(name),
    onUnread,
  });
  await walk.take(folder);
  // References of Hugging Face's cache are beside the revisions that they name.
  const model = /^.*[/\\]models--[^/\\]+(?=[/\\])/s.exec(folder)?.[0];
  if (model) await walk.takeBelow(join(model, 'refs'));
  index.add(walk.found);
  await readNotes(index, onUnread);
  return index;
}
