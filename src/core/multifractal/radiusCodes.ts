/**
 * Radius codes: one small number with everything that the analysis needs to know about a weight.
 *
 * Edge length, filter and rounding depend on the stored bits alone. Codes number the classes of edge lengths that are
 * treated alike, by increasing length: code 0 is a weight that is NaN or infinite, code 1 an edge too short for any
 * use, then come the classes in use, then one code for everything longer. Both counts, that of the spectrum (1 < d ≤ T)
 * and that of fractal dimensions (0 < d ≤ 200), are ranges of codes, so one pass serves both.
 *
 * Codes have one byte where the threshold allows it: tables of them are small, and the kernel looks them up itself.
 * Others have two.
 */
import { NFD_THRESHOLD } from './edges';
import { largest } from '../../protocol/extremes';
import { roundHalfEven } from './rounding';

/** A weight that is NaN or infinite, in tables that report these (those with fractal dimensions). */
export const NOT_FINITE = 0;

/** A range of codes, both ends included. */
export interface CodeRun {
  first: number;
  last: number;
}

export interface RadiusCodes {
  spectrum: CodeRun | null;
  nfd: CodeRun | null;
  /** The largest number of codes: 256 where they have one byte. A multiple of 4. */
  size: number;
  /** The radius of each code of a range; `size` entries. */
  radius: Uint16Array;
  /** The code of edges longer than any in the ranges, which nothing reads. */
  beyond: number;
  /** The code of a weight of this magnitude. */
  codeOf: (magnitude: number) => number;
}

/** Largest threshold: codes have two bytes, and one code besides those of the radii is needed on either side. */
export const MAX_THRESHOLD = 65_534;

const BYTE_CODES = 256;
const MAX_CODES = 65_536;
/**
 * Number of codes without a radius of the spectrum: those outside both ranges, and those of radii that the ranges do
 * not share.
 */
const MORE_CODES = 6;
/** The same for a spectrum alone. */
const MORE_ALONE = 2;

/**
 * The number of codes in each pass that {@link radiusCodes} makes for this threshold, known without making them: one
 * pass for spectrum and fractal dimensions where they fit one table, otherwise two.
 */
export function codeSizes(threshold: number): number[] {
  const radii = Math.max(roundHalfEven(threshold), NFD_THRESHOLD);
  if (radii + MORE_CODES <= BYTE_CODES) return [BYTE_CODES];
  if (radii + MORE_ALONE <= BYTE_CODES) return [BYTE_CODES, BYTE_CODES];
  if (radii + MORE_CODES <= MAX_CODES) return [inFours(radii + MORE_CODES)];
  return [MAX_CODES, BYTE_CODES];
}

function inFours(count: number): number {
  return 4 * Math.ceil(count / 4);
}

/**
 * The codes for spectrum and fractal dimensions, one element per pass; see {@link codeSizes}.
 *
 * @param distance edge length of a magnitude, falling.
 * @param threshold at most {@link MAX_THRESHOLD}.
 */
export function radiusCodes(distance: (magnitude: number) => number, threshold: number): RadiusCodes[] {
  const spectrum: Range = { above: 1, threshold };
  const nfd: Range = { above: 0, threshold: NFD_THRESHOLD };
  const [first, second] = codeSizes(threshold) as [number, number | undefined];
  if (second === undefined) return [codesOf(distance, spectrum, nfd, first)];
  return [codesOf(distance, spectrum, null, first), codesOf(distance, null, nfd, second)];
}

interface Range {
  above: number;
  threshold: number;
}

function codesOf(
  distance: (magnitude: number) => number,
  spectrum: Range | null,
  nfd: Range | null,
  size: number,
): RadiusCodes {
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
  /**
   * The key of a class. Increasing lengths never return to an earlier class; without T in the key they would, for T in
   * 1 … 1.5.
   */
  const key = (d: number): number =>
    8 * roundHalfEven(d) +
    (spectrum && d > spectrum.threshold ? 4 : 0) +
    (within(d, spectrum) ? 2 : 0) +
    (within(d, nfd) ? 1 : 0);
  const classes = [...new Map(members.map((d) => [key(d), d])).values()];
  // Fractal dimensions are counted once per weight, so their table is the one that reports non-finite weights.
  const tooShort = nfd ? NOT_FINITE + 1 : NOT_FINITE;
  const firstClass = tooShort + 1;
  const beyond = firstClass + classes.length;
  if (beyond >= size) throw new RangeError(`${beyond + 1} codes, more than ${size}`);

  const radius = new Uint16Array(size);
  const codeOfKey = new Uint16Array(8 * (roundHalfEven(longest) + 1)).fill(tooShort);
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
    size,
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

export function hasByteCodes({ size }: RadiusCodes): boolean {
  return size === BYTE_CODES;
}

/** Number of 16-bit patterns without their sign. */
const PATTERNS16 = 2 ** 15;

/**
 * One code per 16-bit pattern without its sign: codes decrease as patterns increase, so all patterns between two of one
 * code have that code.
 *
 * @param valueOf widens a pattern.
 */
export function codes16(codes: RadiusCodes, valueOf: (bits: number) => number): Uint16Array {
  const table = new Uint16Array(PATTERNS16);
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
   * `beyond` here, and must be looked up one by one.
   */
  unresolved: ReadonlySet<number>;
}

const CELLS = 2 ** 19;
const CELL_PATTERNS = 4096;

/**
 * Packed thresholds of 32-bit floats: codes decrease as patterns increase, so a cell of 4,096 patterns needs its first
 * code and the position where the next one begins, and cells between two patterns of one code all have that code.
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
