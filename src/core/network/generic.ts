/**
 * Reads any other architecture from the names and shapes of its layers alone. Blocks of transformers are read as
 * families are, with any program's names (see `dialect.ts`). From other blocks every matrix that joins two widths is
 * taken, in natural order of names; that order also decides what names and shapes do not say (which layer follows
 * which).
 */
import type { SkippedTensor } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { Block } from './blocks';
import { familyProjections } from './buildFamily';
import { Chain, groupLayers } from './chain';
import { dialectBlock } from './dialect';
import { streamWidth } from './dialectLayers';
import { Draws } from './draws';
import { headsWarnings } from './heads';
import { siftLayers, type Layer } from './genericLayers';
import { NetworkSize, NetworkTooLarge } from './limits';
import type { TensorIndex } from './names';
import { because } from './reasons';
import { solveBlock } from './solve';
import { inOrderOfExecution, streamOf } from './streams';
import type { Config, Network, Projection } from './types';
import { moduleOf } from './vocabulary';

/** The layers of one block, or all that are in no block. */
interface Section {
  /** Null for layers that are in no block. */
  path: string | null;
  layers: Layer[];
}

/**
 * @param subject the checkpoint, for messages.
 * @throws NetworkTooLarge
 */
export function genericNetwork(index: TensorIndex, config: Config, subject: string): Network {
  const size = new NetworkSize(subject);
  const sifted = siftLayers(index.all, config, size);
  const sections = sectionsOf(sifted.layers);
  const known = knownBlocks(sections, config);
  const outside = isMostly(known, sifted.layers) ? sections.filter(({ path }) => path === null) : [];
  const taken = sections.filter((section) => !outside.includes(section));
  const draws = new Draws();
  const numbers = new Map(
    taken.flatMap(({ path }) => (path === null ? [] : [path])).map((path, i) => [path, i]),
  );
  const ofBlocks = new Map<number, Projection[]>();
  const blocks = taken.flatMap((section) => known.get(section) ?? []);
  for (const projection of familyProjections(blocks, 0, config, draws, size)) {
    const block = numbers.get(blocks[projection.block!]!.path)!;
    const own = ofBlocks.get(block);
    if (own) own.push({ ...projection, block });
    else ofBlocks.set(block, [{ ...projection, block }]);
  }
  const chain = new Chain(draws);
  const projections = taken.flatMap((section) => {
    const block = section.path === null ? null : numbers.get(section.path)!;
    if (known.has(section)) return ofBlocks.get(block!) ?? [];
    return groupLayers(section.layers).map((group) => chain.projection(group, block));
  });
  return {
    architecture: 'generic',
    blocks: numbers.size,
    projections,
    draws: draws.list,
    skipped: [...sifted.skipped, ...outsideOf(outside)],
    warnings: headsWarnings(blocks, config),
  };
}

/**
 * Finds towers with names that no family has, in a model with others: towers with attention and without unknown layers.
 */
export function unknownTowers(index: TensorIndex, config: Config, size: NetworkSize): Block[] {
  const isAttention = (path: string): boolean => moduleOf(path.split('.')).kind === 'attention';
  if (![...index.bySkeleton.keys()].some(isAttention)) return [];
  const sections = sectionsOf(siftLayers(index.all, config, size).layers).filter(({ path }) => path !== null);
  const known = knownBlocks(sections, config, true);
  const towers = new Map<string, (Block | undefined)[]>();
  for (const section of sections) {
    const { prefix, stream } = streamOf(section.path!);
    const tower = towers.get(prefix + stream);
    if (tower) tower.push(known.get(section));
    else towers.set(prefix + stream, [known.get(section)]);
  }
  const isTower = (blocks: readonly (Block | undefined)[]): blocks is Block[] =>
    blocks.every((block) => block !== undefined) && blocks.some(hasAttention);
  return [...towers.values()].filter(isTower).flat();
}

function hasAttention({ stack: { places } }: Block): boolean {
  const steps = places.flat().flatMap(({ variants }) => variants.flat());
  return steps.some(({ role }) => role === 'attention.qkv');
}

/** Each block with its layers, in order of execution: the format's, else what words say. */
function sectionsOf(layers: readonly Layer[]): Section[] {
  const sections: Section[] = [];
  const byBlock = new Map<string, Section>();
  for (const layer of layers) {
    const before = sections.at(-1);
    let section =
      layer.block === null ? (isBeside(before, layer) ? before : undefined) : byBlock.get(layer.block);
    if (!section) {
      sections.push((section = { path: layer.block, layers: [] }));
      if (layer.block !== null) byBlock.set(layer.block, section);
    }
    section.layers.push(layer);
  }
  return layers.some(({ tensor: { order } }) => order !== undefined)
    ? sections
    : inOrderOfExecution(sections);
}

/** Whether a layer outside of blocks is in the part of the model that the section is. */
function isBeside(section: Section | undefined, { path }: Layer): boolean {
  const partOf = (path: string): string => path.split('.')[0]!;
  return section?.path === null && partOf(section.layers[0]!.path) === partOf(path);
}

/** The blocks that names and widths explain. @param entirely whether they have to explain all layers of a block. */
function knownBlocks(sections: readonly Section[], config: Config, entirely = false): Map<Section, Block> {
  const streams = new Map<string, { rows: number; columns: number; layer: Layer }[]>();
  for (const { path, layers } of sections) {
    if (path === null) continue;
    const { prefix, stream } = streamOf(path);
    const same = streams.get(prefix + stream) ?? [];
    for (const layer of layers) same.push({ ...layer.part, layer });
    streams.set(prefix + stream, same);
  }
  const usual = new Map([...streams].map(([stream, layers]) => [stream, streamWidth(layers, null)]));
  const known = new Map<Section, Block>();
  for (const section of sections) {
    if (section.path === null) continue;
    const { prefix, stream } = streamOf(section.path);
    const context = streams.has(`${prefix}encoder`) && stream !== 'encoder' ? '/encoder output' : '/context';
    const surroundings = { prefix, stream, context, usual: usual.get(prefix + stream)! };
    const block = dialectBlock(section.layers, section.path, surroundings, entirely);
    if (block && isSolvable(block, config)) known.set(section, block);
  }
  return known;
}

function isSolvable(block: Block, config: Config): boolean {
  try {
    solveBlock(block, undefined, config);
    return true;
  } catch (error) {
    if (!(error instanceof NeuroMfaError) || error instanceof NetworkTooLarge) throw error;
    return false;
  }
}

/**
 * Whether the network consists mainly of such blocks: then layers outside of all blocks are no part of it, as in
 * families.
 */
function isMostly(known: ReadonlyMap<Section, Block>, layers: readonly Layer[]): boolean {
  const weights = (list: readonly Layer[]): number =>
    list.reduce((sum, { part: { rows, columns, taps } }) => sum + rows * columns * taps, 0);
  const own = [...known.keys()].reduce((sum, section) => sum + weights(section.layers), 0);
  return 2 * own > weights(layers);
}

function outsideOf(sections: readonly Section[]): SkippedTensor[] {
  const names = sections.flatMap(({ layers }) => layers.map(({ tensor }) => tensor.name));
  return [...new Set(names)].map((tensor) => ({ tensor, reason: because('outside-all-blocks') }));
}
