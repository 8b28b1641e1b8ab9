/** The projections of a full network laid out as blocks × roles. */
import * as v from 'valibot';
import type { ProjectionResult } from '../../src/protocol/analysis';
import type { NullKind } from '../../src/protocol/nulls';
import { largest, smallest } from '../../src/protocol/extremes';
import { mean } from './statistics';

/** The figures, and the null model that each is compared with. */
const DIFFERENCES = {
  difference: { figure: 'alpha0', kind: 'gaussian' },
  'alpha0-shuffled': { figure: 'alpha0', kind: 'shuffled' },
  'width-gaussian': { figure: 'width', kind: 'gaussian' },
  'width-shuffled': { figure: 'width', kind: 'shuffled' },
} as const satisfies Record<string, { figure: 'alpha0' | 'width'; kind: NullKind }>;
type Difference = keyof typeof DIFFERENCES;

export const LAYER_MEASURES = [
  'difference',
  'alpha0-shuffled',
  'width-gaussian',
  'width-shuffled',
  'alpha0',
  'width',
  'nfd',
  'kept',
] as const;
export type LayerMeasure = (typeof LAYER_MEASURES)[number];

export const isDifference = (measure: LayerMeasure): measure is Difference => measure in DIFFERENCES;

/** A difference counts where it exceeds this many standard deviations of its null model's draws. */
export const BEYOND = 2;

/** Which figure is shown of which checkpoint. */
export const layerChoiceSchema = v.object({
  measure: v.picklist(LAYER_MEASURES),
  /** The checkpoint to show; the last full network's when that no longer exists. */
  path: v.nullable(v.string()),
});
export type LayerChoice = v.InferOutput<typeof layerChoiceSchema>;

/** The position of a projection. */
interface Placed {
  block: number | null;
  role: string;
}

/** A cell of the grid: usually one projection, several where a block has experts. */
export interface LayerCell<P = ProjectionResult> {
  projections: P[];
  /** The mean over those projections that have a value. */
  value: number | null;
  /** For a difference: the standard deviation of that mean over the null model's draws; null where it is unknown. */
  sd: number | null;
}

/** Whether a difference is beyond chance according to its null model's draws. */
export const isBeyond = ({ value, sd }: Pick<LayerCell, 'value' | 'sd'>): boolean =>
  value !== null && sd !== null && Math.abs(value) > BEYOND * sd;

export interface LayerGrid<P = ProjectionResult> {
  /** In network order; null represents projections outside any block. */
  blocks: (number | null)[];
  /** In network order. */
  roles: string[];
  /** One row per block; null where a block has no such role. */
  cells: (LayerCell<P> | null)[][];
}

/** A figure of a projection's null model, over its draws; from one draw where no null models were requested. */
function nullFigure(
  { gaussian, nulls }: ProjectionResult,
  { figure, kind }: (typeof DIFFERENCES)[Difference],
): { mean: number | null; sd: number | null } {
  if (nulls) return nulls[kind][figure];
  return { mean: kind === 'gaussian' ? (gaussian?.[figure] ?? null) : null, sd: null };
}

/** The standard deviation of a difference; null where it is unknown. */
export const layerSd = (projection: ProjectionResult, measure: LayerMeasure): number | null =>
  isDifference(measure) ? nullFigure(projection, DIFFERENCES[measure]).sd : null;

/** The value of a projection; null where it, or its null model, has no spectrum. */
export function layerValue(projection: ProjectionResult, measure: LayerMeasure): number | null {
  const { alpha0, width, nfd, nodes, nodesDropped } = projection;
  if (isDifference(measure)) {
    const against = DIFFERENCES[measure];
    const [own, { mean: other }] = [projection[against.figure], nullFigure(projection, against)];
    return own === null || other === null ? null : own - other;
  }
  switch (measure) {
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
export const layerGrid = (projections: readonly ProjectionResult[], measure: LayerMeasure): LayerGrid =>
  blockGrid(
    projections,
    (each) => layerValue(each, measure),
    (each) => layerSd(each, measure),
  );

/** Lays out items with a block and a role. */
export function blockGrid<P extends Placed>(
  projections: readonly P[],
  valueOf: (projection: P) => number | null,
  sdOf: (projection: P) => number | null,
): LayerGrid<P> {
  const blocks = [...new Set(projections.map(({ block }) => block))];
  const roles = [...new Set(projections.map(({ role }) => role))];
  const cells = blocks.map((block) =>
    roles.map((role): LayerCell<P> | null => {
      const here = projections.filter((each) => each.block === block && each.role === role);
      if (here.length === 0) return null;
      const known = here.flatMap((each) => {
        const value = valueOf(each);
        return value === null ? [] : [{ value, sd: sdOf(each) }];
      });
      if (known.length === 0) return { projections: here, value: null, sd: null };
      const sds = known.map(({ sd }) => sd).filter((sd) => sd !== null);
      return {
        projections: here,
        value: mean(known.map(({ value }) => value)),
        // For the mean of independent differences.
        sd:
          sds.length === known.length
            ? Math.sqrt(sds.reduce((sum, sd) => sum + sd * sd, 0)) / sds.length
            : null,
      };
    }),
  );
  return { blocks, roles, cells };
}

/** Smallest and largest value of the grid; null when it has none. */
export function gridRange({ cells }: LayerGrid<unknown>): { min: number; max: number } | null {
  const values = cells.flat().flatMap((cell) => (cell?.value == null ? [] : [cell.value]));
  return values.length > 0 ? { min: smallest(values), max: largest(values) } : null;
}
