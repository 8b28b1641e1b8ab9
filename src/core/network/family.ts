/**
 * What defines a family of architectures, as data: where its blocks are, which tensors they hold, and which layers of
 * neurons those join. Paths are written without `.weight`; `#` stands for a number.
 */
import type { Layout, Role } from './types';

/**
 * A layer of neurons as a step names it. `input` and `output` are the activations that pass through the blocks, where
 * the unit reads and writes them; `/name` is one layer for the whole model, `./name` one for the block; any other word is
 * a layer of the unit itself.
 */
export type LayerName = string;

/** A run of a projection's targets that is one layer, or part of one. */
export interface Slice {
  layer: LayerName;
  label: string | null;
  width: number;
}

/**
 * How the targets of one fused tensor divide among several layers.
 * - `in-turn`: one layer after the other, [q; k; v].
 * - `by-head`: q, k and v of one key-value head, then those of the next; they are brought into the order [q; k; v].
 * - `by-head-as-stored`: the same, left as stored (the paper's program takes it so).
 * - `either`: in turn or by head, as the version of the program had it that wrote it, which nothing tells: left as stored.
 * - `gated`: one layer, or gate and value in turn, as its width tells.
 */
export type Fusion = 'in-turn' | 'by-head' | 'by-head-as-stored' | 'either' | 'gated';

/** One way in which a dialect stores a step's weights. */
export interface Weights {
  tensors: readonly string[];
  /** The layers they write: of one fused tensor in its order, else one per tensor. Equal names have equal widths. */
  to: readonly LayerName[];
  labels: readonly string[];
  fusion: Fusion | null;
  /** Where other rows of the tensor are another step's: those behind the first `skip`, counted in widths of what it reads. */
  cut: Cut | null;
}

/** `take`: as many widths of rows; null for all the rest. */
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
  /** In order of trial: the first whose tensors are all there. */
  weights: readonly Weights[];
  channels: Channels;
  optional: boolean;
}

/** Steps that belong together, such as the two of an MLP. With `#` in its paths there is one unit per number. */
export interface Unit {
  name: string;
  /** In order of trial: the first whose steps are all there, and fit. */
  variants: readonly (readonly Step[])[];
  optional: boolean;
  /** Where a stack has such units, its family shows only by one of them: by its first variant alone where it is `first`. */
  sign: boolean | 'first';
  /** Its tensors hold one matrix per expert, [experts, …], each a unit of its own. */
  stacked: boolean;
  /** Layouts of the matrices in order of trial: the first that fits. */
  layouts: readonly Layout[];
}

export interface Stack {
  /** Path of a block behind any prefix. */
  block: string;
  /** One after another; the units of one place stand side by side: they read the same and write to the same. */
  places: readonly (readonly Unit[])[];
  /** Width of the activations that pass through: the same in `all` blocks, in the `block`, or `free` to change. */
  width: 'all' | 'block' | 'free';
  /** Blocks of one stream hand their activations on. */
  stream: string;
  /** Stacks of a lower phase come first; within one phase blocks are ordered by their numbers, then by stack. */
  phase: number;
  /** Every place of a block has one of its units at least, though each may be optional. */
  whole: boolean;
  /** Blocks of a lower first number are not of this stack; between stages, numbers are those of the stage behind. */
  from: number;
  /** Numbers that some blocks lack are no fault. */
  gaps: boolean;
  /** Sits between the stages and may be numbered by the one before or the one behind: counted from its first. */
  between: boolean;
  /** Runs from its highest number to its lowest. */
  backwards: boolean;
  /** Does not make the family by itself: its names are too common. */
  companion: boolean;
}

export interface Family {
  id: string;
  /** Values of `model_type` in config.json: they decide where names fit several families. */
  modelTypes: readonly string[];
  stacks: readonly Stack[];
}

/** One tensor per layer of `to`; a single name in `to` stands for all. */
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

/** Some rows of a tensor that holds several steps. */
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
