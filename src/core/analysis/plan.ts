/**
 * A network joined to the bytes that hold it: plain data that can be sent to a worker, or to another machine, which
 * then needs neither the header of the checkpoint nor its configuration.
 */
import type { LowRankUpdate, ModelTensor } from '../adapter/types';
import { DTYPE_BITS, type DType } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import type { TensorInfo } from '../checkpoint/types';
import type { LayerDraw, Layout, Network, ProjectionPart, ProjectionSampling } from '../network/types';

/** Where values are stored. */
interface Place {
  file: StampedFile;
  /** Absolute offset of the first value in the file. */
  offset: number;
  dtype: DType;
}

/** Whole rows of one tensor, row-major [rows, columns, kernel]; see ProjectionPart. */
export interface PlannedPart extends Place {
  rows: number;
  columns: number;
  kernel: number;
  groups: number;
  /** Rows that are computed, as F64, instead of being read from that place. */
  update?: PlannedUpdate;
}

/** Rows of base + scale · P · Qᵀ, with P [rows, rank] and Q [columns · kernel, rank] the halves of a low-rank update. */
export interface PlannedUpdate {
  /** Null: the update alone. */
  base: Place | null;
  scale: number;
  rank: number;
  /** The part's first row in P. */
  firstRow: number;
  rows: PlannedFactor;
  columns: PlannedFactor;
}

/** One half of a low-rank update: `length` neurons, each with `rank` numbers. */
export interface PlannedFactor extends Place {
  length: number;
  /** Stored [rank, length] instead of [length, rank]. */
  byRank: boolean;
}

export interface PlannedProjection {
  name: string;
  layout: Layout;
  sources: number;
  targets: number;
  /** Their targets follow each other. */
  parts: readonly PlannedPart[];
  sampling: ProjectionSampling;
}

export interface AnalysisPlan {
  projections: readonly PlannedProjection[];
  draws: readonly LayerDraw[];
}

export function planAnalysis(network: Network, tensors: readonly ModelTensor[]): AnalysisPlan {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    draws: network.draws,
    projections: network.projections.map(({ name, layout, sources, targets, sampling, parts }) => ({
      name,
      layout,
      sources,
      targets,
      sampling,
      parts: parts.map((part) => plannedPart(part, byName.get(part.tensor)!, layout)),
    })),
  };
}

function plannedPart(part: ProjectionPart, tensor: ModelTensor, layout: Layout): PlannedPart {
  const { skip, rows, columns, kernel, groups } = part;
  const { update } = tensor;
  return {
    ...placeOf(tensor, update ? 0 : skip),
    rows,
    columns,
    kernel,
    groups,
    ...(update && { update: plannedUpdate(update, part, layout) }),
  };
}

function plannedUpdate(update: LowRankUpdate, part: ProjectionPart, layout: Layout): PlannedUpdate {
  const { a, b, base, rank, scale, turned } = update;
  const width = part.columns * part.kernel;
  const sources: PlannedFactor = { ...placeOf(a), length: elements(a) / rank, byRank: true };
  const targets: PlannedFactor = { ...placeOf(b), length: elements(b) / rank, byRank: false };
  const byTarget = !(turned ?? layout === 'in-out');
  return {
    base: base && placeOf(base, part.skip),
    scale,
    rank,
    firstRow: part.skip / width,
    rows: byTarget ? targets : sources,
    columns: byTarget ? sources : targets,
  };
}

/** @param skip elements before the first one wanted. */
function placeOf({ file, offset, dtype }: TensorInfo, skip = 0): Place {
  return { file, offset: offset + (skip * DTYPE_BITS[dtype]) / 8, dtype };
}

function elements({ shape }: TensorInfo): number {
  return shape.reduce((product, size) => product * size, 1);
}
