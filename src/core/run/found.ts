/** What a search of the disk finds, and how its files make checkpoints: told by names alone. */
import { basename, dirname } from 'node:path';
import { largest } from '../../protocol/extremes';
import { groupBy } from './groupBy';

export interface FoundFile {
  /** Absolute. */
  path: string;
  /** Size in bytes; of a link, that of its target. */
  bytes: number;
  /** When it was written last, in milliseconds since 1970; of a link, when its target was. */
  modified: number;
}

/** One checkpoint: a file, or an index with its shards. */
export interface FoundCheckpoint extends FoundFile {
  folder: string;
  /** The file's name without its endings. */
  stem: string;
  /** No other checkpoint is in its folder. */
  alone: boolean;
}

const INDEX_SUFFIX = '.safetensors.index.json';
const SAFETENSORS = '.safetensors';
const SHARD = /^(.*)-\d+-of-\d+\.safetensors$/;

/**
 * The checkpoints that the files of one folder are, all of them checkpoints by their names. Shards and their index are
 * one; shards without an index stand for their folder.
 */
export function checkpointsIn(files: readonly FoundFile[]): FoundCheckpoint[] {
  // Other programs' editions of the same weights often lie beside the safetensors files.
  const safetensors = files.filter(({ path }) => path.endsWith(SAFETENSORS) || path.endsWith(INDEX_SUFFIX));
  const groups = groupBy(safetensors.length > 0 ? safetensors : files, ({ path }) => stemOf(basename(path)));
  return [...groups].map(([stem, parts]) => ({
    path: standingFor(parts),
    folder: dirname(parts[0]!.path),
    stem,
    alone: groups.size === 1,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    modified: largest(parts.map(({ modified }) => modified)),
  }));
}

function stemOf(name: string): string {
  if (name.endsWith(INDEX_SUFFIX)) return name.slice(0, -INDEX_SUFFIX.length);
  return SHARD.exec(name)?.[1] ?? name.replace(/\.[^.]*$/, '');
}

function standingFor(parts: readonly FoundFile[]): string {
  const paths = parts.map(({ path }) => path);
  const whole =
    paths.find((path) => path.endsWith(INDEX_SUFFIX)) ?? paths.find((path) => !SHARD.test(basename(path)));
  return whole ?? dirname(paths[0]!);
}
