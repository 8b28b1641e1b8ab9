/**
 * A network and the positions of its bytes: plain data that can be sent to a worker or to another machine, which then
 * needs neither the header of the checkpoint nor its configuration.
 */
import type { LowRankUpdate, ModelTensor } from '../adapter/types';
import type { TensorInfo } from '../checkpoint/types';
import type { Layout, Network, ProjectionPart } from '../network/types';
import type { AnalysisPlan, PlannedProjection } from './planned';
import { asStored } from './storedOrder';
import type { ComputedRows } from '../weights/computed';
import { drawingKey, type Distribution } from '../weights/drawn';
import type { PlannedPart } from '../weights/kinds';
import type { Factor, LowRankRows } from '../weights/lowRank';
import { storedRowBytes } from '../weights/stored';
import type { GivenRows, Place, StoredTensor } from '../weights/place';

export type { AnalysisPlan, PlannedPart, PlannedProjection };

export function planAnalysis(network: Network, tensors: readonly ModelTensor[]): AnalysisPlan {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    draws: network.draws,
    projections: network.projections.map(({ name, layout, sources, targets, sampling, parts }) => {
      const places = new Map(parts.map(({ tensor }, i) => [tensor, i]));
      return asStored({
        name,
        layout,
        sources,
        targets,
        sampling,
        parts: parts.map((part) => ({
          ...plannedPart(part, byName.get(part.tensor)!, layout),
          tensor: places.get(part.tensor)!,
        })),
      });
    }),
  };
}

function plannedPart(part: ProjectionPart, tensor: ModelTensor, layout: Layout): PlannedPart {
  const { rows, columns, taps, groups } = part;
  const { update, computed, dtype } = tensor;
  return {
    rows,
    columns,
    taps,
    groups,
    dtype,
    weights: update
      ? updated(update, part, layout)
      : computed
        ? computedRows(computed, part)
        : part.planes
          ? { kind: 'planes', of: givenRows(tensor, part.skip) }
          : givenRows(tensor, part.skip),
  };
}

function computedRows(
  { kind, of, by }: NonNullable<ModelTensor['computed']>,
  { skip }: ProjectionPart,
): ComputedRows {
  return {
    kind,
    skip,
    of: tensorPlace(of),
    by: tensorPlace(by),
  };
}

function updated(update: LowRankUpdate, part: ProjectionPart, layout: Layout): LowRankRows {
  const { a, b, base, rank, scale, turned, byNeuron } = update;
  const width = part.columns * part.taps;
  const sources: Factor = { ...namedPlace(a), length: elements(a) / rank, byRank: !byNeuron };
  const targets: Factor = { ...namedPlace(b), length: elements(b) / rank, byRank: byNeuron };
  const byTarget = !(turned ?? layout === 'in-out');
  return {
    kind: 'lowRank',
    base: base && namedPlace(base, part.skip),
    scale,
    rank,
    firstRow: part.skip / width,
    rows: byTarget ? targets : sources,
    columns: byTarget ? sources : targets,
  };
}

/** The same network with drawn weights. @param distributions those of every part of every projection. */
export function drawnPlan(
  plan: AnalysisPlan,
  distributions: readonly (readonly Distribution[])[],
): AnalysisPlan {
  const projections = plan.projections.map((projection, i) => ({
    ...projection,
    parts: projection.parts.map((part, j): PlannedPart => {
      const key = drawingKey(projection.name, j);
      return { ...part, weights: { kind: 'drawn', key, ...distributions[i]![j]! } };
    }),
  }));
  return { ...plan, projections };
}

/** The same with Gaussian weights of arbitrary moments: for estimating what analyses of them take. */
export function gaussianPlan(plan: AnalysisPlan): AnalysisPlan {
  const any: Distribution = { distribution: 'normal', std: 1 };
  return drawnPlan(
    plan,
    plan.projections.map(({ parts }) => parts.map(() => any)),
  );
}

/** @param skip elements of the tensor before the first row. */
function givenRows(tensor: TensorInfo, skip: number): GivenRows {
  const { file, offset, dtype, recipe } = tensor;
  if (recipe) return { kind: 'recipe', recipe, whole: elements(tensor), skip };
  return { kind: 'stored', file, offset: offset + storedRowBytes(dtype, skip) };
}

/** Where all values of a stored tensor are. */
export function tensorPlace(tensor: TensorInfo): StoredTensor {
  return { ...namedPlace(tensor), elements: elements(tensor) };
}

function namedPlace(tensor: TensorInfo, skip = 0): Place & { tensor: string } {
  return { ...givenRows(tensor, skip), dtype: tensor.dtype, tensor: tensor.name };
}

function elements({ shape }: TensorInfo): number {
  return shape.reduce((product, size) => product * size, 1);
}
