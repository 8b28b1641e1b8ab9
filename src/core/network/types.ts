/** The neuron interaction network (method §1) as plain data: which weights join which neurons. */
import type { SkippedTensor } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { Recipe } from '../weights/recipes/table';

/** `out-in`: a row holds one target's weights (PyTorch Linear). `in-out`: a row holds one source's (Conv1D). */
export type Layout = 'out-in' | 'in-out';

/**
 * The order of a weight's dimensions, where its format states it. TensorFlow stores a convolution as planes, one for
 * each of its taps: `kernel-in-out` is [height, width, in, out], and `kernel-out-in` (transposed convolutions) [height,
 * width, out, in]. The others are matrices, or convolutions [out, in / groups, …] and [in, out / groups, …].
 */
export type Axes = Layout | 'kernel-in-out' | 'kernel-out-in';

/**
 * What a projection does in its block, in words common to all families; the word before the dot is its group.
 * `attention.qkv` reads the attention's input and `attention.out` writes its output; `mlp.up` and `mlp.down` likewise.
 */
export const ROLES = [
  'attention.qkv',
  'attention.out',
  'cross_attention.q',
  'cross_attention.kv',
  'cross_attention.out',
  'mlp.up',
  'mlp.down',
  'expert.up',
  'expert.down',
  'ssm.in',
  'ssm.conv',
  'ssm.parameters',
  'ssm.time_step',
  'ssm.out',
  'conv.first',
  'conv.inner',
  'conv.depthwise',
  'conv.transposed',
  'resample',
  'conditioning',
  'linear',
] as const;
export type Role = (typeof ROLES)[number];

/** What the reading of networks sees of a tensor: no bytes. */
export interface TensorShape {
  name: string;
  dtype: string;
  shape: readonly number[];
  /** The usual name of the type that its values are decoded from; absent where they are stored directly. */
  stored?: string;
  /** Where its values begin, if known: tensors of equal shape in one position are one tensor with several names. */
  file?: { path: string };
  offset?: number;
  /** How to read its values, where they are not one range of bytes. */
  recipe?: Recipe;
  /** Number of elements of the stored tensor before it, where it is a range of whole rows of one. */
  skip?: number;
  /**
   * The number of ranges that its columns are stored in, each a matrix [rows, columns / runs] of its own; absent for
   * one.
   */
  runs?: number;
  /** Absent where the format does not say: then the family decides, or names and shapes. */
  axes?: Axes;
  /** Channel groups of a convolution, where the format states them. */
  groups?: number;
  /** Its position in the order of execution, where the format gives it. */
  order?: number;
  /** Why it is no layer, where the format gives its use. */
  use?: Fact;
  /** The set of weights to which it belongs, where a file has several. */
  set?: WeightSet;
}

/** Weights that a file separates from others of the same or another model. */
export interface WeightSet {
  name: string;
  /** Whether it is the default. */
  isMain: boolean;
}

/** A range of target neurons with a meaning of its own, such as the query rows of one head. */
export interface TargetSegment {
  label: string;
  head: number | null;
  start: number;
  count: number;
}

/**
 * A run of whole rows of one stored tensor, seen as [rows, columns, taps]: every pair of a row and a column is joined
 * by `taps` edges (1 in a linear layer, kh · kw in a convolution). With `groups` > 1 the rows fall into that many
 * equal groups, and the columns of a row are those of its group alone.
 */
export interface ProjectionPart {
  tensor: string;
  /** Number of elements of the tensor before the first row. */
  skip: number;
  rows: number;
  columns: number;
  taps: number;
  groups: number;
  /** As for a tensor; no part of a network has several ranges. */
  runs?: number;
  /** Set where it is stored as [taps, rows, columns]. */
  planes?: true;
}

/**
 * One projection: a bipartite block of edges W[target, source]. The targets of its parts are numbered consecutively in
 * the given order, so a fused and an unfused dialect of one model give the same projection.
 */
export interface Projection {
  name: string;
  /** Index of its block, counted through the whole network; null outside any block. */
  block: number | null;
  role: Role;
  parts: readonly ProjectionPart[];
  sources: number;
  targets: number;
  layout: Layout;
  segments: readonly TargetSegment[];
  sampling: ProjectionSampling;
}

/**
 * The draws that give a projection's sampled neurons. Targets may be one draw repeated at several offsets (q, k, v).
 */
export interface ProjectionSampling {
  sources: number;
  targets: readonly { draw: number; offset: number }[];
}

/** One draw of neurons from a layer: `multiple` × k of `width`. Draws happen in list order from one generator. */
export interface LayerDraw {
  layer: string;
  width: number;
  multiple: number;
}

export interface Network {
  architecture: string;
  blocks: number;
  /** In network order: all results fold in this order. */
  projections: readonly Projection[];
  draws: readonly LayerDraw[];
  skipped: readonly SkippedTensor[];
  /** What a careful reader should know about the network. */
  warnings: readonly Fact[];
}

export type Config = Readonly<Record<string, unknown>> | null;

export interface ArchitectureView {
  tensors: readonly TensorShape[];
  config: Config;
  /** Tensor name → why this quantized weight of a known packing cannot be decoded. */
  undecodable?: ReadonlyMap<string, string>;
  /** Set where the tensors are updates of a model's weights, possibly of only some layers. */
  updates?: boolean;
  /** Which of several copies of the model to take; undefined takes the one that no name calls a copy. */
  set?: string | undefined;
  /** Called after every block of a family, with the number of blocks read and the number of all blocks. */
  onBlocks?: (done: number, of: number) => void;
}
