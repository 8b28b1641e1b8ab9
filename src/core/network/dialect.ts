/**
 * Reads blocks of transformers with any program's names in the form in which families describe theirs: the same steps,
 * in the same order, with the same layers of neurons between them. Where the vocabulary does not decide, widths do:
 * which matrix reads the block's activations, and which writes them.
 */
import type { Block } from './blocks';
import { attentionUnit } from './dialectAttention';
import { convolutionUnit, expertUnits, feedForwardUnit } from './dialectFeedForward';
import { BlockLayers, type Entry } from './dialectLayers';
import { stack, type LayerName, type Unit } from './family';
import type { Layer } from './genericLayers';
import { FIRST_MLP, moduleOf, RESAMPLES, type Kind } from './vocabulary';

/** The context of a block. */
export interface Surroundings {
  /** The text before the stream in the names of its blocks: it distinguishes copies. */
  prefix: string;
  stream: string;
  /** The layer that cross-attention reads. */
  context: LayerName;
  /** The width that most matrices of its stream have; null where several are equally frequent. */
  usual: number | null;
}

/** Order of execution in a block. */
const RANKS = {
  first: 0,
  attention: 1,
  convolution: 2,
  'state space': 2,
  'cross-attention': 3,
  mlp: 4,
} as const;

/** A unit, and its position in the order of execution. */
interface Ranked {
  rank: number;
  /** The name of its module. */
  name: string;
  unit: Unit;
}

/** Layers of a block that belong together. */
interface Module {
  kind: Kind;
  name: string;
  second: boolean;
  entries: Entry[];
}

/**
 * The block in the form of a family; null where it has neither attention nor an MLP, and is not between stages that do.
 * @param layers all layers of the block. @param path the block's path. @param entirely whether an unknown layer makes
 *   the answer null too.
 */
export function dialectBlock(
  layers: readonly Layer[],
  path: string,
  { prefix, stream, context, usual }: Surroundings,
  entirely: boolean,
): Block | null {
  const block = new BlockLayers(layers, path, usual);
  const units = modulesOf(block.entries).flatMap((module) => unitsOf(block, module, context));
  const rest = block.rest();
  if (entirely && rest.length > 0) return null;
  const isTransformer = units.some(
    ({ rank }) => rank === RANKS.attention || rank === RANKS['cross-attention'],
  );
  const isMlp = units.some(({ rank }) => rank === RANKS.mlp) && !block.hasLooseKernels();
  const isBetween = units.length === 0 && rest.length === 1 && RESAMPLES.test(block.entries[0]!.name);
  if (!isTransformer && !isMlp && !isBetween) return null;
  const places = withOwnNames([...inPlaces(units), ...rest.map((unit) => [unit])]);
  const width = block.width === null ? 'free' : 'block';
  const { tensors, numbered } = block;
  return {
    stack: stack(path, places, { width, stream, gaps: true }),
    prefix,
    path,
    numbers: [],
    tensors,
    numbered,
  };
}

/** Puts units in order of execution; experts and the dense MLP beside them read the same input and share one place. */
function inPlaces(units: readonly Ranked[]): Unit[][] {
  const mlps = units.filter(({ rank }) => rank === RANKS.mlp);
  const first = mlps.length > 1 ? mlps.find(({ name }) => FIRST_MLP.test(name)) : undefined;
  const rankOf = (each: Ranked): number => (each === first ? RANKS.first : each.rank);
  const mixture = mlps.some(({ unit }) => unit.name.endsWith('expert'));
  const places: Unit[][] = [];
  let before: number | undefined;
  for (const each of [...units].sort((a, b) => rankOf(a) - rankOf(b))) {
    const rank = rankOf(each);
    if (mixture && rank === RANKS.mlp && before === rank) places.at(-1)!.push(each.unit);
    else places.push([each.unit]);
    before = rank;
  }
  return places;
}

/** Names layers of neurons after their units: two MLPs of a block have separate layers. */
function withOwnNames(places: readonly (readonly Unit[])[]): Unit[][] {
  const named = new Map<string, number>();
  return places.map((units) =>
    units.map((unit) => {
      const count = (named.get(unit.name) ?? 0) + 1;
      named.set(unit.name, count);
      return count === 1 ? unit : { ...unit, name: `${unit.name} ${count}` };
    }),
  );
}

function modulesOf(entries: readonly Entry[]): Module[] {
  const modules = new Map<string, Module>();
  for (const entry of entries) {
    const module = moduleOf(entry.components);
    const key = `${module.kind} ${module.name}`;
    const known = modules.get(key);
    if (known) known.entries.push(entry);
    else modules.set(key, { ...module, entries: [entry] });
  }
  const list = [...modules.values()];
  const several = list.filter(({ kind }) => kind === 'attention').length > 1;
  for (const module of list) if (module.second && several) module.kind = 'cross-attention';
  return withDown(withLoose(list));
}

/** Joins modules whose own names say nothing, such as `0.fn.to_out.0` beside `0.fn.to_qkv`. */
function withLoose(modules: readonly Module[]): Module[] {
  return modules.filter((module) => {
    const owner =
      module.kind === 'other' &&
      modules.find(
        ({ kind, name }) => kind !== 'other' && name !== '' && `${module.name}.`.startsWith(`${name}.`),
      );
    if (owner) owner.entries = owner.entries.concat(module.entries);
    return !owner;
  });
}

/** Joins an MLP and the layer that writes its output, such as BERT's `output` after `intermediate`. */
function withDown(modules: readonly Module[]): Module[] {
  const single = (kind: Kind): Module[] =>
    modules.filter((module) => module.kind === kind && module.entries.length === 1);
  const [[mlp, ...mlps], [loose, ...others]] = [single('mlp'), single('other')];
  const [up, down] = [mlp?.entries[0], loose?.entries[0]];
  if (!up || !down || mlps.length + others.length > 0) return [...modules];
  if (up.rows !== down.columns || up.columns !== down.rows) return [...modules];
  mlp!.entries.push(down);
  return modules.filter((module) => module !== loose);
}

function unitsOf(block: BlockLayers, module: Module, context: LayerName): Ranked[] {
  const { kind, name, entries } = module;
  const stacks = entries.filter(({ layer }) => layer.matrix === 0).length;
  // Experts may have other names: their module has one matrix for each, side by side.
  if (kind === 'experts' || (stacks === entries.length && /^(mlp|other)$/.test(kind)))
    return expertUnits(block, entries).map((unit) => ({ rank: RANKS.mlp, name, unit }));
  if (stacks > 0) return [];
  const unit = unitOf(block, { ...module, kind }, context);
  if (unit) return [{ rank: RANKS[kind === 'other' ? 'mlp' : kind], name, unit }];
  // For example two MLPs in a list.
  const parts = new Map<string, Entry[]>();
  const depth = name === '' ? 1 : name.split('.').length + 1;
  for (const entry of entries) {
    const part = entry.components.slice(0, depth).join('.');
    const known = parts.get(part);
    if (known) known.push(entry);
    else parts.set(part, [entry]);
  }
  if (parts.size < 2 || parts.size === entries.length) return [];
  return [...parts].flatMap(([part, own]) =>
    unitsOf(block, { ...module, name: part, entries: own }, context),
  );
}

/** Makes a unit of all layers of a module; null where names and widths do not decide. */
function unitOf(
  block: BlockLayers,
  { kind, entries }: Module & { kind: Exclude<Kind, 'experts'> },
  context: LayerName,
): Unit | null {
  switch (kind) {
    case 'attention':
      return attentionUnit(block, entries, null);
    case 'cross-attention':
      return attentionUnit(block, entries, context);
    case 'convolution':
    case 'state space':
      return convolutionUnit(block, entries, kind === 'state space');
    case 'mlp':
    case 'other':
      return feedForwardUnit(block, entries, kind === 'mlp');
  }
}
