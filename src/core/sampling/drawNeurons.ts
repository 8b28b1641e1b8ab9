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

/** Indices of sampled neurons in a projection, in drawing order; they may be those of its draws, and are not written to. */
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
  const [first] = targets;
  // Nothing is copied in the usual case: there may be hundreds of thousands of projections.
  if (targets.length === 1 && first!.offset === 0)
    return { sources: drawn[sources]!, targets: drawn[first!.draw]! };
  const all = new Uint32Array(targets.reduce((sum, { draw }) => sum + drawn[draw]!.length, 0));
  let at = 0;
  for (const { draw, offset } of targets) {
    const list = drawn[draw]!;
    addTo(list, offset, all, at);
    at += list.length;
  }
  return { sources: drawn[sources]!, targets: all };
}

function addTo(values: Uint32Array, by: number, into: Uint32Array, at: number): void {
  for (let i = 0; i < values.length; i++) into[at + i] = values[i]! + by;
}
