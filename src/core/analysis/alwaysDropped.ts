/** Projections whose source neurons never have enough edges, whatever the weights. */
import { MIN_EDGES } from '../multifractal/boxGrowing';
import type { Projection } from '../network/types';

/** The sentence that says so, such as for depthwise 3×3 kernels with their 9 edges per channel; none where all is well. */
export function droppedWarning(projections: readonly Projection[]): string[] {
  const [first, ...rest] = projections.filter((each) => edgesPerSource(each) <= MIN_EDGES);
  if (!first) return [];
  const others = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return [
    `${first.name}${others} join each source neuron by at most ${MIN_EDGES} edges, so these neurons always drop`,
  ];
}

/** Edges from every source neuron of the whole projection. */
function edgesPerSource({ parts, layout }: Projection): number {
  return parts.reduce(
    (sum, { rows, columns, kernel, groups }) =>
      sum + (layout === 'out-in' ? rows / groups : columns) * kernel,
    0,
  );
}
