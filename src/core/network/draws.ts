/** The draws of a network's sample: one per layer of neurons, in the order in which projections first use them. */
import type { LayerDraw } from './types';

export class Draws {
  readonly list: LayerDraw[] = [];
  /** Width → layer → its draw. */
  readonly #byWidth = new Map<number, Map<string, number>>();

  /**
   * The draw of `layer`. Layers with the same name but another width are other neurons, with a draw of their own.
   * @param widening 2 for a hidden layer wider than its input, as in the paper; otherwise 1.
   */
  of(layer: string, width: number, widening: 1 | 2): number {
    let layers = this.#byWidth.get(width);
    if (!layers) this.#byWidth.set(width, (layers = new Map<string, number>()));
    let draw = layers.get(layer);
    if (draw === undefined) {
      draw = this.list.push({ layer, width, multiple: widening }) - 1;
      layers.set(layer, draw);
    }
    return draw;
  }

  /** Removes all draws but the first `count`. */
  forgetFrom(count: number): void {
    for (const { layer, width } of this.list.splice(count)) this.#byWidth.get(width)!.delete(layer);
  }
}
