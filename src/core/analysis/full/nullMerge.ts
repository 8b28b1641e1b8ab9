/** Adds the null draws of projections up, in network order. */
import type { AnalysisSettings } from '../../../protocol/analysis';
import { NULL_KINDS, type NullKind, type SampleNulls } from '../../../protocol/nulls';
import { addTotals, emptyTotals, partitionOf, type GridTotals } from '../../counting/totals';
import { addFew, type FewSums } from '../../multifractal/kernel/fewOrders';
import { figuresOfFew, firstDraw, nullSample } from '../nulls/figures';
import type { NullSums } from '../nulls/fullNulls';

export class NullMerge {
  readonly #first: Record<NullKind, GridTotals>;
  readonly #few: Record<NullKind, FewSums[]> = { shuffled: [], gaussian: [] };
  readonly #waiting = new Map<number, NullSums>();
  #next = 0;

  constructor(
    private readonly settings: AnalysisSettings,
    bins: number,
  ) {
    const { length } = settings.q;
    this.#first = { shuffled: emptyTotals(bins, length), gaussian: emptyTotals(bins, length) };
  }

  /** Projections may come in any order; they are added in theirs. */
  add(index: number, sums: NullSums): void {
    this.#waiting.set(index, sums);
    for (;;) {
      const next = this.#waiting.get(this.#next);
      if (!next) return;
      this.#waiting.delete(this.#next++);
      for (const kind of NULL_KINDS) {
        addTotals(this.#first[kind], { ...next.first[kind], sources: 0, edgesKept: 0 });
        const known = this.#few[kind];
        this.#few[kind] = next.few[kind].map((each, i) => (known[i] ? addFew(known[i], each) : each));
      }
    }
  }

  /** Where few moments would not have given the figures of the first draw, α₀ and w of the others are not known. */
  result(): SampleNulls {
    const { q, radii } = this.settings;
    const of = (kind: NullKind) => {
      const first = firstDraw(partitionOf(this.#first[kind], radii), q);
      const rest = this.#few[kind].map((sums) => {
        const figures = figuresOfFew(sums, q, radii);
        // τ'(0) needs no order of its own.
        return first?.steady ? figures : figures && { ...figures, alpha0: null, width: null };
      });
      return nullSample([first?.figures ?? null, ...rest], first?.curve ?? null);
    };
    return { shuffled: of('shuffled'), gaussian: of('gaussian') };
  }
}
