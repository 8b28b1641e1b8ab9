/** Finds the files of training runs below a folder, as the command line does; the editor searches by its own means. */
import { statSync, type Stats } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { fileError } from '../storage/fileError';
import { isCheckpointName } from '../checkpoint/formats/names';
import { systemCode } from '../systemCode';
import { inBatches } from './batches';
import type { FoundFile } from './found';
import { isNote } from './notes';
import { readNotes } from './readNotes';
import { RunIndex } from './runIndex';

/** Other programs' folders: thousands of files and never a checkpoint. Hidden ones are skipped as well. */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/**
 * The index of everything below `folder`, its notes read.
 * @param onUnread told why a note was not read, or a folder below not searched, unless it is gone.
 * @throws the system's error where `folder` cannot be read.
 */
export async function searchFolder(
  folder: string,
  onUnread: (reason: NeuroMfaError) => void = () => undefined,
): Promise<RunIndex> {
  const index = new RunIndex();
  const search = new Search(onUnread);
  await search.take(folder);
  // References of Hugging Face's cache lie beside the revisions that they name.
  const model = /^.*[/\\]models--[^/\\]+(?=[/\\])/s.exec(folder)?.[0];
  if (model) await search.takeBelow(join(model, 'refs'));
  index.add(search.found);
  await readNotes(index, onUnread);
  return index;
}

class Search {
  readonly found: FoundFile[] = [];
  /** Links to folders are followed, each folder once. */
  readonly #seen = new Set<string>();

  constructor(private readonly onUnread: (reason: NeuroMfaError) => void) {}

  /** @throws the system's error where `folder` itself cannot be read. */
  async take(folder: string): Promise<void> {
    const real = await realpath(folder);
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    const folders: string[] = [];
    await inBatches(await readdir(folder, { withFileTypes: true }), (entry) => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return;
      const isFile = isCheckpointName(entry.name) || isNote(path);
      if (entry.isFile() && !isFile) return;
      // A link to nothing is left to the reader of the checkpoint to complain about, where it is called like one.
      const target = lookAt(path);
      if (target?.isDirectory()) folders.push(path);
      else if (isFile) this.found.push({ path, bytes: target?.size ?? 0, modified: target?.mtimeMs ?? 0 });
    });
    for (const path of folders) await this.takeBelow(path);
  }

  /** One that cannot be read holds nothing, and the others are searched all the same. */
  async takeBelow(folder: string): Promise<void> {
    try {
      await this.take(folder);
    } catch (error) {
      // What is wrong here is not wrong with the folder.
      if (systemCode(error) === undefined) throw error;
      const reason = fileError(error, folder);
      if (reason.code !== 'missing') this.onUnread(reason);
    }
  }
}

function lookAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
