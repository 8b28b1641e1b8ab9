/**
 * Removes the files that a process left in a store when it died while writing, or when two processes replaced an entry at the
 * same moment: temporary files, and arrays that no JSON names.
 */
import { readdir, rm, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { packedHeader } from '../../protocol/packing';
import { groupBy } from '../groupBy';
import { parseName, type FileName } from './names';
import { openRegular } from './regularFile';
import { readHead } from './storedEntry';

/** No write takes this long, so an older file that belongs to no entry was left by a process that died. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** A time further in the future than this was set by a wrong clock. */
export const CLOCK_SLACK_MS = 60 * 60 * 1000;

interface NamedFile extends FileName {
  name: string;
}

/** Removes files that belong to no entry. Files that cannot be examined or removed stay. @throws where `directory` cannot be read. */
export async function sweepLeftovers(directory: string): Promise<void> {
  const files = (await readdir(directory)).flatMap((name): NamedFile[] => {
    const parsed = parseName(name);
    return parsed ? [{ name, ...parsed }] : [];
  });
  for (const [key, group] of groupBy(files, (file) => file.key)) {
    for (const file of await unneeded(directory, key, group)) {
      await removeAbandoned(join(directory, file.name), file.kind === 'arrays').catch(() => undefined);
    }
  }
}

/** The files of one key that its entry does not need, if they are old enough. */
async function unneeded(directory: string, key: string, group: readonly NamedFile[]): Promise<NamedFile[]> {
  const temporary = group.filter(({ kind }) => kind === 'temporary');
  const arrays = group.filter(({ kind }) => kind === 'arrays');
  if (!group.some(({ kind }) => kind === 'json')) return [...temporary, ...arrays];
  if (arrays.length < 2) return temporary;
  const head = await readHead(directory, key).catch(() => undefined);
  const named = head?.kind === 'current' ? head.beginning?.arrays.name : undefined;
  return named === undefined ? temporary : [...temporary, ...arrays.filter(({ name }) => name !== named)];
}

async function removeAbandoned(path: string, arrays: boolean): Promise<void> {
  const { file } = await openRegular(path);
  let modified: number;
  try {
    modified = (await file.stat()).mtimeMs;
    if (arrays && !(await startsLikeArrays(file))) return;
  } finally {
    await file.close();
  }
  const now = Date.now();
  if (modified > now + CLOCK_SLACK_MS) await utimes(path, new Date(now), new Date(now));
  else if (now - modified > ABANDONED_AFTER_MS) await rm(path, { force: true });
}

/** Other programs may name files by a checksum too. An empty file was not begun. */
async function startsLikeArrays(file: FileHandle): Promise<boolean> {
  const magic = packedHeader([]).subarray(0, 8);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
  return buffer.subarray(0, bytesRead).equals(magic.subarray(0, bytesRead));
}
