/** Finds files below folders without blocking others: folders may contain 100,000 files, and disks may be slow. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { NeuroMfaError } from '../../protocol/errors';
import { inBatches } from '../batches';
import { systemCode } from '../systemCode';
import { fileError } from './fileError';
import { localFiles } from './localFiles';
import type { EntryState } from './storage';

export interface FoundFile {
  /** Absolute. */
  path: string;
  /** Size in bytes; for a link, that of its target. */
  bytes: number;
  /** The time of the last change, in milliseconds since 1970; for a link, that of its target. */
  modified: number;
}

export interface WalkOptions {
  /** Whether a file of this name is wanted. */
  isWanted: (name: string, path: string) => boolean;
  /** Whether to skip a file or folder of this name and everything in it. */
  isSkipped: (name: string) => boolean;
  /** Called with the reason for every folder below the first one that cannot be read, unless it no longer exists. */
  onUnread: (reason: NeuroMfaError) => void;
}

export class FolderWalk {
  readonly found: FoundFile[] = [];
  /** Links to folders are followed; each folder is visited once. */
  readonly #seen = new Set<string>();

  constructor(private readonly options: WalkOptions) {}

  /** @throws the system's error where `folder` itself cannot be read. */
  async take(folder: string): Promise<void> {
    const real = await realpath(folder);
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    const folders: string[] = [];
    const linked: string[] = [];
    await inBatches(await readdir(folder, { withFileTypes: true }), (entry) => {
      const path = join(folder, entry.name);
      if (this.options.isSkipped(entry.name)) return;
      const isWanted = this.options.isWanted(entry.name, path);
      if (entry.isFile() && !isWanted) return;
      // A broken link is passed on, so that the reader of the checkpoint reports it where its name is that of a
      // checkpoint.
      const target = lookAt(path);
      if (target?.kind === 'folder') (entry.isSymbolicLink() ? linked : folders).push(path);
      else if (isWanted)
        this.found.push({ path, bytes: target?.bytes ?? 0, modified: target?.modified ?? 0 });
    });
    // A folder appears under its own name, even where a link such as `last` leads to it as well.
    for (const path of [...folders, ...linked]) await this.takeBelow(path);
  }

  /** A folder that cannot be read contributes nothing, and the others are still searched. */
  async takeBelow(folder: string): Promise<void> {
    try {
      await this.take(folder);
    } catch (error) {
      // An error of ours is not the folder's fault.
      if (systemCode(error) === undefined) throw error;
      const reason = fileError(error, folder);
      if (reason.code !== 'missing') this.options.onUnread(reason);
    }
  }
}

function lookAt(path: string): EntryState | null {
  try {
    return localFiles.stat(path);
  } catch {
    return null;
  }
}
