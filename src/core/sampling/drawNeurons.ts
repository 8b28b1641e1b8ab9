/** Which neurons one sample takes (SNIN, method §2): the network's draws, in order, from one seeded generator. */
import type { AnalysisSettings, Draws } from '../../protocol/analysis';
import type { LayerDraw, Projection } from '../network/types';
import { Mt19937 } from './mt19937';

/** How many neurons of a layer are drawn, and which. */
export interface Drawing {
  /** k. */
  neurons: number;
  draws: Draws;
}

export const drawingOf = ({ neurons, draws }: Pick<AnalysisSettings, 'neurons' | 'draws'>): Drawing => ({
  neurons,
  draws: draws ?? 'scattered',
});

/** The neurons of each draw, in the order drawn. A layer narrower than asked is taken whole. */
export function drawNeurons(
  layers: readonly LayerDraw[],
  { neurons, draws }: Drawing,
  seed: number,
): Uint32Array[] {
  const generator = new Mt19937(seed);
  return layers.map((layer) => {
    const size = sampleSize(layer, neurons);
    if (draws === 'scattered') return generator.choose(size, layer.width);
    const start = generator.interval(layer.width - 1);
    return Uint32Array.from({ length: size }, (_, i) => (start + i) % layer.width);
  });
}

/** How many neurons a draw takes when k = `neurons`. */
export function sampleSize(draw: LayerDraw, neurons: number): number {
  return Math.min(neurons * draw.multiple, draw.width);
}

/** The draws that cannot give as many neurons as asked, which therefore take their whole layer. */
export function wholeLayers(
  draws: readonly LayerDraw[],
  neurons: number,
): { layer: string; asked: number; width: number }[] {
  return draws
    .filter((draw) => neurons * draw.multiple > draw.width)
    .map((draw) => ({ layer: draw.layer, asked: neurons * draw.multiple, width: draw.width }));
}

/** Indices of sampled neurons in a projection, in drawing order. */
export interface SampledNeurons {
  sources: Uint32Array;
  targets: Uint32Array;
}

/** The sampled source and target neurons of a projection, given the neurons of every draw. */
export function sampledNeurons(
  projection: Pick<Projection, 'sampling'>,
  drawn: readonly Uint32Array[],
): SampledNeurons {
  const { sources, targets } = projection.sampling;
  const lists = targets.map(({ draw, offset }) => drawn[draw]!.map((neuron) => neuron + offset));
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return { sources: drawn[sources]!, targets: all };
}
