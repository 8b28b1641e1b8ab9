/** The median edge length among 64-bit weights, against sorting them. */
import { describe, expect, it } from 'vitest';
import {
  countDigits,
  lengthOf,
  middleOf,
  narrowed,
  prefixesOf,
  WIDE_PASSES,
} from '../../../src/core/analysis/full/wideMedian';
import { partRows } from '../../../src/core/weights/kinds';
import type { PlannedProjection } from '../../../src/core/analysis/plan';
import { TRANSFER } from '../../../src/core/multifractal/transfer';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { median } from '../support/plain';
import { Memory } from '../support/plans';

function found(weights: readonly number[], chunkBytes = 64): number | null {
  const bytes = new Uint8Array(Float64Array.from(weights).buffer);
  const part = {
    weights: { kind: 'stored' as const, file: { path: '', stamp: null }, offset: 0 },
    dtype: 'F64' as const,
    rows: weights.length,
    columns: 1,
    taps: 1,
    groups: 1,
  };
  const projection: PlannedProjection = {
    name: 'p',
    layout: 'out-in',
    sources: 1,
    targets: weights.length,
    parts: [part],
    sampling: { sources: 0, targets: [] },
  };
  const read = partRows(() => new Memory(bytes));
  const io = { read, advance: () => undefined, chunkBytes };
  let counts = countDigits(projection, 0, [{ upper: 0, lower: 0 }], io);
  let sought = narrowed(middleOf(counts), 0, counts);
  for (let pass = 1; pass < WIDE_PASSES && sought.length > 0; pass++) {
    counts = countDigits(projection, pass, prefixesOf(sought), io);
    sought = narrowed(sought, pass, counts);
  }
  return lengthOf(sought, TRANSFER.inv);
}

function sorted(weights: readonly number[]): number {
  const lengths = weights.filter((w) => w !== 0 && Number.isFinite(w)).map((w) => 1 / Math.abs(w));
  return median(Float64Array.from(lengths).sort());
}

describe('the median edge length', () => {
  it.each([
    ['of one', [0.25]],
    ['of two far apart', [1e-300, -1e300]],
    ['of two that differ in their last bit', [0.1, 0.1 + 2 ** -56]],
    ['of many alike', [0.5, 0.5, -0.5, 0.5]],
    [
      'with the highest bits of every word set',
      [-1.9999999999999998, 1.9999999999999996, 1.9999999999999998],
    ],
    ['of subnormal numbers', [Number.MIN_VALUE, 3 * Number.MIN_VALUE, 2 * Number.MIN_VALUE]],
    ['without zeros and what is not finite', [0, -0, NaN, Infinity, -Infinity, 0.125, 8, 2]],
  ])('%s', (_, weights) => {
    expect(found(weights)).toBe(sorted(weights));
  });

  it('of nothing is null', () => {
    expect(found([0, NaN])).toBeNull();
  });

  it('of random weights, odd and even in number', () => {
    const random = new Mt19937(3);
    for (let count = 1; count <= 200; count++) {
      const weights = Array.from({ length: count }, () => {
        const magnitude = 2 ** ((random.uint32() / 2 ** 32 - 0.5) * 8);
        // Some coincide, some are those of wider types.
        return (random.uint32() & 1 ? -1 : 1) * (random.uint32() & 1 ? Math.fround(magnitude) : magnitude);
      });
      weights.push(...weights.slice(0, count % 5));
      expect(found(weights)).toBe(sorted(weights));
    }
  });
});
