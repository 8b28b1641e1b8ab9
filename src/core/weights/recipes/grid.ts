/**
 * Numbers that many weights share, such as the scales of quantized weights: one for each range of rows and of columns.
 */
import { decode, type DecodableDType } from '../../checkpoint/dtype';
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import type { OpenFile } from '../openFile';

/** Stored numbers. Those of type `F8_E8M0` are powers of two. */
export interface PlainNumbers {
  file: StampedFile;
  /** Absolute offset of the first number. */
  offset: number;
  dtype: DecodableDType | 'F8_E8M0';
}

/**
 * Numbers of 8 bits each (bitsandbytes): the table's value for the code, times the scale of its block, plus an offset.
 */
export interface NestedNumbers {
  file: StampedFile;
  offset: number;
  table: PlainNumbers;
  scales: PlainNumbers;
  /** Number of codes in a block. */
  run: number;
  plus: number;
}

export interface Grid {
  numbers: PlainNumbers | NestedNumbers;
  /** Number of columns of the grid. */
  columns: number;
  /** Number of rows of weights that share a row of the grid. */
  rowsEach: number;
  /** Number of columns of weights that share a number. */
  columnsEach: number;
}

/** Values of F8_E8M0 by code; 255 is NaN. */
const POWERS = Float64Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : 2 ** (code - 127)));

const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, F8_E8M0: 1 } as const;

/** Number of bytes that are read for this many numbers. */
export function numbersBytes(numbers: Grid['numbers'], count: number): number {
  if ('dtype' in numbers) return count * BYTES[numbers.dtype];
  return count + Math.ceil(count / numbers.run + 1) * BYTES[numbers.scales.dtype];
}

/** `count` numbers from number `first` on. */
export type ReadNumbers = (first: number, count: number) => Float64Array;

export function numbersReader(numbers: Grid['numbers'], files: OpenFile): ReadNumbers {
  const source = files(numbers.file);
  if ('dtype' in numbers) {
    const { dtype, offset } = numbers;
    return (first, count) => {
      const bytes = new Uint8Array(count * BYTES[dtype]);
      readAt(source, offset + first * BYTES[dtype], bytes);
      const values = new Float64Array(count);
      if (dtype === 'F8_E8M0') for (let i = 0; i < count; i++) values[i] = POWERS[bytes[i]!]!;
      else decode(dtype, bytes, values);
      return values;
    };
  }
  const { offset, run, plus } = numbers;
  const table = numbersReader(numbers.table, files)(0, 256);
  const scales = numbersReader(numbers.scales, files);
  return (first, count) => {
    const codes = new Uint8Array(count);
    readAt(source, offset + first, codes);
    const firstRun = Math.floor(first / run);
    const own = scales(firstRun, Math.ceil((first + count) / run) - firstRun);
    const values = new Float64Array(count);
    // Each step is rounded, as in bitsandbytes.
    for (let i = 0; i < count; i++) {
      const scale = own[Math.floor((first + i) / run) - firstRun]!;
      values[i] = Math.fround(Math.fround(table[codes[i]!]! * scale) + plus);
    }
    return values;
  };
}
