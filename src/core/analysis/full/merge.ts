/**
 * Adds up the projections of a full network in network order, which makes the sums reproducible. Sums are also stored
 * by unit (a block, or a projection outside any block) for resampling.
 */
import type { ProjectionSums } from '../../counting/projectionSums';
import { addTotals, emptyTotals, type GridTotals } from '../../counting/totals';

export interface Unit {
  /** Units are resampled within their kind. */
  kind: string;
  /** The block, or the name of a projection outside of blocks. */
  name: number | string;
  totals: GridTotals;
}

/** The part of a projection's sums that is added up. */
type AddedSums = Omit<ProjectionSums, 'nfd'>;

export class FullMerge {
  readonly total: GridTotals;
  readonly #units = new Map<string, Unit>();
  readonly #waiting = new Map<number, AddedSums>();
  #next = 0;

  /** @param projections those of the network, in order. */
  constructor(
    private readonly projections: readonly { name: string; block: number | null; role: string }[],
    private readonly bins: number,
    private readonly orders: number,
  ) {
    this.total = emptyTotals(bins, orders);
  }

  /** Projections may arrive in any order; they are added in network order. */
  add(index: number, sums: AddedSums): void {
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

  /** The number of projections added so far, the first ones of the network. */
  get added(): number {
    return this.#next;
  }

  /** In the order of their first projections. */
  get units(): Unit[] {
    return [...this.#units.values()];
  }

  #unitOf(index: number): Unit {
    const { name, block, role } = this.projections[index]!;
    const key = block === null ? name : `block ${block}`;
    let unit = this.#units.get(key);
    if (!unit) {
      unit = {
        kind: block === null ? role : 'block',
        name: block ?? name,
        totals: emptyTotals(this.bins, this.orders),
      };
      this.#units.set(key, unit);
    }
    return unit;
  }
}
