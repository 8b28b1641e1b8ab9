/** From the blocks of a family to projections and draws. */
import { expectNoGaps, type Block } from './blocks';
import type { LayerName } from './family';
import { solveBlock, targetCount, type SolvedStep, type SolvedUnit } from './solve';
import type { Draws } from './draws';
import { jointName, withoutWeight } from './names';
import type { Config, Projection } from './types';

interface SolvedBlock {
  block: Block;
  /** Counted through the whole network. */
  index: number;
  places: readonly (readonly SolvedUnit[])[];
}

/**
 * The projections of a family's blocks, in network order.
 * @param first index of the first block.
 * @throws NeuroMfaError `unsupported` when the blocks do not fit the family; `draws` are untouched then.
 */
export function familyProjections(
  blocks: readonly Block[],
  first: number,
  config: Config,
  draws: Draws,
): Projection[] {
  expectNoGaps(blocks);
  const streams = new Map<string, number>();
  const solved = blocks.map((block, i): SolvedBlock => {
    const key = streamKey(block);
    const { places, stream } = solveBlock(block, streams.get(key), config);
    if (stream !== undefined && block.stack.width === 'all') streams.set(key, stream);
    return { block, index: first + i, places };
  });
  const layers = new StreamLayers(solved);
  return solved.flatMap((each) => blockProjections(each, layers, draws));
}

/** Blocks with one key hand their activations on to each other. */
function streamKey({ prefix, stack }: Block, stream = stack.stream): string {
  return `${prefix}${stream}`;
}

/** Names the layers that lie between blocks. */
class StreamLayers {
  /** What each block writes. */
  readonly #outputs = new Map<Block, string>();
  /** What each whole stream ends in. */
  readonly #ends = new Map<string, string>();
  readonly #severalPrefixes: boolean;

  constructor(solved: readonly SolvedBlock[]) {
    this.#severalPrefixes = new Set(solved.map(({ block }) => block.prefix)).size > 1;
    const next = new Map<string, string>();
    for (const { block, index } of solved.toReversed()) {
      const key = streamKey(block);
      const end = `block ${index} output`;
      this.#outputs.set(block, next.get(key) ?? end);
      if (!this.#ends.has(key)) this.#ends.set(key, end);
      next.set(key, `block ${index} input`);
    }
  }

  outputOf(block: Block): string {
    return this.#outputs.get(block)!;
  }

  /** `/encoder output` is what the stream called encoder ends in; any other is a layer of the whole model. */
  shared(name: LayerName, block: Block): string {
    const stream = name.replace(/^\/(.*) output$/, '$1');
    return (
      this.#ends.get(streamKey(block, stream)) ?? (this.#severalPrefixes ? block.prefix : '') + name.slice(1)
    );
  }
}

function blockProjections(
  { block, index, places }: SolvedBlock,
  layers: StreamLayers,
  draws: Draws,
): Projection[] {
  const inputOf = (place: number): string => {
    if (place === places.length) return layers.outputOf(block);
    return place === 0 ? `block ${index} input` : `block ${index} ${places[place]![0]!.kind} input`;
  };
  return places.flatMap((units, place) =>
    units.flatMap((unit) => {
      const input = (unit.steps.find(({ from }) => from === 'input') ?? unit.steps[0]!).sources;
      const draw = (name: LayerName, width: number): number => {
        if (name === 'input') return draws.of(inputOf(place), width, 1);
        if (name === 'output') return draws.of(inputOf(place + 1), width, 1);
        if (name.startsWith('/')) return draws.of(layers.shared(name, block), width, 1);
        return draws.of(`block ${index} ${unit.name} ${name}`, width, width > input ? 2 : 1);
      };
      return unit.steps.map((step): Projection => {
        const sources = draw(step.from, step.sources);
        let offset = 0;
        const targets = sampledLayers(step, unit).map((name, i) => {
          const { width } = step.slices[i]!;
          const sampled = { draw: draw(name, width), offset };
          offset += width;
          return sampled;
        });
        return {
          name: projectionName(step),
          block: index,
          role: step.role,
          parts: step.parts,
          sources: step.sources,
          targets: targetCount(step),
          layout: step.layout,
          segments: step.segments,
          sampling: { sources, targets },
        };
      });
    }),
  );
}

/**
 * The layers whose draws give a step's sampled targets. A slice that nobody reads (keys and values, a gate) takes the
 * neurons of the first one where both are equally wide: with as many key heads as query heads, q, k and v share them.
 */
function sampledLayers({ slices }: SolvedStep, { steps }: SolvedUnit): LayerName[] {
  const [first] = slices;
  const read = new Set([...steps.map(({ from }) => from), 'input', 'output']);
  return slices.map(({ layer, width }) =>
    width === first!.width && !read.has(layer) ? first!.layer : layer,
  );
}

function projectionName({ parts, matrix }: SolvedStep): string {
  const names = [...new Set(parts.map(({ tensor }) => withoutWeight(tensor)))];
  return jointName(names, matrix);
}
