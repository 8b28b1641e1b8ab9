/**
 * Chains layers of which only the order of names is known: each reads what the one before it wrote, if the widths
 * agree.
 */
import type { Draws } from './draws';
import type { Layer } from './genericLayers';
import { SHORTCUT } from './grouping';
import { jointName } from './names';
import { inRuns, sourcesOf, targetsOf } from './parts';
import type { Projection } from './types';

/** Groups layers that read the same activations, at the position of the first of them. */
export function groupLayers(layers: readonly Layer[]): Layer[][] {
  const groups: Layer[][] = [];
  const byKey = new Map<string, Layer[]>();
  const firstConvolution = new Map<string, Layer[]>();
  const readsTheSame = (group: readonly Layer[], layer: Layer): boolean =>
    group[0]!.layout === layer.layout &&
    sourcesOf(group[0]!.part, layer.layout) === sourcesOf(layer.part, layer.layout);
  for (const layer of layers) {
    const { block, role } = layer;
    const convolution = role === 'conv.inner' && block !== null;
    const shortcut = convolution && SHORTCUT.test(layer.path);
    const group = shortcut
      ? firstConvolution.get(block)
      : layer.place.key === null
        ? undefined
        : byKey.get(layer.place.key);
    if (group && readsTheSame(group, layer)) {
      group.push(layer);
      if (shortcut) group[0]!.role = 'conv.first';
      continue;
    }
    const own = [layer];
    groups.push(own);
    if (layer.place.key !== null) byKey.set(layer.place.key, own);
    if (convolution && !firstConvolution.has(block)) firstConvolution.set(block, own);
  }
  for (const group of groups) group.sort((a, b) => a.place.rank - b.place.rank);
  return groups;
}

/** Shares neurons between a layer's targets and the next one's sources where both are equally wide. */
export class Chain {
  readonly #draws: Draws;
  /** Draws of the layers written so far, by width. */
  #written = new Map<number, number>();
  /** The width that each block reads first. */
  readonly #entry = new Map<number | null, number>();

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  projection(group: readonly Layer[], block: number | null): Projection {
    const [first] = group as [Layer];
    const { layout, role } = first;
    const name = jointName(
      group.map((layer) => layer.name),
      first.matrix,
    );
    const sources = sourcesOf(first.part, layout);
    if (!this.#entry.has(block)) this.#entry.set(block, sources);
    const read = this.#written.get(sources) ?? this.#draws.of(`${name} sources`, sources, 1);
    const written = new Map<number, number>();
    let offset = 0;
    const targets = group.map(({ part }) => {
      const width = targetsOf(part, layout);
      const draw = this.#targetDraw(first, name, width, read, block);
      written.set(width, draw);
      const sampled = { draw, offset };
      offset += width;
      return sampled;
    });
    this.#written = written;
    return {
      name,
      block,
      role,
      parts: group.flatMap(({ part }) => inRuns(part)),
      sources,
      targets: offset,
      layout,
      segments: [],
      sampling: { sources: read, targets },
    };
  }

  /** A depthwise convolution joins each neuron to itself, so its targets have its sources' draw. */
  #targetDraw({ role }: Layer, name: string, width: number, read: number, block: number | null): number {
    if (role === 'conv.depthwise') return read;
    return this.#draws.of(`${name} targets`, width, width > this.#entry.get(block)! ? 2 : 1);
  }
}
