/** The fractal dimension of single neurons, as the reference's stand-alone rule has it (method §3). */
import { MIN_EDGES, NFD_THRESHOLD, type EdgeCounts } from './boxGrowing';
import { radiusOf } from './radiusGrid';
import { Regressor } from './regression';

export const NFD_RULE = `slope of ln N on ln r over a neuron's own radii, edges with 0 < d ≤ ${NFD_THRESHOLD}`;

/**
 * One value per source of `counts`; NaN where 10 or fewer edges remain or fewer than two radii.
 * Edges that round to radius 0 raise the count but are no point of the regression.
 */
export function neuronFractalDimensions(counts: EdgeCounts): Float64Array {
  const lnRadius = Array.from({ length: counts.stride }, (_, bin) =>
    Math.log(radiusOf(bin, counts.grid.digits)),
  );
  return Float64Array.from({ length: counts.sources }, (_, source) => {
    if (counts.degree(source) <= MIN_EDGES) return NaN;
    const at = source * counts.stride;
    const x: number[] = [];
    const y: number[] = [];
    let reached = 1 + counts.counts[at]!;
    for (let bin = 1; bin < counts.stride; bin++) {
      const edges = counts.counts[at + bin]!;
      if (edges === 0) continue;
      reached += edges;
      x.push(lnRadius[bin]!);
      y.push(Math.log(reached));
    }
    return x.length < 2 ? NaN : new Regressor(Float64Array.from(x)).fit(Float64Array.from(y)).slope;
  });
}
