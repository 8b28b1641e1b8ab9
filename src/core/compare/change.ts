/** What became of the weights of a tensor, in one pass over both. */
import type { TensorChange, TensorComparison } from '../../protocol/comparison';
import { DTYPE_BITS } from '../checkpoint/dtype';
import type { ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/rowSource';
import type { Pair } from './pairs';
import { chunksOf, type Chunk } from './values';

/** Sums over pairs of finite values; those of values that are no weights are 0. */
export interface ChangeSums {
  elements: number;
  equal: number;
  nonFinite: number;
  aa: number;
  bb: number;
  ab: number;
  /** Of (b − a)². */
  dd: number;
  /** Whether these are weights, and not only bytes. */
  weights: boolean;
}

/** @param check called before each chunk; whatever it throws ends the pass. */
export function sumChanges(
  { a, b }: Pair,
  files: OpenFile,
  rows: [ReadRows, ReadRows],
  check: () => void,
): ChangeSums {
  const sums: ChangeSums = {
    elements: a.elements,
    equal: 0,
    nonFinite: 0,
    aa: 0,
    bb: 0,
    ab: 0,
    dd: 0,
    weights: true,
  };
  const others = chunksOf(b, files, rows[1]);
  for (const own of chunksOf(a, files, rows[0])) {
    check();
    const other = others.next().value as Chunk;
    if (own.values && other.values) addValues(own.values, other.values, sums);
    else {
      sums.weights = false;
      if (a.dtype === b.dtype) sums.equal += equalIn(own, other, DTYPE_BITS[a.dtype]);
    }
  }
  return sums;
}

function addValues(a: Float64Array, b: Float64Array, sums: ChangeSums): void {
  let equal = 0;
  let nonFinite = 0;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  let dd = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const d = y - x;
    // NaN and infinities of either make it no number.
    if (d - d === 0) {
      if (d === 0) equal++;
      aa += x * x;
      bb += y * y;
      ab += x * y;
      dd += d * d;
    } else {
      nonFinite++;
      if (Object.is(x, y)) equal++;
    }
  }
  sums.equal += equal;
  sums.nonFinite += nonFinite;
  sums.aa += aa;
  sums.bb += bb;
  sums.ab += ab;
  sums.dd += dd;
}

/** Elements of types that are no weights are equal where all their bytes are; where elements share bytes, as many as bytes are. */
function equalIn({ bytes: a, count }: Chunk, { bytes: b }: Chunk, bits: number): number {
  const size = Math.max(1, bits / 8);
  let equal = 0;
  for (let at = 0; at < a.length; at += size) {
    let same = true;
    for (let i = at; i < at + size; i++) same &&= a[i] === b[i];
    if (same) equal++;
  }
  return bits < 8 ? (count * equal) / a.length : equal;
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

/** Of all tensors together. */
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
