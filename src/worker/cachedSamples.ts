/**
 * Cache of the packed weights of samples of remote checkpoints. Settings that only change how they are counted (the threshold,
 * the orders q, the transfer function, the filter) need no network then.
 */
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { ExaminedPart } from '../core/analysis/examine';
import { drawingOf } from '../core/sampling/drawNeurons';
import { CachedFiles } from '../core/store/cachedFiles';
import { isRemote } from '../protocol/subject';
import type { AnalysisSettings } from '../protocol/analysis';
import type { OpenedCheckpoint } from './openedCheckpoint';

/** To be raised when the packed content or its order changes. */
const VERSION = 1;

/** Where the samples of an analysis are cached. Plain data. */
export interface CachedSamples {
  directory: string;
  /** Identifies the weights and the drawing, without the seed. */
  drawn: string;
}

/**
 * Null if nothing is cached: for files on this machine, which are as fast to read again, for drawn weights, and for files
 * without a reliable identification of their state.
 * @param directory folder of the cache; null for none.
 */
export function cachedSamples(
  { plan, files, weights }: Pick<OpenedCheckpoint, 'plan' | 'files' | 'weights'>,
  settings: Pick<AnalysisSettings, 'neurons' | 'draws'>,
  directory: string | null,
): CachedSamples | null {
  if (directory === null || weights !== 'stored') return null;
  const elsewhere = files.filter(({ path }) => isRemote(path));
  if (elsewhere.length === 0 || !elsewhere.every(({ stamp }) => stamp === null || stamp.startsWith(LASTING)))
    return null;
  const named = serialize({ VERSION, files, plan, drawing: drawingOf(settings) });
  return { directory, drawn: createHash('sha256').update(named).digest('hex') };
}

/** Beginning of a stamp that is unique to its content, see `src/remote/places.ts`. */
const LASTING = 'remote ';

const nameOf = ({ drawn }: CachedSamples, seed: number): string => `sample ${drawn} ${seed}`;

/** Which of the samples are cached. */
export function areKept(kept: CachedSamples, seeds: readonly number[]): boolean[] {
  const files = new CachedFiles(kept.directory);
  return seeds.map((seed) => files.has(nameOf(kept, seed)));
}

/** Fills the buffers of the cached samples. @returns which samples these are. */
function recallSamples(job: {
  kept: CachedSamples;
  seeds: readonly number[];
  buffers: readonly SharedArrayBuffer[];
}): boolean[] {
  const files = new CachedFiles(job.kept.directory);
  return job.seeds.map((seed, i) => {
    const found = files.get(nameOf(job.kept, seed));
    const into = new Uint8Array(job.buffers[i]!);
    if (found?.length !== into.length) return false;
    into.set(found);
    return true;
  });
}

function keepSamples(job: {
  kept: CachedSamples;
  seeds: readonly number[];
  buffers: readonly SharedArrayBuffer[];
}): void {
  const files = new CachedFiles(job.kept.directory);
  for (const [i, seed] of job.seeds.entries())
    files.put(nameOf(job.kept, seed), new Uint8Array(job.buffers[i]!));
}

/** The cached findings about the weights of a projection, or else those of `find`, which are then cached. */
export function examinedOnce(
  kept: CachedSamples | null,
  what: { index: number; seeds: readonly number[] | null; counting: boolean },
  find: () => ExaminedPart[],
): ExaminedPart[] {
  if (!kept) return find();
  const files = new CachedFiles(kept.directory);
  const name = `examined ${kept.drawn} ${JSON.stringify(what)}`;
  const known = files.get(name);
  if (known) return JSON.parse(known.toString('utf8')) as ExaminedPart[];
  const found = find();
  files.put(name, Buffer.from(JSON.stringify(found)));
  return found;
}

export const cachedJobs = { recallSamples, keepSamples };
