/**
 * Describes a family of architectures as data: where its blocks are, which tensors they contain, and which layers of
 * neurons these join. Paths are written without `.weight`; `#` stands for a number.
 */
import type { Layout, Role } from './types';

/**
 * A layer of neurons as a step names it. `input` and `output` are the block's activations, where the unit reads and
 * writes them; `/name` is one layer for the whole model, `./name` one for the block; any other word is a layer of the
 * unit itself.
 */
export type LayerName = string;

/** A range of a projection's targets that is one layer, or part of one. */
export interface Slice {
  layer: LayerName;
  label: string | null;
  width: number;
}

/**
 * How the targets of one fused tensor divide among several layers.
 * - `in-turn`: one layer after the other, [q; k; v].
 * - `by-head`: q, k and v of one key-value head, then those of the next; they are brought into the order [q; k; v].
 * - `by-head-as-stored`: the same, left as stored, which is how the paper's program takes it.
 * - `either`: in turn or by head, depending on the version of the program that wrote it, which nothing records: left as
 *   stored.
 * - `gated`: one layer, or gate and value in turn, depending on its width.
 */
export type Fusion = 'in-turn' | 'by-head' | 'by-head-as-stored' | 'either' | 'gated';

/** One way of storing a step's weights. */
export interface Weights {
  tensors: readonly string[];
  /**
   * The layers they write: those of one fused tensor in its order, otherwise one per tensor. Equal names have equal
   * widths.
   */
  to: readonly LayerName[];
  labels: readonly string[];
  fusion: Fusion | null;
  /**
   * Set where other rows of the tensor belong to another step: the step's rows follow the first `skip`, counted in
   * widths of its input.
   */
  cut: Cut | null;
}

/** `take`: the number of rows, in such widths; null for all remaining rows. */
export interface Cut {
  skip: number;
  take: number | null;
}

/** How a convolution's channels are joined; `plain` is every input to every output. */
export type Channels = 'plain' | 'grouped' | 'depthwise' | 'transposed';

/** One projection of a unit. */
export interface Step {
  role: Role;
  from: LayerName;
  /** Tried in order: the first whose tensors all exist. */
  weights: readonly Weights[];
  channels: Channels;
  optional: boolean;
}

/** Steps that belong together, such as the two of an MLP. With `#` in its paths there is one unit per number. */
export interface Unit {
  name: string;
  /** Tried in order: the first whose steps all exist and fit. */
  variants: readonly (readonly Step[])[];
  optional: boolean;
  /**
   * Whether a stack with such units shows its family only where one of them exists; `first`: only where its first
   * variant exists.
   */
  sign: boolean | 'first';
  /** Whether its tensors contain one matrix per expert, [experts, …], each a unit of its own. */
  stacked: boolean;
  /** Possible layouts of the matrices, tried in order: the first that fits. */
  layouts: readonly Layout[];
}

export interface Stack {
  /** Path of a block after any prefix. */
  block: string;
  /** One after another; the units of one place read the same layer and write to the same layer. */
  places: readonly (readonly Unit[])[];
  /** Width of the activations: the same in `all` blocks, in the `block`, or `free` to change. */
  width: 'all' | 'block' | 'free';
  /** Blocks of one stream pass their activations on. */
  stream: string;
  /** Stacks of a lower phase come first; within a phase, blocks are ordered by their numbers, then by stack. */
  phase: number;
  /** Whether every place of a block must have at least one of its units, although each may be optional. */
  whole: boolean;
  /**
   * Blocks with a lower first number are not in this stack; between stages, a number is that of the stage that follows.
   */
  from: number;
  /** Whether missing numbers of blocks are no fault. */
  gaps: boolean;
  /**
   * Whether it is between the stages and may have the number of the one before or after: counted from its first number.
   */
  between: boolean;
  /** Whether it runs from its highest number to its lowest. */
  backwards: boolean;
  /** Whether it does not identify the family by itself, because its names are too common. */
  companion: boolean;
}

export interface Family {
  id: string;
  /** Values of `model_type` in config.json: they decide where names fit several families. */
  modelTypes: readonly string[];
  stacks: readonly Stack[];
}

/** One tensor per layer of `to`; a single name in `to` applies to all. */
export function separate(
  tensors: readonly string[],
  to: LayerName | readonly LayerName[],
  labels: readonly string[] = [],
): Weights {
  return {
    tensors,
    to: typeof to === 'string' ? tensors.map(() => to) : to,
    labels,
    fusion: null,
    cut: null,
  };
}

export function fused(
  tensor: string,
  to: readonly LayerName[],
  fusion: Fusion,
  labels: readonly string[] = [],
): Weights {
  return { tensors: [tensor], to, labels, fusion, cut: null };
}

/** Some rows of a tensor that contains several steps. */
export function rowsAt(skip: number, take: number | null, weights: Weights): Weights {
  return { ...weights, cut: { skip, take } };
}

export function step(
  role: Role,
  from: LayerName,
  weights: readonly Weights[],
  more: Partial<Step> = {},
): Step {
  return { role, from, weights, channels: 'plain', optional: false, ...more };
}

export function unit(name: string, variants: readonly (readonly Step[])[], more: Partial<Unit> = {}): Unit {
  return { name, variants, optional: false, sign: false, stacked: false, layouts: ['out-in'], ...more };
}

export function stack(block: string, places: readonly (readonly Unit[])[], more: Partial<Stack> = {}): Stack {
  return {
    block,
    places,
    width: 'all',
    stream: '',
    phase: 0,
    whole: false,
    from: 0,
    gaps: false,
    between: false,
    backwards: false,
    companion: false,
    ...more,
  };
}

export function family(id: string, stacks: readonly Stack[], modelTypes: readonly string[] = [id]): Family {
  return { id, modelTypes, stacks };
}
