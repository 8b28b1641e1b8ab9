/** Compares the tensors of two checkpoints on threads: whole tensors to a job, so that no sum depends on how many threads there are. */
import { changeOf, totalOf } from '../core/compare/change';
import { heldBytesOf, readBytesOf } from '../core/compare/values';
import type { Pair } from '../core/compare/pairs';
import type { TensorComparison } from '../protocol/comparison';
import type { PairedTensors } from './compareJobs';
import type { SharedControl } from './control';
import type { ReportProgress } from './digested';
import type { LimitedPool } from './limitedPool';
import { allOrStop, type Stopping } from './stopping';

/** Small tensors go together in one job. */
const JOB_BYTES = 32 * 2 ** 20;
const PROGRESS_EVERY_MS = 100;

const bytesOf = ({ a, b }: Pair): number => readBytesOf(a) + readBytesOf(b);

/** Memory that a worker takes: chunks of both sides, and what their sources hold. */
export function comparingMemory(pairs: readonly Pair[]): number {
  return pairs.reduce((most, { a, b }) => Math.max(most, heldBytesOf(a) + heldBytesOf(b)), 0) + 4 * 2 ** 20;
}

export const comparingBytes = (pairs: readonly Pair[]): number =>
  pairs.reduce((sum, pair) => sum + bytesOf(pair), 0);

export async function compareOnThreads(
  { pairs, files: _, ...paired }: PairedTensors,
  pool: LimitedPool,
  subject: string,
  control: SharedControl,
  stopping: Stopping,
  onProgress: ReportProgress | undefined,
): Promise<TensorComparison> {
  const runs = inJobs(pairs);
  let done = 0;
  const report = (): void => onProgress?.({ done, total: pairs.length, bytesRead: control.bytesRead });
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    const sums = (
      await allOrStop(
        runs.map(async (run) => {
          const job = { pairs: run, control: control.buffer };
          const found = await pool.run('compareTensors', job, subject, stopping.kill);
          done += run.length;
          return found;
        }),
        stopping,
      )
    ).flat();
    return {
      ...paired,
      changed: pairs.map((pair, i) => changeOf(pair, sums[i]!)),
      total: totalOf(sums),
    };
  } finally {
    clearInterval(timer);
  }
}

function inJobs(pairs: readonly Pair[]): Pair[][] {
  const runs: Pair[][] = [];
  let room = 0;
  for (const pair of pairs) {
    if (room <= 0) {
      runs.push([]);
      room = JOB_BYTES;
    }
    runs.at(-1)!.push(pair);
    room -= bytesOf(pair);
  }
  return runs;
}
