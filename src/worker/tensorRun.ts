/**
 * Reads tensors for their own sake on threads: a job reads whole tensors, so that no sum depends on the number of
 * threads.
 */
import { heldBytesOf, readBytesOf, type ValueSource } from '../core/compare/values';
import type { SharedControl } from './control';
import type { ReportProgress } from './digested';
import { allOrStop, type Stopping } from './stopping';

/** Small tensors go together in one job. */
const JOB_BYTES = 32 * 2 ** 20;
const PROGRESS_EVERY_MS = 100;
/** Chunks of both sides, as stored and as numbers. */
const CHUNK_BYTES = 4 * 2 ** 20;

const total = (sources: readonly ValueSource[], of: (source: ValueSource) => number): number =>
  sources.reduce((sum, source) => sum + of(source), 0);

/** What is read together, and how often. */
export interface TensorWork<Item> {
  items: readonly Item[];
  sourcesOf: (item: Item) => readonly ValueSource[];
  readsOf: (item: Item) => number;
  /** Number of bytes cached for an item, in addition to its chunks. */
  bufferBytesOf: (item: Item) => number;
}

/** Bytes that are read for an item. */
const bytesOf = <Item>({ sourcesOf, readsOf }: TensorWork<Item>, item: Item): number =>
  readsOf(item) * total(sourcesOf(item), readBytesOf);

export const workBytes = <Item>(work: TensorWork<Item>): number =>
  work.items.reduce((sum, item) => sum + bytesOf(work, item), 0);

/** Memory of one worker. */
export const workMemory = <Item>({ items, sourcesOf, bufferBytesOf }: TensorWork<Item>): number =>
  items.reduce((most, item) => Math.max(most, total(sourcesOf(item), heldBytesOf) + bufferBytesOf(item)), 0) +
  CHUNK_BYTES;

/** @param run runs a job. @returns the results for each item, in order. */
export async function overTensors<Item, Found>(
  work: TensorWork<Item>,
  run: (items: readonly Item[]) => Promise<Found[]>,
  control: SharedControl,
  stopping: Stopping,
  onProgress: ReportProgress | undefined,
): Promise<Found[]> {
  let done = 0;
  const report = (): void => onProgress?.({ done, total: work.items.length, bytesRead: control.bytesRead });
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    const jobs = inJobs(work).map(async (items) => {
      const found = await run(items);
      done += items.length;
      return found;
    });
    return (await allOrStop(jobs, stopping)).flat();
  } finally {
    clearInterval(timer);
  }
}

function inJobs<Item>(work: TensorWork<Item>): Item[][] {
  const jobs: Item[][] = [];
  let bytesLeft = 0;
  for (const item of work.items) {
    if (bytesLeft <= 0) {
      jobs.push([]);
      bytesLeft = JOB_BYTES;
    }
    jobs.at(-1)!.push(item);
    bytesLeft -= bytesOf(work, item);
  }
  return jobs;
}
