/** Finds the files of training runs below a folder, as the command line does; the editor searches by its own means. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCheckpointName } from '../checkpoint/open';
import type { FoundFile } from './found';
import { isNote, MAX_NOTE_BYTES } from './notes';
import { RunIndex } from './runIndex';

/** Other programs' folders: thousands of files and never a checkpoint. Hidden ones are skipped as well. */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/** The index of everything below `folder`, its notes read. @throws the system's error where `folder` cannot be read. */
export async function searchFolder(folder: string): Promise<RunIndex> {
  const index = new RunIndex();
  const seen = new Set<string>();
  index.add(await filesBelow(folder, seen));
  // References of Hugging Face's cache lie beside the revisions that they name.
  const model = /^.*[/\\]models--[^/\\]+(?=[/\\])/.exec(folder)?.[0];
  if (model) index.add(await filesBelow(join(model, 'refs'), seen).catch(() => []));
  for (const path of index.wanted()) index.give(path, await noteText(path));
  return index;
}

/** Links to folders are followed, each folder once. Folders below that may not be read hold nothing. */
async function filesBelow(folder: string, seen: Set<string>): Promise<FoundFile[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const found: FoundFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
    const isFile = isCheckpointName(entry.name) || isNote(path);
    if (entry.isFile() && !isFile) continue;
    // A link to nothing is left to the reader of the checkpoint to complain about, where it is called like one.
    const target = await stat(path).catch(() => null);
    if (target?.isDirectory()) found.push(...(await filesBelow(path, seen).catch(() => [])));
    else if (isFile) found.push({ path, bytes: target?.size ?? 0, modified: target?.mtimeMs ?? 0 });
  }
  return found;
}

async function noteText(path: string): Promise<string> {
  try {
    return (await stat(path)).size > MAX_NOTE_BYTES ? '' : await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
