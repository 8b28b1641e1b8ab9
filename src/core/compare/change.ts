/** How the weights of a tensor changed, from sums over both versions. */
import type { TensorChange, TensorComparison } from '../../protocol/comparison';
import type { Pair } from './pairs';

/** Sums over pairs of finite values; 0 for values that are not weights. */
export interface ChangeSums {
  elements: number;
  equal: number;
  nonFinite: number;
  aa: number;
  bb: number;
  ab: number;
  /** Sum of (b − a)². */
  dd: number;
  /** Whether the values are weights, not merely bytes. */
  weights: boolean;
}

export function changeOf({ a, b }: Pair, sums: ChangeSums): TensorChange {
  return {
    name: a.name,
    shape: [...a.shape],
    dtype: [a.stored, b.stored],
    elements: a.elements,
    equal: a.elements === 0 ? 1 : sums.equal / a.elements,
    ...anglesOf(sums),
    nonFinite: sums.nonFinite,
  };
}

/** The change of all tensors together. */
export function totalOf(all: readonly ChangeSums[]): TensorComparison['total'] {
  const weights = all.filter((each) => each.weights);
  const sum = (of: (sums: ChangeSums) => number, from = weights): number =>
    from.reduce((total, each) => total + of(each), 0);
  const elements = sum((each) => each.elements, [...all]);
  return {
    elements,
    equal: elements === 0 ? null : sum((each) => each.equal, [...all]) / elements,
    ...anglesOf({
      aa: sum(({ aa }) => aa),
      bb: sum(({ bb }) => bb),
      ab: sum(({ ab }) => ab),
      dd: sum(({ dd }) => dd),
      weights: weights.length > 0,
    }),
  };
}

function anglesOf({
  aa,
  bb,
  ab,
  dd,
  weights,
}: Pick<ChangeSums, 'aa' | 'bb' | 'ab' | 'dd' | 'weights'>): Pick<TensorChange, 'relative' | 'cosine'> {
  if (!weights) return { relative: null, cosine: null };
  const relative = dd === 0 ? 0 : aa === 0 ? null : Math.sqrt(dd / aa);
  const cosine = aa === 0 || bb === 0 ? null : dd === 0 ? 1 : ab / Math.sqrt(aa) / Math.sqrt(bb);
  return {
    relative: relative !== null && Number.isFinite(relative) ? relative : null,
    cosine: cosine !== null && Number.isFinite(cosine) ? Math.min(1, Math.max(-1, cosine)) : null,
  };
}
