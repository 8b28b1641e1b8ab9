/** Sums over the values of two tensors, in one pass over both. */
import { DTYPE_BITS } from '../checkpoint/dtype';
import type { ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/openFile';
import type { ChangeSums } from './change';
import type { Pair } from './pairs';
import { inRuns, valueKernel } from './valueKernel';
import { chunksOf, weightType, type Chunk } from './values';

/** @param check called before each chunk; throws to stop. */
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
  const kernel = valueKernel();
  const [own, other] = [weightType(a), weightType(b)];
  sums.weights = own !== null && other !== null;
  const others = chunksOf(b, files, rows[1]);
  for (const chunk of chunksOf(a, files, rows[0])) {
    check();
    const partner = others.next().value as Chunk;
    if (own && other) {
      const sides = [
        ['a', own, chunk.bytes],
        ['b', other, partner.bytes],
      ] as const;
      inRuns(chunk, sides, kernel, (count) => {
        const { equal, finite, aa, bb, ab, dd } = kernel.pairs(count);
        sums.equal += equal;
        sums.nonFinite += count - finite;
        sums.aa += aa;
        sums.bb += bb;
        sums.ab += ab;
        sums.dd += dd;
      });
    } else if (a.dtype === b.dtype) sums.equal += equalIn(chunk, partner, DTYPE_BITS[a.dtype]);
  }
  return sums;
}

/**
 * For types that are not weights, elements are equal where all their bytes are; where elements share bytes, the share
 * of equal bytes counts.
 */
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
