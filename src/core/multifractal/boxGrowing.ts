/**
 * Box growing (method §3): how many neighbours each source neuron has within every radius.
 *
 * Everything here is an integer count per (source, bin), so counts of parts of a network add exactly, in any order.
 */
import { binOf, radiusGrid, type RadiusGrid } from './radiusGrid';

/** A source is a node of the network only with MORE than this many edges. */
export const MIN_EDGES = 10;

/** Largest edge length of the reference's stand-alone fractal dimension of a neuron. */
export const NFD_THRESHOLD = 200;

/** Edge counts of a run of sources, `counts[source * stride + bin]`. */
export class EdgeCounts {
  readonly stride: number;
  readonly counts: Uint32Array;
  /** Kept edges of every source. */
  readonly degrees: Uint32Array;

  constructor(
    readonly grid: RadiusGrid,
    readonly sources: number,
    /** Edges must be longer than this: 1 in the spectrum, 0 in the fractal dimension. */
    readonly above: number,
  ) {
    this.stride = grid.bins + 1;
    this.counts = new Uint32Array(sources * this.stride);
    this.degrees = new Uint32Array(sources);
  }

  /** The counts that the spectrum is made of: 1 < d ≤ T. */
  static forSpectrum(sources: number, threshold: number, digits: number): EdgeCounts {
    return new EdgeCounts(radiusGrid(threshold, digits), sources, 1);
  }

  /** The counts that fractal dimensions are made of: 0 < d ≤ 200, whatever T is. */
  static forNfd(sources: number, digits: number): EdgeCounts {
    return new EdgeCounts(radiusGrid(NFD_THRESHOLD, digits), sources, 0);
  }

  /**
   * Counts one edge of length `d` if the filter keeps it. NaN and infinite lengths are no edges.
   * @param bin that of `d`, for those who have it.
   */
  add(source: number, d: number, bin = binOf(d, this.grid.digits)): void {
    if (!(d > this.above && d <= this.grid.threshold)) return;
    this.counts[source * this.stride + bin]!++;
    this.degrees[source]!++;
  }
}
