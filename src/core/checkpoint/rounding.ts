/** Rounds a number to what an element type can store: the same as storing it and reading it again. */
import { NeuroMfaError } from '../../protocol/errors';
import { DECODABLE_DTYPES, isDecodable, type DecodableDType, type DType } from './dtype';

/** Bits of the significand with its leading one, exponent of the smallest normal number, and largest finite number. */
interface Binary {
  bits: number;
  smallest: number;
  largest: number;
}
const FLOAT16: Binary = { bits: 11, smallest: -14, largest: 65504 };
const BFLOAT16: Binary = { bits: 8, smallest: -126, largest: (2 - 2 ** -7) * 2 ** 127 };

const ROUNDERS: Record<DecodableDType, (value: number) => number> = {
  F64: (value) => value,
  F32: Math.fround,
  F16: (value) => roundTo(FLOAT16, value),
  BF16: (value) => roundTo(BFLOAT16, value),
};

/** Rounds to the nearest value of `dtype`, halves to even. @throws NeuroMfaError `unsupported` for other types. */
export function rounder(dtype: DType): (value: number) => number {
  if (isDecodable(dtype)) return ROUNDERS[dtype];
  throw new NeuroMfaError(
    'unsupported',
    `element type ${dtype}`,
    'numbers cannot be rounded to this type',
    `Use a checkpoint of one of ${DECODABLE_DTYPES.join(', ')}`,
  );
}

function roundTo({ bits, smallest, largest }: Binary, value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), smallest);
  // Adding this makes float64's own rounding drop the digits below the last one retained.
  const magic = 1.5 * 2 ** (exponent - bits + 1 + 52);
  const rounded = value + magic - magic;
  return Math.abs(rounded) > largest ? Math.sign(value) * Infinity : rounded;
}
