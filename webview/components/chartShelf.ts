/** The charts on a page: one per figure, reused while its figure is shown, so that zoom survives updates. */
import type { Figure } from '../figures/figure';
import { chartView, type ChartPage, type ChartView } from './chartView';

export class ChartShelf {
  readonly #views = new Map<string, ChartView>();

  constructor(private readonly page: ChartPage) {}

  /** The line at a position of one axis appears in every chart of the page with this axis. */
  readonly #follow = (from: ChartView, x: number | null): void => {
    for (const view of this.#views.values()) if (view !== from) view.follow(x);
  };

  /** Shows exactly these figures; charts of others are destroyed. */
  show(figures: readonly Figure[]): ChartView[] {
    const wanted = new Set(figures.map(({ id }) => id));
    for (const [id, view] of this.#views) {
      if (wanted.has(id)) continue;
      view.dispose();
      this.#views.delete(id);
    }
    return figures.map((figure) => {
      const known = this.#views.get(figure.id);
      if (known) known.update(figure);
      const view = known ?? chartView(figure, this.page, this.#follow);
      this.#views.set(figure.id, view);
      return view;
    });
  }
}
