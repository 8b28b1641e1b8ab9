/** The order of the rows of the Checkpoints table. */
import * as v from 'valibot';
import type { RunPoint } from '../../src/protocol/run';
import type { Run, RunCheckpoint } from '../../src/protocol/trends';

/** Columns that sort; the step is sorted by as the runs come. */
export const CHECKPOINT_COLUMNS = ['step', 'alpha0', 'width', 'emergence', 'r2', 'neurons'] as const;
export type CheckpointColumn = (typeof CHECKPOINT_COLUMNS)[number];

export const checkpointOrderSchema = v.object({
  column: v.picklist(CHECKPOINT_COLUMNS),
  descending: v.boolean(),
});
export type CheckpointOrder = v.InferOutput<typeof checkpointOrderSchema>;

/** A checkpoint of a run, with its numbers once it has some. */
export interface Listed {
  run: Run;
  checkpoint: RunCheckpoint;
  point: RunPoint | undefined;
}

const VALUES: Record<CheckpointColumn, (listed: Listed) => number | null | undefined> = {
  step: ({ checkpoint }) => checkpoint.step,
  alpha0: ({ point }) => point?.alpha0.mean,
  width: ({ point }) => point?.width.mean,
  emergence: ({ point }) => point?.emergence.value,
  r2: ({ point }) => point?.r2Min,
  neurons: ({ point }) => point?.nodesKept,
};

/** All checkpoints, sorted; those without the number come last either way, and equal ones stay in the order of their runs. */
export function inOrder(runs: readonly Run[], order: CheckpointOrder | null): Listed[] {
  const all = runs.flatMap((run) => {
    const points = new Map(run.series?.points.map((point) => [point.checkpoint.path, point]));
    return run.checkpoints.map((checkpoint) => ({ run, checkpoint, point: points.get(checkpoint.path) }));
  });
  if (!order) return all;
  const of = VALUES[order.column];
  const sign = order.descending ? -1 : 1;
  return all.sort((a, b) => {
    const [x, y] = [of(a) ?? null, of(b) ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  });
}

/** A click on a heading: downwards, upwards, and as the runs come again. */
export function nextOrder(order: CheckpointOrder | null, column: CheckpointColumn): CheckpointOrder | null {
  if (order?.column !== column) return { column, descending: true };
  return order.descending ? { column, descending: false } : null;
}
