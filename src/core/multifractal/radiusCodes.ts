/**
 * Radius codes: one byte that says everything the analysis needs to know of a weight.
 *
 * Edge length, filter and rounding depend on the stored bits alone. Codes number the classes of edge lengths that are
 * treated alike, by rising length: code 0 is a weight that is NaN or infinite, code 1 an edge too short for any use,
 * then the classes in use, then one code for everything longer. Both counts, that of the spectrum (1 < d ≤ T) and that
 * of fractal dimensions (0 < d ≤ 200), are runs of codes, so one pass serves both.
 */
import { NFD_THRESHOLD } from './boxGrowing';
import { largest } from '../../protocol/extremes';
import { roundHalfEven } from './rounding';

/** A weight that is NaN or infinite, in tables that tell (those with fractal dimensions). */
export const NOT_FINITE = 0;

/** A run of codes, both ends included. */
export interface CodeRun {
  first: number;
  last: number;
}

export interface RadiusCodes {
  spectrum: CodeRun | null;
  nfd: CodeRun | null;
  /** The radius of each code of a run; 256 entries. */
  radius: Uint8Array;
  /** The code of edges longer than any run has, which nothing reads. */
  beyond: number;
  /** The code of a weight of this magnitude. */
  codeOf(magnitude: number): number;
}

/** Largest threshold of the full network: codes are bytes, and two more are needed. */
export const MAX_FULL_THRESHOLD = 254;

/** Up to this threshold spectrum and fractal dimensions fit one table. */
export const ONE_PASS_THRESHOLD = 250;

/**
 * The codes for spectrum and fractal dimensions: together in one table where they fit ({@link ONE_PASS_THRESHOLD}), else in
 * two, which then take two passes.
 *
 * @param distance edge length of a magnitude, falling.
 */
export function radiusCodes(distance: (magnitude: number) => number, threshold: number): RadiusCodes[] {
  const spectrum: Range = { above: 1, threshold };
  const nfd: Range = { above: 0, threshold: NFD_THRESHOLD };
  const joint = codesOf(distance, spectrum, nfd);
  if (joint) return [joint];
  return [codesOf(distance, spectrum, null)!, codesOf(distance, null, nfd)!];
}

interface Range {
  above: number;
  threshold: number;
}

function codesOf(
  distance: (magnitude: number) => number,
  spectrum: Range | null,
  nfd: Range | null,
): RadiusCodes | null {
  const within = (d: number, range: Range | null): boolean =>
    range !== null && d > range.above && d <= range.threshold;
  const ranges = [spectrum, nfd].filter((range) => range !== null);
  const longest = largest(ranges.map((range) => range.threshold));

  // Every class has a member at a boundary or right above one.
  const boundaries = ranges.flatMap((range) => [range.above, range.threshold]);
  for (let n = 0; n <= longest; n++) boundaries.push(n + 0.5);
  const members = boundaries
    .flatMap((boundary) => [boundary, boundary === 0 ? Number.MIN_VALUE : boundary * (1 + Number.EPSILON)])
    .filter((d) => within(d, spectrum) || within(d, nfd))
    .sort((a, b) => a - b);
  /** What tells classes apart: rising lengths never come back to a class, as they would with T in 1 … 1.5 were it not told. */
  const key = (d: number): number =>
    8 * roundHalfEven(d) +
    (spectrum && d > spectrum.threshold ? 4 : 0) +
    (within(d, spectrum) ? 2 : 0) +
    (within(d, nfd) ? 1 : 0);
  const classes = [...new Map(members.map((d) => [key(d), d])).values()];
  // Fractal dimensions are counted once per weight, so their table is the one that reports what is not finite.
  const tooShort = nfd ? NOT_FINITE + 1 : NOT_FINITE;
  const firstClass = tooShort + 1;
  const beyond = firstClass + classes.length;
  if (beyond > 255) return null;

  const radius = new Uint8Array(256);
  const codeOfKey = new Uint8Array(8 * (roundHalfEven(longest) + 1)).fill(tooShort);
  for (const [i, d] of classes.entries()) {
    radius[firstClass + i] = roundHalfEven(d);
    codeOfKey[key(d)] = firstClass + i;
  }
  const run = (range: Range | null): CodeRun | null => {
    if (!range) return null;
    const inside = classes.map((d) => within(d, range));
    return { first: firstClass + inside.indexOf(true), last: firstClass + inside.lastIndexOf(true) };
  };
  return {
    spectrum: run(spectrum),
    nfd: run(nfd),
    radius,
    beyond,
    codeOf(magnitude) {
      if (!Number.isFinite(magnitude)) return NOT_FINITE;
      const d = distance(magnitude);
      if (d > longest) return beyond;
      return d > 0 ? codeOfKey[key(d)]! : tooShort;
    },
  };
}

/** Patterns of 16 bits without their sign. */
const PATTERNS16 = 2 ** 15;

/**
 * One code per 16-bit pattern without its sign: codes fall as patterns rise, so all between two patterns of one code
 * have that code.
 *
 * @param valueOf widens a pattern.
 */
export function codes16(codes: RadiusCodes, valueOf: (bits: number) => number): Uint8Array {
  const table = new Uint8Array(PATTERNS16);
  const fill = (start: number, end: number): void => {
    const first = codes.codeOf(valueOf(start));
    if (first === codes.codeOf(valueOf(end - 1))) {
      table.fill(first, start, end);
    } else {
      const middle = (start + end) >>> 1;
      fill(start, middle);
      fill(middle, end);
    }
  };
  fill(0, PATTERNS16);
  return table;
}

export interface Codes32 {
  /** By the upper 19 bits of a pattern without its sign: code × 4096 + the last lower 12 bits that have it. */
  packed: Uint32Array;
  /**
   * Cells with more than one boundary (the smallest subnormals, where d = -ln|w|): their patterns have the code
   * `beyond` here, and must be looked at one by one.
   */
  unresolved: ReadonlySet<number>;
}

const CELLS = 2 ** 19;
const CELL_PATTERNS = 4096;

/**
 * Packed thresholds of 32-bit floats: codes fall as patterns rise, so a cell of 4,096 patterns needs its first code and
 * the place where the next one begins, and cells between two patterns of one code all have that code.
 */
export function codes32(codes: RadiusCodes): Codes32 {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  const codeAt = (pattern: number): number => {
    bits[0] = pattern;
    return codes.codeOf(value[0]!);
  };
  const packed = new Uint32Array(CELLS);
  const unresolved = new Set<number>();
  const fill = (cell: number, end: number): void => {
    const start = cell * CELL_PATTERNS;
    const first = codeAt(start);
    const last = codeAt(end * CELL_PATTERNS - 1);
    if (first === last) {
      packed.fill(first * CELL_PATTERNS + (CELL_PATTERNS - 1), cell, end);
    } else if (end - cell > 1) {
      const middle = (cell + end) >>> 1;
      fill(cell, middle);
      fill(middle, end);
    } else if (first - last > 1) {
      unresolved.add(cell);
      packed[cell] = codes.beyond * CELL_PATTERNS + (CELL_PATTERNS - 1);
    } else {
      packed[cell] = first * CELL_PATTERNS + (lastWith(first, start, codeAt) - start);
    }
  };
  fill(0, CELLS);
  return { packed, unresolved };
}

/** The last pattern of the cell at `start` with code `code`; its first pattern has it and its last one does not. */
function lastWith(code: number, start: number, codeAt: (pattern: number) => number): number {
  let low = start;
  let high = start + CELL_PATTERNS - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (codeAt(middle) === code) low = middle;
    else high = middle;
  }
  return low;
}
