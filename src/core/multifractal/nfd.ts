/** The fractal dimension of single neurons, as the reference's stand-alone rule has it (method §3). */
import { MIN_EDGES, NFD_THRESHOLD, type EdgeCounts } from './boxGrowing';
import { slope } from './regression';

export const NFD_RULE = `slope of ln N on ln r over a neuron's own radii, edges with 0 < d ≤ ${NFD_THRESHOLD}`;

/**
 * One value per source of `counts`; NaN where 10 or fewer edges remain or fewer than two radii.
 * Edges that round to radius 0 raise the count but are no point of the regression.
 */
export function neuronFractalDimensions(counts: EdgeCounts): Float64Array {
  const { stride, degrees } = counts;
  const lnRadius = Float64Array.from({ length: stride }, (_, radius) => Math.log(radius));
  const lnReached = logarithms(degrees);
  const dimensions = new Float64Array(counts.sources).fill(NaN);
  const x = new Float64Array(stride);
  const y = new Float64Array(stride);
  for (let source = 0; source < counts.sources; source++) {
    if (degrees[source]! <= MIN_EDGES) continue;
    const at = source * stride;
    let points = 0;
    let reached = 1 + counts.counts[at]!;
    for (let bin = 1; bin < stride; bin++) {
      const edges = counts.counts[at + bin]!;
      if (edges === 0) continue;
      reached += edges;
      x[points] = lnRadius[bin]!;
      y[points++] = lnReached[reached]!;
    }
    if (points >= 2) dimensions[source] = slope(x, y, points);
  }
  return dimensions;
}

/** ln N for N = 0 … 1 + the largest degree: there are fewer different N than points. */
function logarithms(degrees: Uint32Array): Float64Array {
  let largest = 0;
  for (const degree of degrees) largest = Math.max(largest, degree);
  const table = new Float64Array(largest + 2);
  for (let n = 1; n < table.length; n++) table[n] = Math.log(n);
  return table;
}
