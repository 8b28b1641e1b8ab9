/**
 * Rows of random weights, each with its own seed: a row is the same whatever else is read, so that samples and full
 * networks have the same weights.
 */
import { createHash } from 'node:crypto';
import { DTYPE_BITS } from '../checkpoint/dtype';
import { rounder } from '../checkpoint/rounding';
import { elementWriter } from './elementWriter';
import { philox } from './philox';
import type { SourcePart, RowKind } from './rowSource';

export interface Distribution {
  distribution: 'normal' | 'uniform' | 'zeros';
  /** 0 where absent. */
  mean?: number;
  /** Standard deviation. */
  std: number;
}

export interface DrawnRows extends Distribution {
  kind: 'drawn';
  /** Distinguishes the numbers of a part from those of all others. */
  key: readonly [number, number];
}

/** Number of elements per counter: counter i gives the elements 2i and 2i + 1. */
const PER_COUNTER = 2;
const NUMBERS_PER_SECOND = 1e7;

/** The key of a part, whichever part of the network is analyzed. @param part its index in its projection. */
export function drawingKey(projection: string, part: number): [number, number] {
  const hash = createHash('sha256')
    .update(JSON.stringify(['weights', projection, part]))
    .digest();
  return [hash.readUInt32LE(0), hash.readUInt32LE(4)];
}

export const DRAWN: RowKind<DrawnRows> = {
  open(part) {
    const { columns, taps, dtype, weights } = part;
    const width = columns * taps;
    const pair = pairsOf(part);
    const numbers = new Float64Array(PER_COUNTER);
    const round = rounder(dtype);
    const { mean = 0, std } = weights;
    // Values are rounded to the type in which they would be stored.
    const weight = (index: number): number => round(mean + std * numbers[index]!);
    return {
      read(first, into) {
        const write = elementWriter(dtype, into);
        const elements = (8 * into.length) / DTYPE_BITS[dtype];
        for (let start = 0, row = first; start < elements; start += width, row++) {
          for (let i = 0; i < width; i++) {
            if (i % PER_COUNTER === 0) pair(row, i / PER_COUNTER, numbers);
            write(start + i, weight(i % PER_COUNTER));
          }
        }
      },
      element(row, index) {
        pair(row, Math.floor(index / PER_COUNTER), numbers);
        return weight(index % PER_COUNTER);
      },
    };
  },
  storedBytes: () => 0,
  heldBytes: () => 0,
  seconds: ({ columns, taps }, rows) => (rows * columns * taps) / NUMBERS_PER_SECOND,
};

/** Two numbers of mean 0 and deviation 1 (0 for zeros). */
type Pair = (row: number, counter: number, into: Float64Array) => void;

function pairsOf({ weights: { distribution, key } }: SourcePart<DrawnRows>): Pair {
  const words = new Uint32Array(4);
  /** Uniform over [0, 1) with 53 bits, from two of the words. */
  const uniform = (at: 0 | 2): number => ((words[at]! >>> 5) * 2 ** 26 + (words[at + 1]! >>> 6)) / 2 ** 53;
  switch (distribution) {
    case 'zeros':
      return (_row, _counter, into) => into.fill(0);
    case 'uniform':
      return (row, counter, into) => {
        philox(counter, row, 0, 0, key[0], key[1], words);
        into[0] = Math.sqrt(3) * (2 * uniform(0) - 1);
        into[1] = Math.sqrt(3) * (2 * uniform(2) - 1);
      };
    case 'normal':
      // Box & Muller 1958: the logarithm is of (0, 1].
      return (row, counter, into) => {
        philox(counter, row, 0, 0, key[0], key[1], words);
        const radius = Math.sqrt(-2 * Math.log(1 - uniform(0)));
        const angle = 2 * Math.PI * uniform(2);
        into[0] = radius * Math.cos(angle);
        into[1] = radius * Math.sin(angle);
      };
  }
}
