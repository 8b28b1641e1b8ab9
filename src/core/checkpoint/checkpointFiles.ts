/**
 * Which files of a folder are one checkpoint: a file, or an index with its shards. Analyses, runs, the tree, pickers and
 * the inspect view all ask here. Decided by names alone; content is `open.ts`'s to look at.
 */
import { groupBy } from '../groupBy';
import { isNamed, kindsOf, stemOf } from './formats/names';
import { FORMATS } from './formats/table';

export interface NamedCheckpoint {
  /** The file or index that it is opened by; null for shards whose index is not there. */
  entry: string | null;
  /** The files' common name, without endings. */
  stem: string;
  /** Names of all its files: the entry, and shards. */
  files: readonly string[];
  /** The name that an index of these files has; null where the format has none. */
  index: string | null;
}

export interface FolderContents {
  /** In the order of their first files. */
  checkpoints: readonly NamedCheckpoint[];
  /** The checkpoint that the folder stands for: its only index, or without one its only checkpoint; null for any other. */
  own: NamedCheckpoint | null;
}

/** Stem, number and count of `model-00001-of-00002`. */
const SHARD = /^(.*)-\d+-of-(\d+)$/s;

/**
 * The checkpoints that the files of one folder make. Other programs' editions of the same weights often lie beside one
 * another: files of the first format of the table that has any count.
 * @param names of the folder's files. @param onRequest whether names count that searches leave alone.
 */
export function checkpointsAmong(names: readonly string[], onRequest = false): FolderContents {
  for (const format of FORMATS) {
    const kinds = kindsOf(format);
    const files = names.filter((name) => kinds.some((kind) => isNamed(name, kind, onRequest)));
    if (files.length === 0) continue;
    const isIndex = (name: string): boolean =>
      format.sharded !== undefined && isNamed(name, format.sharded, onRequest);
    const checkpoints = [...groupBy(files, commonStem)].map(([stem, group]) => ({
      entry: group.find(isIndex) ?? group.find(isWhole) ?? null,
      stem,
      files: group,
      index: format.sharded?.sureNames[0]?.replace('*', stem) ?? null,
    }));
    const indexed = checkpoints.filter(({ entry }) => entry !== null && isIndex(entry));
    const candidates = indexed.length > 0 ? indexed : checkpoints;
    return { checkpoints, own: candidates.length === 1 ? candidates[0]! : null };
  }
  return { checkpoints: [], own: null };
}

/**
 * Those files beside one of this name that may name it as their shard, by their own names.
 * @param beside lists the folder; not called where the name is that of no shard.
 */
export function indexesBeside(name: string, beside: () => readonly string[]): string[] {
  return FORMATS.filter((format) => isNamed(name, format)).flatMap(({ sharded }) =>
    sharded ? beside().filter((other) => isNamed(other, sharded)) : [],
  );
}

/** A shard has that of its checkpoint. */
function commonStem(name: string): string {
  const stem = stemOf(name);
  return SHARD.exec(stem)?.[1] ?? stem;
}

/** Whether nothing is missing without an index: no shard, or the only one. */
function isWhole(name: string): boolean {
  return Number(SHARD.exec(stemOf(name))?.[2] ?? 1) === 1;
}
