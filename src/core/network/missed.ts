/** Warns about layers of a model that its network lacks. */
import type { Fact } from '../../protocol/facts';
import type { TensorIndex } from './names';
import { isExpected } from './reasons';
import type { Network } from './types';

/** A smaller share of the weights is not worth a warning: projectors between towers have such a share. */
const MISSED_SHARE = 0.05;

/** A warning about left-out weights that are not embeddings, heads and the like, where there are many. */
export function missedWarning({ projections, skipped }: Network, { all, rows }: TensorIndex): Fact[] {
  const missed = skipped.flatMap(({ tensor, reason }) => {
    if (isExpected(reason)) return [];
    const { shape } = all[rows.get(tensor)!]!.tensor;
    return shape.length < 2 ? [] : [{ tensor, reason, size: product(shape) }];
  });
  const weights = missed.reduce((sum, { size }) => sum + size, 0);
  const taken = projections.reduce(
    (sum, { parts }) => parts.reduce((own, { rows: r, columns, taps }) => own + r * columns * taps, sum),
    0,
  );
  const share = weights / (weights + taken);
  if (!(share > MISSED_SHARE)) return [];
  const { tensor, reason } = missed.reduce((most, each) => (each.size > most.size ? each : most));
  return [{ code: 'weights-left-out', tensors: missed.length, share, tensor, reason }];
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}
