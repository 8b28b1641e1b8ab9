/** Divides the targets of a step's tensors among the layers to which they belong. */
import { shortened } from '../../protocol/visible';
import type { LayerName, Slice, Weights } from './family';
import { headCount } from './heads';
import { misfit, shapeText } from './misfit';
import { rowsOf, targetsOf } from './parts';
import type { Config, Layout, ProjectionPart } from './types';

export interface Division {
  parts: readonly ProjectionPart[];
  slices: readonly Slice[];
}

/** @param read width of the first layer according to the step that reads it. */
export function divide(
  weights: Weights,
  parts: readonly ProjectionPart[],
  layout: Layout,
  read: number | undefined,
  config: Config,
): Division {
  const slice = (width: number, i: number): Slice => ({
    layer: weights.to[i]!,
    label: weights.labels[i] ?? null,
    width,
  });
  if (weights.fusion === null) {
    const slices = parts.map((part, i) => slice(targetsOf(part, layout), i));
    return { parts, slices: withOutputGate(slices, read) };
  }
  const [part] = parts as [ProjectionPart];
  const targets = targetsOf(part, layout);
  if (weights.fusion === 'gated' && targets === read)
    return { parts, slices: [{ ...slice(targets, 0), label: null }] };
  const slices = widths(weights.to, targets, read, part).map(slice);
  if (weights.fusion === 'either') return { parts, slices: slices.map((each) => ({ ...each, label: null })) };
  if (weights.fusion !== 'by-head') return { parts, slices };
  const inTurn = layout === 'out-in' ? headsInTurn(part, slices, config) : null;
  return inTurn
    ? { parts: inTurn, slices }
    : { parts, slices: slices.map((each) => ({ ...each, label: null })) };
}

/** Queries twice as wide as the heads: half of each head's queries gate its output (`modeling_qwen3_next.py`). */
function withOutputGate(slices: readonly Slice[], read: number | undefined): readonly Slice[] {
  const [first, ...rest] = slices;
  if (first?.label !== 'query' || read === undefined || first.width !== 2 * read) return slices;
  return [{ ...first, layer: `${first.layer} and gates`, label: 'query and gate' }, ...rest];
}

/**
 * The first layer has the width that its reader has, the others share the rest equally; all are equal where they are
 * one layer.
 */
function widths(
  to: readonly LayerName[],
  targets: number,
  read: number | undefined,
  part: ProjectionPart,
): number[] {
  const equal = new Set(to).size === 1;
  const first = equal ? targets / to.length : read!;
  const rest = equal ? first : (targets - first) / (to.length - 1);
  if (![first, rest].every((width) => Number.isInteger(width) && width > 0)) {
    throw misfit(
      `${shortened(part.tensor)} has shape ${shapeText([part.rows, part.columns])}, which does not divide into ${[...new Set(to)].join(', ')}`,
    );
  }
  return to.map((_, i) => (i === 0 ? first : rest));
}

/**
 * Turns rows stored as [q, …, q, k, v] per key-value head into ranges that give [q; k; v]; null where the heads are
 * unknown.
 */
function headsInTurn(
  part: ProjectionPart,
  slices: readonly Slice[],
  config: Config,
): readonly ProjectionPart[] | null {
  const [queries, keys] = slices.map(({ width }) => width) as [number, number];
  const heads = headCount(config, queries) ?? 0;
  const size = heads && queries / heads;
  const groups = size && keys / size;
  // A single group is in this order already.
  if (groups === 1) return [part];
  const isGrouped = Number.isInteger(groups) && groups > 1 && groups <= heads;
  if (!isGrouped || queries % groups !== 0) return null;
  const stride = part.rows / groups;
  const run = (first: number, count: number): ProjectionPart[] =>
    Array.from({ length: groups }, (_, group) => rowsOf(part, group * stride + first, count));
  const own = queries / groups;
  return [...run(0, own), ...run(own, size), ...run(own + size, size)];
}
