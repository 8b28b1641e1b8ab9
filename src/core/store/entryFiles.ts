/** Reads, writes and removes the two files of one entry. `resultStore.ts` decides when. */
import { constants } from 'node:fs';
import { copyFile, link, lstat, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisResult, SampleArrays, WithResult } from '../../protocol/analysis';
import { otherSize, readArrays, writeArrays } from './arraysFile';
import type { StoredEntry } from './entries';
import { formerArraysName, jsonName, newArraysName } from './names';
import type { StoredAnalysis, StoredSource } from './resultSource';
import {
  parseEntry,
  parseHead,
  readHead,
  readRaw,
  refuseForeign,
  writeEntry,
  type EntryArrays,
  type EntryHead,
  type RawEntry,
} from './storedEntry';
import { StoreFailure } from './storeFailure';
import { DamagedEntry, ForeignEntry } from './verdicts';

/** Whether an error says that a file does not exist. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * The analysis that an entry holds; undefined where there is none.
 * @throws DamagedEntry, ForeignEntry, the system's errors.
 */
export async function loadEntry(
  directory: string,
  key: string,
  { bytes }: RawEntry,
): Promise<StoredAnalysis | undefined> {
  const entry = parseEntry(key, bytes);
  if (!entry) return undefined;
  const { result, source } = entry.content;
  const arrays = await arraysOf(directory, entry.arrays, result.samples.length);
  checkShapes(result, arrays);
  return { analysis: { result, arrays }, source };
}

/**
 * The same without its arrays, of whose file only the size is looked at: reading them takes longer than all the rest.
 * @throws DamagedEntry, ForeignEntry, the system's errors.
 */
export async function loadResult(
  directory: string,
  key: string,
  { bytes }: RawEntry,
): Promise<StoredAnalysis<WithResult> | undefined> {
  const entry = parseEntry(key, bytes);
  if (!entry) return undefined;
  const { result, source } = entry.content;
  await checkArrays(directory, entry.arrays);
  return { analysis: { result }, source };
}

/**
 * Replaces the source that an entry names, if the entry exists; its arrays get another name. A process that replaces or
 * removes the entry meanwhile removes them by their old name.
 * @throws DamagedEntry, ForeignEntry, the system's errors; of those ENOENT where the entry is gone or was replaced.
 */
export async function replaceSource(
  directory: string,
  key: string,
  change: (source: StoredSource) => StoredSource,
): Promise<void> {
  const entry = parseEntry(key, (await readRaw(directory, key)).bytes);
  if (!entry) return;
  const former = join(directory, entry.arrays.name);
  const name = newArraysName(key);
  const now = new Date();
  // `sweepLeftovers` removes arrays that no JSON names.
  await utimes(former, now, now);
  await linkOrCopy(former, join(directory, name));
  try {
    const source = change(entry.content.source);
    await writeEntry(directory, key, { ...entry.arrays, name }, { ...entry.content, source });
  } catch (error) {
    await rm(join(directory, name), { force: true });
    throw error;
  }
  await rm(former, { force: true }).catch(() => undefined);
}

/** Not every file system has links, and none reaches another disk. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isAbsent(error)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

async function arraysOf(directory: string, info: EntryArrays, samples: number): Promise<SampleArrays[]> {
  try {
    return await readArrays(join(directory, info.name), samples, info);
  } catch (error) {
    if (isAbsent(error)) throw new DamagedEntry('its arrays are not there');
    throw error;
  }
}

async function checkArrays(directory: string, { name, bytes }: EntryArrays): Promise<void> {
  try {
    const found = await lstat(join(directory, name));
    if (!found.isFile()) throw new ForeignEntry('its arrays are not in a regular file');
    if (found.size !== bytes) throw otherSize(found.size, bytes);
  } catch (error) {
    if (isAbsent(error)) throw new DamagedEntry('its arrays are not there');
    throw error;
  }
}

function checkShapes({ samples }: AnalysisResult, arrays: readonly SampleArrays[]): void {
  for (const [index, { seed, tau, radii }] of samples.entries()) {
    if (arrays[index]!.lnZ.length !== tau.length * radii.length)
      throw new DamagedEntry(`ln Z of the sample ${seed} has another shape`);
  }
}

/**
 * Writes an entry in place of any other of its key that may be replaced.
 * @throws StoreFailure where the present file must stay; the system's errors. Nothing has changed then.
 */
export async function storeEntry(
  directory: string,
  key: string,
  { analysis, source }: StoredAnalysis,
): Promise<StoredEntry> {
  await replaceable(directory, key);
  const name = newArraysName(key);
  const info = await writeArrays(join(directory, name), analysis.arrays);
  let former: EntryHead | undefined;
  let jsonBytes: number;
  try {
    // Checked again, because writing the arrays may have taken long.
    former = await replaceable(directory, key);
    jsonBytes = await writeResult(directory, key, { name, ...info }, analysis.result, source);
  } catch (error) {
    await rm(join(directory, name), { force: true });
    throw error;
  }
  // A process that is about to read them finds the new ones. `sweepLeftovers` removes what cannot be removed now.
  const unneeded = former && arraysNamedBy(former, key);
  if (unneeded) await rm(join(directory, unneeded), { force: true }).catch(() => undefined);
  return { key, bytes: info.bytes + jsonBytes, used: Date.now(), whole: true };
}

async function writeResult(
  directory: string,
  key: string,
  arrays: EntryArrays,
  result: AnalysisResult,
  source: StoredSource,
): Promise<number> {
  const samples = result.samples.map(({ lnZ: _, ...sample }) => sample);
  try {
    return await writeEntry(directory, key, arrays, { source, result: { ...result, samples } });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = `${samples.length} samples of ${result.settings.q.length} orders are too long for one file`;
    throw new StoreFailure(directory, reason, 'Take fewer samples or orders', { cause: error });
  }
}

/** The present entry of `key`, or undefined. @throws StoreFailure where it must stay; the system's errors. */
async function replaceable(directory: string, key: string): Promise<EntryHead | undefined> {
  const name = jsonName(key);
  const stays = (what: string): StoreFailure =>
    new StoreFailure(directory, `${name} is in the way, and stays: ${what}`, 'Move that file away');
  try {
    if (!(await lstat(join(directory, name))).isFile()) throw new ForeignEntry('it is not a regular file');
    const head = await readHead(directory, key);
    refuseForeign(head);
    return head;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error instanceof ForeignEntry ? stays(error.message) : error;
  }
}

/** Removes an entry of this program. The JSON goes first, because arrays without a JSON belong to no entry. */
export async function removeEntry(directory: string, key: string, head: EntryHead): Promise<void> {
  await rm(join(directory, jsonName(key)), { force: true });
  const arrays = arraysNamedBy(head, key);
  if (arrays !== undefined) await rm(join(directory, arrays), { force: true });
}

/** Removes a damaged entry. @returns whether it was still the same. @throws the system's errors. */
export async function removeDamaged(
  directory: string,
  key: string,
  { bytes, identity }: RawEntry,
): Promise<boolean> {
  if ((await readRaw(directory, key)).identity !== identity) return false;
  await removeEntry(directory, key, parseHead(key, bytes));
  return true;
}

/** The file of arrays that belongs to this entry alone. */
function arraysNamedBy(head: EntryHead, key: string): string | undefined {
  if (head.kind === 'former') return formerArraysName(key);
  return head.kind === 'current' ? head.beginning?.arrays.name : undefined;
}
