/** The charts on a page: one per figure, reused while its figure is shown, so that zoom survives updates. */
import type { Figure } from '../figures/figure';
import type { MakeButton } from './button';
import { chartView, type ChartView, type ZoomMemory } from './chartView';

export class ChartShelf {
  readonly #views = new Map<string, ChartView>();

  /** @param button how the page around draws the buttons of a chart. @param memory where zooms survive the page. */
  constructor(
    private readonly button: MakeButton,
    private readonly memory?: ZoomMemory,
  ) {}

  /** Shows exactly these figures; charts of others are given up. */
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
      const view = known ?? chartView(figure, this.button, this.memory);
      this.#views.set(figure.id, view);
      return view;
    });
  }
}
