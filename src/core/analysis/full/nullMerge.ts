/** Adds up the null draws of projections in network order. */
import type { AnalysisSettings } from '../../../protocol/analysis';
import { NULL_KINDS, type NullKind, type SampleNulls } from '../../../protocol/nulls';
import { addTotals, emptyTotals, partitionOf, type GridTotals } from '../../counting/totals';
import { firstDraw, nullSample } from '../nulls/figures';
import type { NullSums } from '../nulls/fullNulls';

export class NullMerge {
  readonly #draws: Record<NullKind, GridTotals[]>;
  readonly #waiting = new Map<number, NullSums>();
  #next = 0;

  constructor(
    private readonly settings: AnalysisSettings,
    bins: number,
  ) {
    const { q, nulls } = settings;
    const empty = (): GridTotals[] => Array.from({ length: nulls!.draws }, () => emptyTotals(bins, q.length));
    this.#draws = { shuffled: empty(), gaussian: empty() };
  }

  /** Projections may arrive in any order; they are added in network order. */
  add(index: number, sums: NullSums): void {
    this.#waiting.set(index, sums);
    for (;;) {
      const next = this.#waiting.get(this.#next);
      if (!next) return;
      this.#waiting.delete(this.#next++);
      for (const kind of NULL_KINDS) {
        for (const [draw, totals] of this.#draws[kind].entries())
          addTotals(totals, { ...next[kind][draw]!, sources: 0, edgesKept: 0 });
      }
    }
  }

  result(): SampleNulls {
    const { q, radii } = this.settings;
    const of = (kind: NullKind) => {
      const draws = this.#draws[kind].map((totals) => firstDraw(partitionOf(totals, radii), q));
      return nullSample(
        draws.map((draw) => draw?.figures ?? null),
        draws[0]?.curve ?? null,
      );
    };
    return { shuffled: of('shuffled'), gaussian: of('gaussian') };
  }
}
