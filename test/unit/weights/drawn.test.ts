/** Weights that are drawn, row by row. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../../src/core/checkpoint/dtype';
import { rounder } from '../../../src/core/checkpoint/rounding';
import { drawingKey, type Distribution } from '../../../src/core/weights/drawn';
import { elementWriter } from '../../../src/core/weights/elementWriter';
import { partRows, rowBytesOf, type PlannedPart } from '../../../src/core/weights/kinds';
import { philox } from '../../../src/core/weights/philox';

const noFiles = (): never => {
  throw new Error('nothing is read');
};

function partOf(
  distribution: Distribution,
  made: Partial<Pick<PlannedPart, 'rows' | 'columns' | 'taps' | 'dtype'> & { key: [number, number] }> = {},
): PlannedPart {
  const { rows = 40, columns = 500, taps = 1, dtype = 'F64', key = drawingKey('p', 0) } = made;
  return { rows, columns, taps, groups: 1, dtype, weights: { kind: 'drawn', key, ...distribution } };
}

/** Rows from `first` on. */
function rowsOf(part: PlannedPart, first = 0, count = part.rows): Float64Array {
  const bytes = new Uint8Array(count * rowBytesOf(part));
  partRows(noFiles)(part, first, bytes);
  const values = new Float64Array(count * part.columns * part.taps);
  decode(part.dtype, bytes, values);
  return values;
}

const NORMAL: Distribution = { distribution: 'normal', mean: 3, std: 0.5 };

it('Philox gives the known answers of its authors', () => {
  // kat_vectors of Random123: philox4x32, 10 rounds.
  const answer = (counter: [number, number, number, number], key: [number, number]): string[] => {
    const into = new Uint32Array(4);
    philox(...counter, ...key, into);
    return Array.from(into, (word) => word.toString(16).padStart(8, '0'));
  };
  expect(answer([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
  const ones = 0xffffffff;
  expect(answer([ones, ones, ones, ones], [ones, ones])).toEqual([
    '408f276d',
    '41c83b0e',
    'a20bc7c6',
    '6d5451fd',
  ]);
  expect(answer([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
    'd16cfe09',
    '94fdcceb',
    '5001e420',
    '24126ea1',
  ]);
});

describe('rows', () => {
  it('are the same whatever is asked for before, after or together with them', () => {
    const part = partOf(NORMAL, { columns: 31, taps: 3 });
    const all = rowsOf(part);
    const width = 93;
    for (const row of [39, 0, 7])
      expect(rowsOf(part, row, 1)).toEqual(all.slice(row * width, (row + 1) * width));
    const element = partRows(noFiles).elementsOf!(part)!;
    for (const [row, index] of [
      [7, 92],
      [7, 0],
      [39, 41],
    ] as const)
      expect(element(row, index)).toBe(all[row * width + index]);
  });

  it('are others in every row and part', () => {
    const part = partOf(NORMAL);
    const other = partOf(NORMAL, { key: drawingKey('p', 1) });
    const values = new Set([
      ...rowsOf(part),
      ...rowsOf(other),
      ...rowsOf(partOf(NORMAL, { key: drawingKey('q', 0) })),
    ]);
    expect(values.size).toBe(3 * 40 * 500);
  });

  it.each<Distribution>([NORMAL, { distribution: 'uniform', std: 0.5 }])(
    'have mean and deviation: %j',
    (wanted) => {
      const values = rowsOf(partOf(wanted));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean - (wanted.mean ?? 0))).toBeLessThan((4 * 0.5) / Math.sqrt(values.length));
      expect(Math.abs(Math.sqrt(variance) / 0.5 - 1)).toBeLessThan(0.02);
    },
  );

  it('are normal in their tails, and neighbors do not tell of each other', () => {
    const values = rowsOf(partOf({ distribution: 'normal', std: 1 }, { rows: 200 }));
    const share = (from: number): number =>
      values.filter((value) => Math.abs(value) > from).length / values.length;
    // Of a normal distribution, 31.73 %, 4.55 % and 0.27 %.
    expect(Math.abs(share(1) - 0.3173)).toBeLessThan(0.006);
    expect(Math.abs(share(2) - 0.0455)).toBeLessThan(0.003);
    expect(Math.abs(share(3) - 0.0027)).toBeLessThan(0.0007);
    for (const step of [1, 2, 500]) {
      let product = 0;
      for (let i = step; i < values.length; i++) product += values[i]! * values[i - step]!;
      expect(Math.abs(product / values.length)).toBeLessThan(4 / Math.sqrt(values.length));
    }
  });

  it('are bounded where they are uniform, and zeros', () => {
    const largest = Math.max(...rowsOf(partOf({ distribution: 'uniform', std: 0.5 })).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.5 * Math.sqrt(3));
    expect(largest).toBeGreaterThan(0.499 * Math.sqrt(3));
    expect(rowsOf(partOf({ distribution: 'zeros', std: 0 })).every((value) => value === 0)).toBe(true);
  });

  it.each(['F16', 'BF16', 'F32', 'F64'] as const)('have values of their type: %s', (dtype) => {
    const round = rounder(dtype);
    const exact = rowsOf(partOf(NORMAL));
    expect(rowsOf(partOf(NORMAL, { dtype }))).toEqual(exact.map(round));
  });
});

it.each(['F16', 'BF16'] as const)('every %s value is written as it is stored', (dtype) => {
  const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const values = new Float64Array(2 ** 16);
  decode(dtype, new Uint8Array(patterns.buffer), values);
  const written = new Uint16Array(2 ** 16);
  const write = elementWriter(dtype, new Uint8Array(written.buffer));
  for (const [i, value] of values.entries()) write(i, value);
  const wrong = patterns.filter((bits, i) => !Number.isNaN(values[i]!) && bits !== written[i]);
  expect(wrong.length).toBe(0);
});

it('types that hold no such numbers are refused', () => {
  expect(() => elementWriter('I8', new Uint8Array(8))).toThrow(/cannot be rounded/);
});
