/**
 * Computes values of unpacked codes. Every product and difference is computed in float64 and rounded once, when it is
 * stored in `out`. There is one small loop for each case, because such loops are fast.
 */

import { wordsOf } from './floats';

/** The constants of a matrix. */
export interface Decoding {
  /** Values by code; the codes themselves where it is null. */
  table: Float64Array | null;
  /** Number of codes in a row. */
  columns: number;
  /** Number of codes that share a scale. */
  each: number;
  /** For each column the index of its scale within a row of scales; consecutive where it is null. */
  columnGroups: Uint32Array | null;
  /** Whether the numbers beside the scales are added to products; otherwise they are subtracted from codes. */
  isBias: boolean;
  /** Subtracted from all codes where there are no such numbers. */
  zero: number;
  /** Factor for all values after they are rounded. */
  factor: number | null;
}

export interface Run {
  codes: Uint8Array;
  /** All 1 where it is null. */
  scales: Float64Array | null;
  others: Float64Array | null;
  out: Float32Array;
}

/**
 * Decodes codes from `from` to `end`, whose scales begin at index `group`. With column groups these codes are one row.
 */
export function decodeRun(own: Decoding, run: Run, from: number, end: number, group: number): void {
  const { columnGroups: groups, table, each, zero, isBias } = own;
  const { codes, scales, others, out } = run;
  if (!scales) plain(codes, table, zero, out, from, end);
  else if (groups) gathered(run, own, groups, from, group);
  else if (isBias) times(codes, scales, others!, out, from, end, each, group);
  else if (table) tabled(codes, table, scales, others, out, from, end, each, group);
  else if (!others) minusAll(codes, scales, zero, out, from, end, each, group);
  else if (each === 1) minusEach(codes, scales, others, out, from, end, group);
  else minus(codes, scales, others, out, from, end, each, group);
  const { factor } = own;
  if (factor !== null) for (let i = from; i < end; i++) out[i] = out[i]! * factor;
}

/** The values of codes without a table. */
const THEMSELVES = Float64Array.from({ length: 256 }, (_, code) => code);

/** Stores the value of each possible code in `out`, for `runs` scales from index `group` on. */
export function valuesByCode(
  own: Decoding,
  { scales, others }: Pick<Run, 'others'> & { scales: Float64Array },
  group: number,
  runs: number,
  codes: number,
  out: Float32Array,
): void {
  const { zero, isBias, factor } = own;
  const table = own.table ?? THEMSELVES;
  for (let run = 0, to = 0; run < runs; run++, to += codes) {
    const scale = scales[group + run]!;
    const other = others ? others[group + run]! : zero;
    if (isBias) for (let code = 0; code < codes; code++) out[to + code] = table[code]! * scale + other;
    else for (let code = 0; code < codes; code++) out[to + code] = (table[code]! - other) * scale;
  }
  if (factor !== null) for (let i = 0; i < out.length; i++) out[i] = out[i]! * factor;
}

type Codes = Uint8Array;
type Numbers = Float64Array;
type Out = Float32Array;

function plain(codes: Codes, table: Numbers | null, zero: number, out: Out, from: number, end: number): void {
  if (table) for (let i = from; i < end; i++) out[i] = table[codes[i]!]!;
  else for (let i = from; i < end; i++) out[i] = codes[i]! - zero;
}

function gathered(
  { codes, scales, others, out }: Run,
  { table, columns, isBias, zero }: Decoding,
  groups: Uint32Array,
  from: number,
  group: number,
): void {
  for (let column = 0; column < columns; column++) {
    const at = group + groups[column]!;
    const code = codes[from + column]!;
    const value = table ? table[code]! : code;
    const scale = scales![at]!;
    const other = others ? others[at]! : zero;
    out[from + column] = isBias ? value * scale + other : (value - other) * scale;
  }
}

function times(
  codes: Codes,
  scales: Numbers,
  biases: Numbers,
  out: Out,
  from: number,
  end: number,
  each: number,
  group: number,
): void {
  if ((from | each | (end - from)) % 4 === 0) {
    // Four codes per iteration: the loop overhead of an iteration costs more than a code.
    const fours = wordsOf(codes.subarray(from, end));
    for (let i = from, at = 0, own = group; i < end; own++) {
      const scale = scales[own]!;
      const bias = biases[own]!;
      for (const last = Math.min(i + each, end); i < last; i += 4, at++) {
        const four = fours[at]!;
        out[i] = (four & 255) * scale + bias;
        out[i + 1] = ((four >>> 8) & 255) * scale + bias;
        out[i + 2] = ((four >>> 16) & 255) * scale + bias;
        out[i + 3] = (four >>> 24) * scale + bias;
      }
    }
    return;
  }
  for (let i = from, own = group; i < end; own++) {
    const scale = scales[own]!;
    const bias = biases[own]!;
    for (const last = Math.min(i + each, end); i < last; i++) out[i] = codes[i]! * scale + bias;
  }
}

function tabled(
  codes: Codes,
  table: Numbers,
  scales: Numbers,
  zeros: Numbers | null,
  out: Out,
  from: number,
  end: number,
  each: number,
  group: number,
): void {
  for (let i = from, own = group; i < end; own++) {
    const scale = scales[own]!;
    const last = Math.min(i + each, end);
    if (zeros) {
      const zero = zeros[own]!;
      for (; i < last; i++) out[i] = (table[codes[i]!]! - zero) * scale;
    } else for (; i < last; i++) out[i] = table[codes[i]!]! * scale;
  }
}

function minusAll(
  codes: Codes,
  scales: Numbers,
  zero: number,
  out: Out,
  from: number,
  end: number,
  each: number,
  group: number,
): void {
  for (let i = from, own = group; i < end; own++) {
    const scale = scales[own]!;
    for (const last = Math.min(i + each, end); i < last; i++) out[i] = (codes[i]! - zero) * scale;
  }
}

function minus(
  codes: Codes,
  scales: Numbers,
  zeros: Numbers,
  out: Out,
  from: number,
  end: number,
  each: number,
  group: number,
): void {
  for (let i = from, own = group; i < end; own++) {
    const scale = scales[own]!;
    const zero = zeros[own]!;
    for (const last = Math.min(i + each, end); i < last; i++) out[i] = (codes[i]! - zero) * scale;
  }
}

/** For one scale per code. */
function minusEach(
  codes: Codes,
  scales: Numbers,
  zeros: Numbers,
  out: Out,
  from: number,
  end: number,
  group: number,
): void {
  for (let i = from, own = group; i < end; i++, own++) out[i] = (codes[i]! - zeros[own]!) * scales[own]!;
}
