/** Makes projections and draws from the blocks of a family. */
import { expectNoGaps, type Block } from './blocks';
import type { LayerName } from './family';
import { solveBlock, unitParts, type SolvedStep, type SolvedUnit, type UnitSolution } from './solve';
import type { Draws } from './draws';
import { headsConfig } from './heads';
import type { NetworkSize } from './limits';
import { jointName, withoutWeight } from './names';
import type { Config, Projection, ProjectionPart } from './types';

/** A block with its index in the whole network. */
interface CountedBlock {
  block: Block;
  index: number;
}

/**
 * The projections of a family's blocks, in network order.
 * @param first index of the first block.
 * @param size counts the projections.
 * @param onBlocks called after every block.
 * @throws NeuroMfaError `unsupported` where the blocks do not fit the family; then `draws` and `size` are unchanged.
 * @throws NetworkTooLarge
 */
export function familyProjections(
  blocks: readonly Block[],
  first: number,
  config: Config,
  draws: Draws,
  size: NetworkSize,
  onBlocks?: (done: number, of: number) => void,
): Projection[] {
  expectNoGaps(blocks);
  const counted = blocks.map((block, i): CountedBlock => ({ block, index: first + i }));
  const layers = new StreamLayers(counted);
  const streams = new Map<string, number>();
  const configs = new Map(
    [...new Set(blocks.map(({ prefix }) => prefix))].map((prefix) => [prefix, headsConfig(config, prefix)]),
  );
  const before = draws.list.length;
  const { counted: sizeBefore } = size;
  try {
    // Block by block, so that data about half a million experts need not stay in memory.
    return counted.flatMap(({ block, index }, i) => {
      const key = streamKey(block);
      const { places, stream } = solveBlock(block, streams.get(key), configs.get(block.prefix)!);
      if (stream !== undefined && block.stack.width === 'all') streams.set(key, stream);
      const projections = blockProjections({ block, index }, places, layers, draws);
      size.add(projections);
      onBlocks?.(i + 1, blocks.length);
      return projections;
    });
  } catch (error) {
    draws.forgetFrom(before);
    size.forget(sizeBefore);
    throw error;
  }
}

/** Blocks with one key pass their activations on to each other. */
function streamKey({ prefix, stack }: Block, stream = stack.stream): string {
  return `${prefix}${stream}`;
}

/** Names the layers between blocks. */
class StreamLayers {
  /** The layer that each block writes. */
  readonly #outputs = new Map<Block, string>();
  /** The last layer of each whole stream. */
  readonly #ends = new Map<string, string>();
  readonly #severalPrefixes: boolean;

  constructor(blocks: readonly CountedBlock[]) {
    this.#severalPrefixes = new Set(blocks.map(({ block }) => block.prefix)).size > 1;
    const next = new Map<string, string>();
    for (const { block, index } of blocks.toReversed()) {
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

  /**
   * `/encoder output` is the last layer of the stream called encoder; any other name is one layer for the whole model.
   */
  shared(name: LayerName, block: Block): string {
    const stream = name.replace(/^\/(.*) output$/, '$1');
    return (
      this.#ends.get(streamKey(block, stream)) ?? (this.#severalPrefixes ? block.prefix : '') + name.slice(1)
    );
  }
}

function blockProjections(
  { block, index }: CountedBlock,
  places: readonly (readonly SolvedUnit[])[],
  layers: StreamLayers,
  draws: Draws,
): Projection[] {
  const inputOf = (place: number): string => {
    if (place === places.length) return layers.outputOf(block);
    return place === 0 ? `block ${index} input` : `block ${index} ${places[place]![0]!.kind} input`;
  };
  let shape: UnitShape | undefined;
  let shaped: UnitSolution | undefined;
  return places.flatMap((units, place) => {
    const input = lastKept((width) => draws.of(inputOf(place), width, 1));
    const output = lastKept((width) => draws.of(inputOf(place + 1), width, 1));
    return units.flatMap((unit) => {
      // Experts of one block share their shape.
      if (unit.solution !== shaped) shape = unitShape((shaped = unit.solution));
      const { layers: own, fed, steps } = shape!;
      const drawn = own.map(({ name, width }) => {
        if (name === 'input') return input(width);
        if (name === 'output') return output(width);
        if (name.startsWith('./')) return draws.of(`block ${index} ${name.slice(2)}`, width, 1);
        if (name.startsWith('/')) return draws.of(layers.shared(name, block), width, 1);
        return draws.of(`block ${index} ${unit.name} ${name}`, width, width > fed ? 2 : 1);
      });
      return steps.map(({ step, targets, sampled }): Projection => {
        const parts = unitParts(step, unit);
        return {
          name: projectionName(parts, unit.matrix),
          block: index,
          role: step.role,
          parts,
          sources: step.sources,
          targets,
          layout: step.layout,
          segments: step.segments,
          sampling: {
            sources: drawn[sampled.sources]!,
            targets: sampled.targets.map(({ layer, offset }) => ({ draw: drawn[layer]!, offset })),
          },
        };
      });
    });
  });
}

/** Remembers its last answer, because a place's experts ask for the same width thousands of times. */
function lastKept(of: (width: number) => number): (width: number) => number {
  let asked: number | undefined;
  let answer = 0;
  return (width) => {
    if (width !== asked) answer = of((asked = width));
    return answer;
  };
}

/** What units with tensors of the same shapes share. */
interface UnitShape {
  /** All layers that its steps touch, in the order of first use. */
  layers: { name: LayerName; width: number }[];
  /** Width of the layer that feeds the unit. */
  fed: number;
  /** `sampled` lists, as indices, the layers whose draws give a step's sampled targets. */
  steps: {
    step: SolvedStep;
    targets: number;
    sampled: { sources: number; targets: { layer: number; offset: number }[] };
  }[];
}

function unitShape({ steps: solved }: UnitSolution): UnitShape {
  const layers: UnitShape['layers'] = [];
  const numberOf = (name: LayerName, width: number): number => {
    const found = layers.findIndex((layer) => layer.name === name);
    return found < 0 ? layers.push({ name, width }) - 1 : found;
  };
  const steps = solved.map((step) => {
    const sources = numberOf(step.from, step.sources);
    let offset = 0;
    const targets = sampledLayers(step, solved).map((name, i) => {
      const { width } = step.slices[i]!;
      const target = { layer: numberOf(name, width), offset };
      offset += width;
      return target;
    });
    return { step, targets: offset, sampled: { sources, targets } };
  });
  const { sources: fed } = solved.find(({ from }) => from === 'input') ?? solved[0]!;
  return { layers, fed, steps };
}

/**
 * The layers whose draws give a step's sampled targets. A slice that nobody reads (keys and values, a gate) takes the
 * neurons of the first layer where both are equally wide: with as many key heads as query heads, q, k and v share them.
 */
function sampledLayers({ slices }: SolvedStep, steps: readonly SolvedStep[]): LayerName[] {
  const [first] = slices;
  const read = new Set([...steps.map(({ from }) => from), 'input', 'output']);
  return slices.map(({ layer, width }) =>
    width === first!.width && !read.has(layer) ? first!.layer : layer,
  );
}

function projectionName(parts: readonly ProjectionPart[], matrix: number | null): string {
  // Parts of one tensor are adjacent.
  const own = parts.filter(({ tensor }, i) => tensor !== parts[i - 1]?.tensor);
  return jointName(
    own.map(({ tensor }) => withoutWeight(tensor)),
    matrix,
  );
}
