/** The change of every tensor, as comma-separated values. */
import type { TensorComparison } from '../../protocol/comparison';
import { csvLine } from '../../protocol/csv';

const HEADER = ['tensor', 'shape', 'type_a', 'type_b', 'elements', 'relative_change', 'cosine'] as const;

/** Tensors of both in the order of A, then those of only one, and those of different shapes with the other's shape. */
export function comparisonCsv({ changed, onlyA, onlyB, reshaped }: TensorComparison): string {
  const rest = [
    ...onlyA.map(({ name, shape }) => ({ name, a: shape, b: null, where: 'only in A' })),
    ...onlyB.map(({ name, shape }) => ({ name, a: null, b: shape, where: 'only in B' })),
    ...reshaped.map(({ name, a, b }) => ({ name, a, b, where: 'other shape or orientation' })),
  ];
  return [
    csvLine([...HEADER, 'equal_share', 'non_finite', 'where', 'shape_b']),
    ...changed.map(({ name, shape, dtype, elements, relative, cosine, equal, nonFinite }) =>
      csvLine([name, shapeText(shape), ...dtype, elements, relative, cosine, equal, nonFinite, 'both', null]),
    ),
    ...rest.map(({ name, a, b, where }) =>
      csvLine([name, shapeText(a), null, null, null, null, null, null, null, where, shapeText(b)]),
    ),
  ].join('');
}

const shapeText = (shape: readonly number[] | null): string | null => shape?.join('x') ?? null;
