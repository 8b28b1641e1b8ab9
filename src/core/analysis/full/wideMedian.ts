/**
 * The exact median edge length where some weights are 64-bit floats, stored or computed. All weights are widened to 64
 * bits, whose patterns order as their magnitudes do, and the middle ones are found 16 bits of the pattern at a time:
 * four passes. Why this is not the algorithm for all types: see medianLength.ts.
 */
import { between } from '../../stats/estimate';
import { forEachDecodedRow } from '../decodedRows';
import type { AnalysisPlan, PlannedProjection } from '../plan';
import type { CountIo } from '../../counting/chunks';
import { middleRanks } from './medianLength';

/** Number of passes over all weights. */
export const WIDE_PASSES = 4;
const DIGITS = 65_536;
/** The patterns of infinity and NaN begin here: the upper half, without the sign. */
const NOT_FINITE = 0x7ff00000;
/** The index of a float64's upper half among its two 32-bit words. */
const UPPER = new Uint32Array(Float64Array.of(1).buffer)[1] === 0 ? 0 : 1;

/** The known bits of a pattern, as 32-bit halves; the other bits are 0. */
export interface Prefix {
  upper: number;
  lower: number;
}

/** The prefix of all weights. */
export const NO_PREFIX: Prefix = { upper: 0, lower: 0 };

/** A middle weight that is not yet found exactly. */
export interface Sought {
  prefix: Prefix;
  /** Its rank among the weights with this prefix. */
  rank: number;
}

export function needsWideMedian({ projections }: Pick<AnalysisPlan, 'projections'>): boolean {
  return projections.some(({ parts }) => parts.some(({ dtype }) => dtype === 'F64'));
}

/** A buffer for the counts of {@link countDigits}. */
export function noDigits(prefixes: readonly Prefix[]): Float64Array {
  return new Float64Array(prefixes.length * DIGITS);
}

/** Counts the digits of a projection's weights, see {@link addDigits}. @returns shape [prefixes, 65536] */
export function countDigits(
  projection: PlannedProjection,
  pass: number,
  prefixes: readonly Prefix[],
  io: CountIo,
): Float64Array {
  const counts = noDigits(prefixes);
  for (const part of projection.parts) {
    forEachDecodedRow(part, io, (row) => {
      addDigits(counts, row, pass, prefixes);
    });
  }
  return counts;
}

/**
 * Counts the next 16 bits (15 in the first pass, without the sign) of the weights with each prefix. Zeros and
 * non-finite weights are no edges.
 * @param counts shape [prefixes, 65536], added to
 */
function addDigits(
  counts: Float64Array,
  { buffer, byteOffset, length }: Float64Array,
  pass: number,
  prefixes: readonly Prefix[],
): void {
  const words = new Uint32Array(buffer, byteOffset, 2 * length);
  for (let i = 0; i < words.length; i += 2) {
    const upper = words[i + UPPER]! & 0x7fffffff;
    const lower = words[i + 1 - UPPER]!;
    if (upper >= NOT_FINITE || (upper === 0 && lower === 0)) continue;
    for (let p = 0; p < prefixes.length; p++) {
      if (fits(prefixes[p]!, upper, lower, pass)) counts[p * DIGITS + digitOf(upper, lower, pass)]!++;
    }
  }
}

/**
 * The median edge length of some weights; null where they have none.
 * @param each passes all of them, widened, to `use`; called up to {@link WIDE_PASSES} times.
 */
export function medianLength(
  each: (use: (weights: Float64Array) => void) => void,
  distance: (magnitude: number) => number,
): number | null {
  const counted = (pass: number, prefixes: readonly Prefix[]): Float64Array => {
    const counts = noDigits(prefixes);
    each((weights) => {
      addDigits(counts, weights, pass, prefixes);
    });
    return counts;
  };
  let counts = counted(0, [NO_PREFIX]);
  let sought = narrowed(middleOf(counts), 0, counts);
  for (let pass = 1; pass < WIDE_PASSES && sought.length > 0; pass++) {
    counts = counted(pass, prefixesOf(sought));
    sought = narrowed(sought, pass, counts);
  }
  return lengthOf(sought, distance);
}

/** The same for weights in memory, which it sorts in place. */
export function medianOfHeld(weights: Float64Array, distance: (magnitude: number) => number): number | null {
  for (const [i, weight] of weights.entries()) weights[i] = Math.abs(weight);
  weights.sort();
  // Zeros come before all others; infinities and NaN come after.
  const first = weights.findIndex((weight) => weight > 0);
  const end = weights.findLastIndex(Number.isFinite) + 1;
  if (first < 0 || end <= first) return null;
  const [low, high] = middleRanks(end - first).map((rank) => distance(weights[first + rank]!)) as [
    number,
    number,
  ];
  return low === high ? low : between(low, high);
}

function digitOf(upper: number, lower: number, pass: number): number {
  const half = pass < 2 ? upper : lower;
  return pass % 2 === 0 ? half >>> 16 : half & 0xffff;
}

function fits(prefix: Prefix, upper: number, lower: number, pass: number): boolean {
  if (pass === 0) return true;
  if (pass === 1) return upper >>> 16 === prefix.upper >>> 16;
  return upper === prefix.upper && (pass === 2 || lower >>> 16 === prefix.lower >>> 16);
}

/** The start of the search: the one or two middle ones of all weights, once the first pass has counted them. */
export function middleOf(counts: Float64Array): Sought[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? [] : middleRanks(total).map((rank) => ({ prefix: NO_PREFIX, rank }));
}

/** The prefixes that are sought, without repetitions. */
export function prefixesOf(sought: readonly Sought[]): Prefix[] {
  return [...new Map(sought.map(({ prefix }) => [keyOf(prefix), prefix])).values()];
}

/** Extends the prefixes by 16 bits. @param counts those of `prefixesOf(sought)`. */
export function narrowed(sought: readonly Sought[], pass: number, counts: Float64Array): Sought[] {
  const keys = prefixesOf(sought).map(keyOf);
  return sought.map(({ prefix, rank }) => {
    const first = keys.indexOf(keyOf(prefix)) * DIGITS;
    let digit = 0;
    let left = rank;
    while (left >= counts[first + digit]!) left -= counts[first + digit++]!;
    return { prefix: extended(prefix, pass, digit), rank: left };
  });
}

function extended({ upper, lower }: Prefix, pass: number, digit: number): Prefix {
  // Shifts would make words with their highest bit set negative.
  if (pass === 0) return { upper: digit * DIGITS, lower };
  if (pass === 1) return { upper: upper + digit, lower };
  return { upper, lower: pass === 2 ? digit * DIGITS : lower + digit };
}

/** The median of the edge lengths of the weights found; null where there are none. */
export function lengthOf(sought: readonly Sought[], distance: (magnitude: number) => number): number | null {
  const [low, high] = sought.map(({ prefix }) => distance(valueOf(prefix)));
  if (low === undefined || high === undefined) return null;
  return low === high ? low : between(low, high);
}

function valueOf({ upper, lower }: Prefix): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, upper);
  view.setUint32(4, lower);
  return view.getFloat64(0);
}

const keyOf = ({ upper, lower }: Prefix): string => `${upper} ${lower}`;
