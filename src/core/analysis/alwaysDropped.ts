/** Projections whose source neurons never have enough edges, whatever the weights. */
import type { Fact } from '../../protocol/facts';
import { MIN_EDGES } from '../multifractal/edges';
import type { Projection } from '../network/types';

/**
 * The warning about them, for example about depthwise 3×3 convolutions with their 9 edges per channel; none where there
 * are no such projections.
 */
export function droppedWarning(projections: readonly Projection[]): Fact[] {
  const [first, ...rest] = projections.filter((each) => edgesPerSource(each) <= MIN_EDGES);
  if (!first) return [];
  return [{ code: 'always-dropped', projection: first.name, more: rest.length, edges: MIN_EDGES }];
}

/** Edges from every source neuron of the whole projection. */
function edgesPerSource({ parts, layout }: Projection): number {
  return parts.reduce(
    (sum, { rows, columns, taps, groups }) => sum + (layout === 'out-in' ? rows / groups : columns) * taps,
    0,
  );
}
