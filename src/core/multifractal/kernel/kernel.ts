/**
 * The inner loops of full and sampled networks behind one interface: in WebAssembly, and in a reference in TypeScript
 * that gives the same bits. The reference is used where WebAssembly with SIMD does not run, and as an oracle in tests.
 */
import type { AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';
import type { CodeRun, RadiusCodes } from '../radiusCodes';
import type { FewSums } from './fewOrders';
import type { DrawnTables, PoissonTables } from './nullDraws';

/** The number of one-byte codes: those in the kernel's own tables. */
export const CODES = 256;

/** Sources are folded in blocks of this many, in index order: part of what makes sums reproducible. */
export const FOLD_BLOCK = 256;

/** Number of weighted sums that are computed together. */
export const SUMS_AT_ONCE = 4;

/** Sources of one projection on the whole grid of radii 0 … bins (0 is not used). */
export interface GridSums {
  bins: number;
  nodes: number;
  /** Z_q(r), shape [bins + 1, q]. */
  z: Float64Array;
  /** Σ ln μ(r), shape [bins + 1]. */
  logSum: Float64Array;
  /** Kept sources' edges by radius, shape [bins + 1]. */
  occupied: Float64Array;
  /** The number of kept edges of every source, also of dropped ones. */
  degrees: Uint32Array;
}

/** What nodes have counted, one list after another: an array of its own for each would take longer than all else. */
export interface NodeLists {
  /** Of each node, the codes at which it has edges, ascending, from 0 for the first code; then one after the last. */
  codes: Uint16Array;
  /** The number of its edges below each of these codes, plus the node itself; the last entry counts all of them: n(r). */
  reached: Uint32Array;
  /** By node: the end of its entries, which is the start of the next one's. */
  ends: Uint32Array;
  /** By node: its source. */
  sources: Uint32Array;
}

/** Factors for {@link Kernel.weighNodes}. */
export interface NodeWeighing {
  /** By code of the lists: the index of the first radius that includes its edges; last, the number of radii. */
  rows: Uint32Array;
  /** By radius: the sum of 1 / Z_q over the radii before it; last, over all. */
  inverse: Float64Array;
  q: number;
}

/** The moment orders, as steps of one size above and below an exact 0. */
export interface MomentOrders {
  step: number;
  up: number;
  down: number;
}

/** A row-major matrix in the kernel's input. */
export interface InputMatrix {
  /** Number of bytes of the input before it. */
  offset: number;
  bits: 16 | 32;
  rows: number;
  columns: number;
}

/** A row-major matrix of 16-bit codes in the kernel's input, shape [rows, columns, size]. */
export interface CodeMatrix extends Omit<InputMatrix, 'bits'> {
  /** Number of positions of a convolution; all of them count for their column. */
  size: number;
}

/**
 * Patterns without their sign: all of 16 bits; of 32 bits by cell, except 0, or by the lower 15 bits within one cell.
 */
export type PatternKind = { bits: 16 } | { bits: 32; cell: number | null };

/** Bits of a pattern within a cell: those after the upper 16 bits without the sign. */
export const CELL_BITS = 15;

/** Types that {@link Kernel.rowMoments} reads. */
export type MomentsType = 'F16' | 'BF16' | 'F32';

/** With this many sources, {@link Kernel.begin} reserves memory for any histogram of patterns. */
export const PATTERN_SOURCES = 512;

/** The counts of {@link Kernel.countPatterns} since begin. */
export function patternCounts({ counts }: Kernel, kind: PatternKind): Uint32Array {
  const length = kind.bits === 32 && kind.cell === null ? 2 ** 16 : 2 ** CELL_BITS;
  // The kernel may have counted into two alternating histograms.
  return counts.slice(0, length).map((count, i) => count + counts[length + i]!);
}

export interface Kernel {
  readonly name: 'wasm' | 'typescript';
  /** Shape [sources, codes], zero after {@link begin}. Invalid after the next call of begin. */
  readonly counts: Uint32Array;
  /**
   * Reserves memory.
   * @param largest the largest possible N, edges of one source + 1.
   * @param codes the number of codes. {@link countRows} and {@link countColumns} take 256.
   */
  begin(sources: number, largest: number, inputBytes: number, codes?: number): void;
  /** @param table a table of one-byte codes. */
  useCodes16(table: Uint16Array): void;
  useCodes32(packed: Uint32Array): void;
  /** The buffer for the next chunk of weights; at most `inputBytes` of begin. */
  input(bytes: number): Uint8Array;
  /** Replaces the first `elements` 32-bit floats of the input, each x by `offset` + `factor` · x. */
  scaleInput(elements: number, offset: number, factor: number): void;
  /** Counts a matrix in the input whose rows are nodes `firstSource` …; columns need not fill a machine word. */
  countRows(matrix: InputMatrix, firstSource: number): void;
  /** Counts a matrix in the input whose columns are nodes `firstSource` …; at most 65,535 rows. */
  countColumns(matrix: InputMatrix, firstSource: number): void;
  /** Counts any number of codes in the input, for the rows or columns that are nodes `firstSource` …. */
  countCodes(matrix: CodeMatrix, firstSource: number, nodes: 'rows' | 'columns'): void;
  /** Counts the patterns of the input's first `elements`. */
  countPatterns(elements: number, kind: PatternKind): void;
  /**
   * Adds 128 bits of each of the input's first `rows` rows of `rowBytes` bytes to `sums`, two numbers modulo 2^64. A
   * row with other bytes or in another position gives other bits, and the order in which rows are added does not
   * matter. This identifies bytes; it does not withstand an attacker who looks for two inputs with the same sums.
   * @param seed that of the first row; the seed of each further row is larger by {@link DIGEST_STEP}.
   */
  digestRows(rows: number, rowBytes: number, seed: bigint, sums: BigUint64Array): void;
  /** Folds the counts of the first `sources` sources into sums over radii 1 … bins. */
  fold(sources: number, codes: RadiusCodes, run: CodeRun, bins: number, orders: MomentOrders): GridSums;
  /**
   * {@link fold} for few moment orders, none of them 0: several times as fast, and equal up to rounding.
   * @param orders at most {@link FEW_ORDERS}
   */
  foldFew(
    sources: number,
    codes: RadiusCodes,
    run: CodeRun,
    bins: number,
    orders: readonly number[],
  ): FewSums;
  /** Lists the nodes among the first `sources` sources; null where there are more than `most`. Overwrites the input. */
  listNodes(sources: number, run: CodeRun, most: number): NodeLists | null;
  /** For each node Σ_r μ(r)^q / Z_q(r). Overwrites the input. */
  weighNodes(lists: NodeLists, weighing: NodeWeighing): Float64Array;
  /** The fractal dimension of the first `sources` sources, NaN where there is none. */
  dimensions(sources: number, codes: RadiusCodes, run: CodeRun): Float64Array;
  /**
   * Counts null weights of a tensor, from the counter row `first` on; see `nullDraws.ts`. Overwrites the input.
   * @param random advances.
   */
  countShuffled(deck: Uint16Array, slots: Uint32Array, first: number, random: Random32): void;
  countDrawn(table: AliasTable, slots: Uint32Array, first: number, random: Random32): void;
  countShuffledWide(
    pool: Uint32Array,
    tables: PoissonTables,
    sources: number,
    first: number,
    random: Random32,
  ): void;
  countDrawnWide(tables: DrawnTables, edges: number, sources: number, first: number, random: Random32): void;
  /**
   * For rows in the input: how many elements are finite, their mean, and the sum of their squared differences from it.
   * @returns shape [rows, 3]
   */
  rowMoments(dtype: MomentsType, rows: number, width: number): Float64Array;
  /** Stores arrays for {@link weightedSums}, shape [count, length]. Overwrites everything else. */
  keepTerms(terms: Float64Array, length: number): void;
  /**
   * Σ_k weights[k] · terms[k], added in the order of k.
   * @param weights shape [4, count]
   * @returns shape [4, length], valid until the next call
   */
  weightedSums(weights: Float64Array): Float64Array;
  /**
   * Σ_row weights[row] · ln values[row], added in the order of rows; logarithms are accurate to 4.5e-16, relative to
   * themselves or to 1.
   * @param values shape [rows, columns]
   * @returns shape [columns]; null where some value is not a positive normal number
   */
  weightedLogs(values: Float64Array, weights: Float64Array): Float64Array | null;
}

/** 2^64 divided by the golden ratio: its multiples are far apart. */
export const DIGEST_STEP = 0x9e3779b97f4a7c15n;

let logs = new Float64Array();

/** ln N for N = 0 … largest; the first is never used. */
export function logTable(largest: number): Float64Array {
  if (logs.length <= largest) {
    logs = new Float64Array(largest + 1);
    for (let n = 0; n <= largest; n++) logs[n] = Math.log(n);
  }
  return logs.subarray(0, largest + 1);
}

/** Number of parts of the mantissa for which {@link Kernel.weightedLogs} has a logarithm. */
export const LOG_PARTS = 128;

/** Rows of `[1 / m, -ln (1 / m)]` for the middle m of each part of 1 … 2; 1 / m is rounded. */
export function mantissaLogs(): Float64Array {
  const table = new Float64Array(2 * LOG_PARTS);
  for (let part = 0; part < LOG_PARTS; part++) {
    const inverse = 1 / (1 + (part + 0.5) / LOG_PARTS);
    table[2 * part] = inverse;
    table[2 * part + 1] = -Math.log(inverse);
  }
  return table;
}

/** N^q for N = 0 … largest; the first is never used. */
export function powersOf(largest: number, q: number): Float64Array {
  const powers = new Float64Array(largest + 1);
  for (let n = 1; n <= largest; n++) powers[n] = n ** q;
  return powers;
}

/** The largest N of these nodes. */
export function largestOf({ reached, ends }: NodeLists): number {
  let most = 0;
  for (const end of ends) most = Math.max(most, reached[end - 1]!);
  return most;
}

/** Rows of `[ln N, N^step, N^-step]` for N = 0 … largest; row 0 is never used. */
export function powerTable(largest: number, step: number): Float64Array {
  let kept = tables.get(step);
  if (!kept || kept.length < 3 * (largest + 1)) tables.set(step, (kept = makePowerTable(largest, step)));
  return kept.subarray(0, 3 * (largest + 1));
}

/** The largest table made for each step, cached: powers cost more than anything else about a small projection. */
const tables = new Map<number, Float64Array>();

function makePowerTable(largest: number, step: number): Float64Array {
  const table = new Float64Array(3 * (largest + 1));
  for (let n = 1; n <= largest; n++) {
    table[3 * n] = Math.log(n);
    table[3 * n + 1] = n ** step;
    table[3 * n + 2] = n ** -step;
  }
  return table;
}
