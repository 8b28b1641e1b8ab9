/** Numbers that many weights share, such as the scales of quantized ones: one for each run of rows and of columns. */
import { decode, type DecodableDType } from '../../checkpoint/dtype';
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import type { OpenFile } from '../rowSource';

/** Stored numbers. Of `F8_E8M0` they are powers of two. */
export interface PlainNumbers {
  file: StampedFile;
  /** Absolute offset of the first one. */
  offset: number;
  dtype: DecodableDType | 'F8_E8M0';
}

/** Numbers in 8 bits each (bitsandbytes): that of its code in a table, times the scale of its run, plus an offset. */
export interface NestedNumbers {
  file: StampedFile;
  offset: number;
  table: PlainNumbers;
  scales: PlainNumbers;
  /** Numbers of a run. */
  run: number;
  plus: number;
}

export interface Grid {
  numbers: PlainNumbers | NestedNumbers;
  /** Numbers in a row of it. */
  columns: number;
  /** Rows of weights that share a row of it. */
  rowsEach: number;
  /** Columns of weights that share a number. */
  columnsEach: number;
}

/** Of F8_E8M0 by code; 255 stands for NaN. */
const POWERS = Float64Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : 2 ** (code - 127)));

const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, F8_E8M0: 1 } as const;

/** Bytes that are read for so many numbers. */
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
    // Each step is rounded, as it is there.
    for (let i = 0; i < count; i++) {
      const scale = own[Math.floor((first + i) / run) - firstRun]!;
      values[i] = Math.fround(Math.fround(table[codes[i]!]! * scale) + plus);
    }
    return values;
  };
}
