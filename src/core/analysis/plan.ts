/**
 * A network joined to the bytes that hold it: plain data that can be sent to a worker, or to another machine, which
 * then needs neither the header of the checkpoint nor its configuration.
 */
import { DTYPE_BITS, type DType } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import type { LayerDraw, Layout, Network, ProjectionSampling } from '../network/types';

/** Whole rows of one stored tensor, row-major [rows, columns, kernel]; see ProjectionPart. */
export interface PlannedPart {
  file: string;
  /** Absolute offset of the first value in the file. */
  offset: number;
  dtype: DType;
  rows: number;
  columns: number;
  kernel: number;
  groups: number;
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

export function planAnalysis(network: Network, tensors: readonly TensorInfo[]): AnalysisPlan {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    draws: network.draws,
    projections: network.projections.map(({ name, layout, sources, targets, sampling, parts }) => ({
      name,
      layout,
      sources,
      targets,
      sampling,
      parts: parts.map(({ tensor, skip, rows, columns, kernel, groups }) => {
        const { file, offset, dtype } = byName.get(tensor)!;
        return {
          file,
          offset: offset + (skip * DTYPE_BITS[dtype]) / 8,
          dtype,
          rows,
          columns,
          kernel,
          groups,
        };
      }),
    })),
  };
}
