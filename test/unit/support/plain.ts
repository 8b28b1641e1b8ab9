/**
 * The analysis weight by weight, as the method states it: slow, obviously right, and what the kernel's numbers are held to.
 */
import { MIN_EDGES, NFD_THRESHOLD } from '../../../src/core/multifractal/edges';
import type { PartitionSums } from '../../../src/core/multifractal/partition';
import { between } from '../../../src/core/stats/estimate';
import { roundHalfEven } from '../../../src/core/multifractal/rounding';

/** Edge counts of sources by radius, `counts[source * stride + radius]`. */
export class EdgeCounts {
  readonly stride: number;
  readonly counts: Uint32Array;
  /** Kept edges of every source. */
  readonly degrees: Uint32Array;

  constructor(
    /** Edges must not be longer than this. */
    readonly threshold: number,
    readonly sources: number,
    /** Edges must be longer than this: 1 in the spectrum, 0 in the fractal dimension. */
    readonly above: number,
  ) {
    this.stride = roundHalfEven(threshold) + 1;
    this.counts = new Uint32Array(sources * this.stride);
    this.degrees = new Uint32Array(sources);
  }

  static forSpectrum(sources: number, threshold: number): EdgeCounts {
    return new EdgeCounts(threshold, sources, 1);
  }

  static forNfd(sources: number): EdgeCounts {
    return new EdgeCounts(NFD_THRESHOLD, sources, 0);
  }

  /** Counts one edge of length `d` if the filter keeps it. NaN and infinite lengths are no edges. */
  add(source: number, d: number): void {
    if (!(d > this.above && d <= this.threshold)) return;
    this.counts[source * this.stride + roundHalfEven(d)]!++;
    this.degrees[source]!++;
  }
}

/** Z_q(r) and S(r), summed node by node in order. */
export function partitionSums(
  { counts, degrees, stride, sources }: EdgeCounts,
  q: readonly number[],
): PartitionSums {
  const nodes = [...degrees.keys()].filter((source) => degrees[source]! > MIN_EDGES);
  const radii = Array.from({ length: stride }, (_, radius) => radius).filter((radius) =>
    nodes.some((source) => counts[source * stride + radius]! > 0),
  );
  const z = new Float64Array(radii.length * q.length);
  const logSum = new Float64Array(radii.length);
  const powers = new Map<number, number[]>();
  const powersOf = (n: number): number[] => {
    const known = powers.get(n) ?? q.map((order) => n ** order);
    powers.set(n, known);
    return known;
  };
  // Sums of very many nodes carry what rounding takes away (Kahan 1965), so that the oracle is the more exact of the two.
  const lost = { z: new Float64Array(z.length), logSum: new Float64Array(logSum.length) };
  for (const source of nodes) {
    const total = degrees[source]! + 1;
    let reached = 1; // the node itself
    for (const [row, radius] of radii.entries()) {
      reached += counts[source * stride + radius]!;
      add(logSum, lost.logSum, row, Math.log(reached) - Math.log(total));
      const [above, below] = [powersOf(reached), powersOf(total)];
      for (let i = 0; i < q.length; i++) add(z, lost.z, row * q.length + i, above[i]! / below[i]!);
    }
  }
  const edgesKept = nodes.reduce((sum, source) => sum + degrees[source]!, 0);
  const edgesAt = radii.map((radius) =>
    nodes.reduce((sum, source) => sum + counts[source * stride + radius]!, 0),
  );
  return { nodes: nodes.length, nodesDropped: sources - nodes.length, edgesKept, radii, edgesAt, z, logSum };
}

/** Adds a term with its compensation. */
function add(sums: Float64Array, lost: Float64Array, at: number, term: number): void {
  const whole = term - lost[at]!;
  const sum = sums[at]! + whole;
  lost[at] = sum - sums[at]! - whole;
  sums[at] = sum;
}

/**
 * One value per source; NaN where 10 or fewer edges remain or fewer than two radii. Edges that round to radius 0 raise the
 * count but are no point of the regression.
 */
export function neuronFractalDimensions({ counts, degrees, stride, sources }: EdgeCounts): Float64Array {
  return Float64Array.from({ length: sources }, (_, source) => {
    if (degrees[source]! <= MIN_EDGES) return NaN;
    const x: number[] = [];
    const y: number[] = [];
    let reached = 1 + counts[source * stride]!;
    for (let radius = 1; radius < stride; radius++) {
      const edges = counts[source * stride + radius]!;
      if (edges === 0) continue;
      reached += edges;
      x.push(Math.log(radius));
      y.push(Math.log(reached));
    }
    return x.length < 2 ? NaN : slope(x, y);
  });
}

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const sxy = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return sxy / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}

/** The mean of the two middle values of an even count. @param sorted ascending, not empty. */
export function median(sorted: Float64Array): number {
  const upper = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[upper]! : between(sorted[upper - 1]!, sorted[upper]!);
}
