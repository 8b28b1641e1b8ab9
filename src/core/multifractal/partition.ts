/** The partition function Z_q(r) = Σ_i μ_i(r)^q over all nodes, with μ_i(r) = N_i(r) / N_i(r_max) (method §4). */
export interface PartitionSums {
  /** Sources with more than 10 edges. */
  nodes: number;
  nodesDropped: number;
  edgesKept: number;
  /** The set R: radii that occur at any node, ascending. */
  radii: number[];
  /** Kept edges at each of them. */
  edgesAt: number[];
  /** Z_q(r), row-major, shape [radii, q]. */
  z: Float64Array;
  /** S(r) = Σ_i ln μ_i(r), for τ'(0). */
  logSum: Float64Array;
}
