/** The projections of a full network laid out as blocks × roles. */
import * as v from 'valibot';
import type { ProjectionResult } from '../../src/protocol/analysis';
import { largest, smallest } from '../../src/protocol/extremes';
import { mean } from './statistics';

export const LAYER_MEASURES = ['difference', 'alpha0', 'width', 'nfd', 'kept'] as const;
export type LayerMeasure = (typeof LAYER_MEASURES)[number];

/** What is shown of which checkpoint. */
export const layerChoiceSchema = v.object({
  measure: v.picklist(LAYER_MEASURES),
  /** The checkpoint shown; the last full network's when that is gone. */
  path: v.nullable(v.string()),
});
export type LayerChoice = v.InferOutput<typeof layerChoiceSchema>;

/** A place in the grid: usually one projection, several where a block has experts. */
export interface LayerCell {
  projections: ProjectionResult[];
  /** The mean over those projections that have a value. */
  value: number | null;
}

export interface LayerGrid {
  /** In network order; null stands for what lies outside any block. */
  blocks: (number | null)[];
  /** In network order. */
  roles: string[];
  /** One row per block; null where a block has no such role. */
  cells: (LayerCell | null)[][];
}

/** What a projection says; null where it has no spectrum, or its Gaussian null has none. */
export function layerValue(projection: ProjectionResult, measure: LayerMeasure): number | null {
  const { alpha0, width, gaussian, nfd, nodes, nodesDropped } = projection;
  switch (measure) {
    case 'difference':
      return alpha0 === null || gaussian?.alpha0 == null ? null : alpha0 - gaussian.alpha0;
    case 'alpha0':
      return alpha0;
    case 'width':
      return width;
    case 'nfd':
      return nfd.quantiles?.[3] ?? null;
    case 'kept':
      return nodes + nodesDropped === 0 ? null : nodes / (nodes + nodesDropped);
  }
}

/** Lays out the projections. */
export function layerGrid(projections: readonly ProjectionResult[], measure: LayerMeasure): LayerGrid {
  const blocks = [...new Set(projections.map(({ block }) => block))];
  const roles = [...new Set(projections.map(({ role }) => role))];
  const cells = blocks.map((block) =>
    roles.map((role): LayerCell | null => {
      const here = projections.filter((each) => each.block === block && each.role === role);
      if (here.length === 0) return null;
      const values = here.map((each) => layerValue(each, measure)).filter((value) => value !== null);
      return { projections: here, value: values.length > 0 ? mean(values) : null };
    }),
  );
  return { blocks, roles, cells };
}

/** Smallest and largest value of the grid; null when it has none. */
export function gridRange({ cells }: LayerGrid): { min: number; max: number } | null {
  const values = cells.flat().flatMap((cell) => (cell?.value == null ? [] : [cell.value]));
  return values.length > 0 ? { min: smallest(values), max: largest(values) } : null;
}
