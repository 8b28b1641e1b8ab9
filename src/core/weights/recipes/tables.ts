/** Values of 8-bit and 4-bit codes. */

export type TableName = 'I8' | 'E4M3' | 'E5M2' | 'E4M3FNUZ' | 'E5M2FNUZ' | 'E2M1';

/**
 * Values by code. @see the Open Compute Project's specifications of 8-bit floating point (OFP8) and of microscaling
 * formats (MX).
 */
const TABLES: Record<TableName, () => Float64Array> = {
  I8: () => values((code) => (code << 24) >> 24),
  E4M3: () => values((code) => ((code & 127) === 127 ? NaN : float(code, 3, 7))),
  E5M2: () =>
    values((code) =>
      (code & 127) < 124 ? float(code, 2, 15) : (code & 3) === 0 ? signOf(code) * Infinity : NaN,
    ),
  // The variant of graphics cards without infinities: the code of -0 is NaN.
  E4M3FNUZ: () => values((code) => (code === 128 ? NaN : float(code, 3, 8))),
  E5M2FNUZ: () => values((code) => (code === 128 ? NaN : float(code, 2, 16))),
  E2M1: () => values((code) => float(((code & 8) << 4) | (code & 7), 1, 1)),
};

export function tableOf(name: TableName): Float64Array {
  return TABLES[name]();
}

function values(of: (code: number) => number): Float64Array {
  return Float64Array.from({ length: 256 }, (_, code) => of(code));
}

function signOf(code: number): number {
  return code & 128 ? -1 : 1;
}

/** @param fraction number of its bits. @param bias bias of the exponent. */
function float(code: number, fraction: number, bias: number): number {
  const exponent = (code & 127) >> fraction;
  const part = (code & (2 ** fraction - 1)) / 2 ** fraction;
  return signOf(code) * (exponent === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (exponent - bias));
}
