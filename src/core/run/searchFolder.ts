/** Finds the files of training runs below a folder, as the command line does; the editor searches by its own means. */
import { statSync, type Stats } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { isCheckpointName } from '../checkpoint/open';
import { inBatches } from './batches';
import type { FoundFile } from './found';
import { isNote } from './notes';
import { readNotes } from './readNotes';
import { RunIndex } from './runIndex';

/** Other programs' folders: thousands of files and never a checkpoint. Hidden ones are skipped as well. */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/**
 * The index of everything below `folder`, its notes read.
 * @param onUnread told why a note was not read. @throws the system's error where `folder` cannot be read.
 */
export async function searchFolder(
  folder: string,
  onUnread: (reason: NeuroMfaError) => void = () => undefined,
): Promise<RunIndex> {
  const index = new RunIndex();
  const seen = new Set<string>();
  index.add(await filesBelow(folder, seen));
  // References of Hugging Face's cache lie beside the revisions that they name.
  const model = /^.*[/\\]models--[^/\\]+(?=[/\\])/s.exec(folder)?.[0];
  if (model) index.add(await filesBelow(join(model, 'refs'), seen).catch(() => []));
  await readNotes(index, onUnread);
  return index;
}

/** Links to folders are followed, each folder once. Folders below that may not be read hold nothing. */
async function filesBelow(folder: string, seen: Set<string>): Promise<FoundFile[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const found: FoundFile[] = [];
  const folders: string[] = [];
  await inBatches(await readdir(folder, { withFileTypes: true }), (entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return;
    const isFile = isCheckpointName(entry.name) || isNote(path);
    if (entry.isFile() && !isFile) return;
    // A link to nothing is left to the reader of the checkpoint to complain about, where it is called like one.
    const target = lookAt(path);
    if (target?.isDirectory()) folders.push(path);
    else if (isFile) found.push({ path, bytes: target?.size ?? 0, modified: target?.mtimeMs ?? 0 });
  });
  for (const path of folders) found.push(...(await filesBelow(path, seen).catch(() => [])));
  return found;
}

function lookAt(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
