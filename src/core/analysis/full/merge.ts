/**
 * Adds the projections of a full network up, in network order: the order that makes the sums reproducible.
 * Sums are also kept by unit, a block or a projection outside any block, for resampling.
 */
import type { PartitionSums } from '../../multifractal/partition';
import type { ProjectionSums } from './projectionSums';

/** Sums on the grid of radii 1 … bins (row 0 is not used). */
export interface GridTotals {
  bins: number;
  sources: number;
  nodes: number;
  edgesKept: number;
  /** [bins + 1, q] */
  z: Float64Array;
  logSum: Float64Array;
  occupied: Float64Array;
}

export function emptyTotals(bins: number, orders: number): GridTotals {
  return {
    bins,
    sources: 0,
    nodes: 0,
    edgesKept: 0,
    z: new Float64Array((bins + 1) * orders),
    logSum: new Float64Array(bins + 1),
    occupied: new Float64Array(bins + 1),
  };
}

export function addTotals(into: GridTotals, sums: Omit<GridTotals, 'bins'>): void {
  into.sources += sums.sources;
  into.nodes += sums.nodes;
  into.edgesKept += sums.edgesKept;
  for (const field of ['z', 'logSum', 'occupied'] as const) {
    const to = into[field];
    const from = sums[field];
    for (let i = 0; i < to.length; i++) to[i] = to[i]! + from[i]!;
  }
}

/** The sum of totals that count several times each. @param list not empty; terms are added in its order. */
export function weightedTotals(list: readonly { totals: GridTotals; times: number }[]): GridTotals {
  const terms = list.filter(({ times }) => times > 0);
  const whole = (pick: (totals: GridTotals) => number): number =>
    terms.reduce((sum, { totals, times }) => sum + times * pick(totals), 0);
  const weights = Float64Array.from(terms, ({ times }) => times);
  const arrays = (pick: (totals: GridTotals) => Float64Array): Float64Array =>
    weightedSum(
      terms.map(({ totals }) => pick(totals)),
      weights,
    );
  return {
    bins: list[0]!.totals.bins,
    sources: whole(({ sources }) => sources),
    nodes: whole(({ nodes }) => nodes),
    edgesKept: whole(({ edgesKept }) => edgesKept),
    z: arrays(({ z }) => z),
    logSum: arrays(({ logSum }) => logSum),
    occupied: arrays(({ occupied }) => occupied),
  };
}

/** Element by element, so that a sum stays in a register: a thousand of these are drawn. */
function weightedSum(lists: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sums = new Float64Array(lists[0]!.length);
  for (let i = 0; i < sums.length; i++) {
    let sum = 0;
    for (let k = 0; k < lists.length; k++) sum += weights[k]! * lists[k]![i]!;
    sums[i] = sum;
  }
  return sums;
}

/** The radii that occur, and the sums there: what spectra are made of. */
export function partitionOf(totals: GridTotals): PartitionSums {
  const radii = [...totals.occupied.keys()].filter((radius) => totals.occupied[radius]! > 0);
  const orders = totals.z.length / (totals.bins + 1);
  const z = new Float64Array(radii.length * orders);
  for (const [row, radius] of radii.entries()) {
    z.set(totals.z.subarray(radius * orders, (radius + 1) * orders), row * orders);
  }
  return {
    nodes: totals.nodes,
    nodesDropped: totals.sources - totals.nodes,
    edgesKept: totals.edgesKept,
    radii,
    z,
    logSum: Float64Array.from(radii, (radius) => totals.logSum[radius]!),
  };
}

export interface Unit {
  /** Units are resampled among those of their kind. */
  kind: string;
  totals: GridTotals;
}

export class FullMerge {
  readonly total: GridTotals;
  readonly #units = new Map<string, Unit>();
  readonly #waiting = new Map<number, ProjectionSums>();
  #next = 0;

  /** @param projections of the network, in order. */
  constructor(
    private readonly projections: readonly { name: string; block: number | null; role: string }[],
    private readonly bins: number,
    private readonly orders: number,
  ) {
    this.total = emptyTotals(bins, orders);
  }

  /** Projections may come in any order; they are added in theirs. */
  add(index: number, sums: ProjectionSums): void {
    this.#waiting.set(index, sums);
    for (;;) {
      const next = this.#waiting.get(this.#next);
      if (!next) return;
      this.#waiting.delete(this.#next);
      addTotals(this.total, next);
      addTotals(this.#unitOf(this.#next).totals, next);
      this.#next++;
    }
  }

  /** In order of their first projection. */
  get units(): Unit[] {
    return [...this.#units.values()];
  }

  #unitOf(index: number): Unit {
    const { name, block, role } = this.projections[index]!;
    const key = block === null ? name : `block ${block}`;
    let unit = this.#units.get(key);
    if (!unit) {
      unit = { kind: block === null ? role : 'block', totals: emptyTotals(this.bins, this.orders) };
      this.#units.set(key, unit);
    }
    return unit;
  }
}
