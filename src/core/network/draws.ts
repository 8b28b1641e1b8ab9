/** The draws of a network's sample: one per layer of neurons, in the order in which projections first touch them. */
import type { LayerDraw } from './types';

export class Draws {
  readonly list: LayerDraw[] = [];
  readonly #byLayer = new Map<string, number>();

  /**
   * The draw of `layer`. Layers of one name and another width are other neurons, with a draw of their own.
   * @param widening 2 for a hidden layer wider than what it is fed from, as in the paper; else 1.
   */
  of(layer: string, width: number, widening: 1 | 2): number {
    const key = `${layer}\n${width}`;
    let draw = this.#byLayer.get(key);
    if (draw === undefined) {
      draw = this.list.push({ layer, width, multiple: widening }) - 1;
      this.#byLayer.set(key, draw);
    }
    return draw;
  }
}
