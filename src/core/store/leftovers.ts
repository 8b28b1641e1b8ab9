/**
 * What writers have left in a store that died at work, or that replaced an entry in the same moment as another one:
 * temporary files, and arrays that no JSON names.
 */
import { readdir, rm, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { packedHeader } from '../../protocol/packing';
import { groupBy } from '../groupBy';
import { parseName, type FileName } from './names';
import { openRegular } from './regularFile';
import { readHead } from './storedEntry';

/** No write takes this long: what is older and belongs to nothing was left by a process that died. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** A time further ahead than this was set by a clock that has been put right since. */
export const CLOCK_SLACK_MS = 60 * 60 * 1000;

interface NamedFile extends FileName {
  name: string;
}

/** Removes what is surely nobody's any more. What cannot be looked at or removed stays. @throws where `directory` cannot be read. */
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

/** Others may name files by a checksum too. One without content was not begun. */
async function startsLikeArrays(file: FileHandle): Promise<boolean> {
  const magic = packedHeader([]).subarray(0, 8);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
  return buffer.subarray(0, bytesRead).equals(magic.subarray(0, bytesRead));
}
