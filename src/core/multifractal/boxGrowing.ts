/**
 * Box growing (method §3): how many neighbours each source neuron has within every radius.
 *
 * Everything here is an integer count per (source, radius), so counts of parts of a network add exactly, in any order.
 */
import { roundHalfEven } from './rounding';

/** A source is a node of the network only with MORE than this many edges. */
export const MIN_EDGES = 10;

/** Largest edge length of the reference's stand-alone fractal dimension of a neuron. */
export const NFD_THRESHOLD = 200;

/** Edge counts of a run of sources, `counts[source * stride + radius]`. */
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

  /** The counts that the spectrum is made of: 1 < d ≤ T. */
  static forSpectrum(sources: number, threshold: number): EdgeCounts {
    return new EdgeCounts(threshold, sources, 1);
  }

  /** The counts that fractal dimensions are made of: 0 < d ≤ 200, whatever T is. */
  static forNfd(sources: number): EdgeCounts {
    return new EdgeCounts(NFD_THRESHOLD, sources, 0);
  }

  /**
   * Counts one edge of length `d` if the filter keeps it. NaN and infinite lengths are no edges.
   * @param radius `d` rounded, for those who have it.
   */
  add(source: number, d: number, radius = roundHalfEven(d)): void {
    if (!(d > this.above && d <= this.threshold)) return;
    this.counts[source * this.stride + radius]!++;
    this.degrees[source]!++;
  }
}
