/** Sums over blocks of values: in WebAssembly, and with the same bits in TypeScript where WebAssembly does not run. */
import { decode, DTYPE_BITS, type DecodableDType } from '../checkpoint/dtype';
import kernelModule from '../multifractal/kernel/kernel.wasm';
import type { Chunk } from './values';

/** Number of values in a block: both sides of a pair fit into the fastest cache. */
const RUN = 2048;
export const BINS = 64;

/** Sums over pairs of values; non-finite values, and pairs whose difference is not finite, count as 0. */
export interface PairSums {
  /** NaN is equal to NaN. */
  equal: number;
  /** Number of pairs whose difference is finite. */
  finite: number;
  aa: number;
  bb: number;
  ab: number;
  /** Sum of (b − a)². */
  dd: number;
}

/** Sums over the finite values, apart from the counts; least and greatest are infinite where there is none. */
export interface RangeSums {
  nan: number;
  zeros: number;
  finite: number;
  least: number;
  greatest: number;
  sum: number;
  squares: number;
}

export interface ValueKernel {
  /** Takes a block of at most {@link RUN} little-endian values, as A or as B. */
  take(side: 'a' | 'b', dtype: DecodableDType, bytes: Uint8Array, count: number): void;
  /** Sums over the blocks taken last, which have this many values. */
  pairs(count: number): PairSums;
  /** Sums over A. */
  range(count: number): RangeSums;
  /**
   * Adds the finite values of A to {@link BINS} counts: bins start at `from`, with `scale` of them per unit; no counts
   * where `scale` is 0.
   * @returns the sum of their squared differences from `mean`.
   */
  around(count: number, mean: number, from: number, scale: number, counts: Float64Array): number;
}

const LANES = 4;
const upTo = (count: number): number => Math.ceil(count / LANES) * LANES;

export class ReferenceValueKernel implements ValueKernel {
  readonly #values = { a: new Float64Array(RUN), b: new Float64Array(RUN) };

  take(side: 'a' | 'b', dtype: DecodableDType, bytes: Uint8Array, count: number): void {
    decode(dtype, bytes, this.#values[side].subarray(0, count));
    this.#values[side].fill(NaN, count, upTo(count));
  }

  pairs(count: number): PairSums {
    const { a, b } = this.#values;
    let equal = 0;
    let finite = 0;
    const [aa, bb, ab, dd] = [lanes(), lanes(), lanes(), lanes()];
    for (let i = 0; i < count; i++) {
      const [x, y] = [a[i]!, b[i]!];
      const d = y - x;
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) equal++;
      if (!Number.isFinite(d)) continue;
      finite++;
      add(aa, i, x * x);
      add(bb, i, y * y);
      add(ab, i, x * y);
      add(dd, i, d * d);
    }
    return { equal, finite, aa: sumOf(aa), bb: sumOf(bb), ab: sumOf(ab), dd: sumOf(dd) };
  }

  range(count: number): RangeSums {
    const found = { nan: 0, zeros: 0, finite: 0, least: Infinity, greatest: -Infinity };
    const [sum, squares] = [lanes(), lanes()];
    for (let i = 0; i < count; i++) {
      const x = this.#values.a[i]!;
      if (Number.isNaN(x)) found.nan++;
      if (x === 0) found.zeros++;
      if (!Number.isFinite(x)) continue;
      found.finite++;
      found.least = Math.min(found.least, x);
      found.greatest = Math.max(found.greatest, x);
      add(sum, i, x);
      add(squares, i, x * x);
    }
    const [least, greatest] = [unsigned(found.least), unsigned(found.greatest)];
    return { ...found, least, greatest, sum: sumOf(sum), squares: sumOf(squares) };
  }

  around(count: number, mean: number, from: number, scale: number, counts: Float64Array): number {
    const squares = lanes();
    for (let i = 0; i < count; i++) {
      const x = this.#values.a[i]!;
      if (!Number.isFinite(x)) continue;
      add(squares, i, (x - mean) * (x - mean));
      if (scale > 0) counts[Math.max(0, Math.min(BINS - 1, Math.trunc((x - from) * scale)))]!++;
    }
    return sumOf(squares);
  }
}

/** Of two zeros the one without a sign, in either order. */
const unsigned = (value: number): number => value + 0;
const lanes = (): Float64Array => new Float64Array(LANES);
const add = (sums: Float64Array, i: number, term: number): void => {
  sums[i % LANES]! += term;
};
const sumOf = (sums: Float64Array): number => sums[0]! + sums[2]! + (sums[1]! + sums[3]!);

type Narrow = Exclude<DecodableDType, 'F64'>;
type Widen = (from: number, to: number, count: number) => void;
type Pairs = (a: number, b: number, count: number, out: number) => void;
interface Exports extends Record<`widen${Narrow}`, Widen>, Record<'pairs' | `pairs${Narrow}`, Pairs> {
  range(a: number, count: number, out: number): void;
  around(
    ...args: [
      a: number,
      count: number,
      mean: number,
      from: number,
      scale: number,
      counts: number,
      bins: number,
    ]
  ): number;
}

const PAGE = 65536;
/** Distance between the counters of adjacent lanes. */
const LANE_COUNTS = 128;
const BYTES = 8 * RUN;
/** Addresses in memory: a block of each side, as float64 and as stored; sums; counts. */
const PLACES = {
  a: 0,
  b: BYTES,
  storedA: 2 * BYTES,
  storedB: 3 * BYTES,
  out: 4 * BYTES,
  counts: 4 * BYTES + 64,
};
const STORED = { a: PLACES.storedA, b: PLACES.storedB };
/** The bit pattern of a NaN. */
const NAN_BITS = { F16: 0x7e00, BF16: 0x7fc0, F32: 0x7fc00000 } as const;

export class WasmValueKernel implements ValueKernel {
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;
  readonly #values: { a: Float64Array; b: Float64Array };
  readonly #view: DataView;
  /** The type of a block that is not widened yet. */
  readonly #narrow: Record<'a' | 'b', Narrow | null> = { a: null, b: null };
  readonly #out: Float64Array;
  readonly #counts: Uint32Array;

  /** @throws WebAssembly.CompileError where SIMD is not supported. */
  constructor() {
    const memory = new WebAssembly.Memory({
      initial: Math.ceil((PLACES.counts + 4 * LANES * LANE_COUNTS) / PAGE),
    });
    const abort = (): never => {
      throw new Error('the kernel aborted');
    };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(kernelModule), {
      env: { memory, abort },
    });
    this.#exports = instance.exports as unknown as Exports;
    const { buffer } = memory;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#values = {
      a: new Float64Array(buffer, PLACES.a, RUN),
      b: new Float64Array(buffer, PLACES.b, RUN),
    };
    this.#out = new Float64Array(buffer, PLACES.out, 8);
    this.#counts = new Uint32Array(buffer, PLACES.counts, LANES * LANE_COUNTS);
  }

  take(side: 'a' | 'b', dtype: DecodableDType, bytes: Uint8Array, count: number): void {
    if (dtype === 'F64') {
      this.#bytes.set(bytes, PLACES[side]);
      this.#values[side].fill(NaN, count, upTo(count));
      this.#narrow[side] = null;
      return;
    }
    this.#bytes.set(bytes, STORED[side]);
    const size = DTYPE_BITS[dtype] / 8;
    for (let at = STORED[side] + size * count; at < STORED[side] + size * upTo(count); at += size) {
      if (size === 2) this.#view.setUint16(at, NAN_BITS[dtype], true);
      else this.#view.setUint32(at, NAN_BITS[dtype], true);
    }
    this.#narrow[side] = dtype;
  }

  #widen(side: 'a' | 'b', whole: number): void {
    const dtype = this.#narrow[side];
    if (dtype) this.#exports[`widen${dtype}`](STORED[side], PLACES[side], whole);
    this.#narrow[side] = null;
  }

  pairs(count: number): PairSums {
    const whole = upTo(count);
    const { a, b } = this.#narrow;
    if (a && a === b) this.#exports[`pairs${a}`](STORED.a, STORED.b, whole, PLACES.out);
    else {
      this.#widen('a', whole);
      this.#widen('b', whole);
      this.#exports.pairs(PLACES.a, PLACES.b, whole, PLACES.out);
    }
    const [equal, finite, aa, bb, ab, dd] = this.#out;
    return { equal: equal! - (whole - count), finite: finite!, aa: aa!, bb: bb!, ab: ab!, dd: dd! };
  }

  range(count: number): RangeSums {
    const whole = upTo(count);
    this.#widen('a', whole);
    this.#exports.range(PLACES.a, whole, PLACES.out);
    const [nan, zeros, finite, least, greatest, sum, squares] = this.#out;
    return {
      nan: nan! - (whole - count),
      zeros: zeros!,
      finite: finite!,
      least: unsigned(least!),
      greatest: unsigned(greatest!),
      sum: sum!,
      squares: squares!,
    };
  }

  around(count: number, mean: number, from: number, scale: number, counts: Float64Array): number {
    this.#counts.fill(0);
    this.#widen('a', upTo(count));
    const squares = this.#exports.around(
      ...([PLACES.a, upTo(count), mean, from, scale, PLACES.counts, BINS] as const),
    );
    for (let lane = 0; lane < LANES; lane++)
      for (let bin = 0; bin < BINS; bin++) counts[bin]! += this.#counts[LANE_COUNTS * lane + bin]!;
    return squares;
  }
}

let kernel: ValueKernel | undefined;

/** The WebAssembly kernel where it runs, otherwise the other one. */
export function valueKernel(): ValueKernel {
  if (kernel) return kernel;
  try {
    kernel = new WasmValueKernel();
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    kernel = new ReferenceValueKernel();
  }
  return kernel;
}

/**
 * Passes a chunk to the kernel in blocks of a fixed number of values, so that sums have the same bits everywhere.
 * @param use called with the number of values that the kernel has taken.
 */
export function inRuns(
  { count }: Chunk,
  sides: readonly (readonly [side: 'a' | 'b', dtype: DecodableDType, bytes: Uint8Array])[],
  kernel: ValueKernel,
  use: (count: number) => void,
): void {
  for (let from = 0; from < count; from += RUN) {
    const taken = Math.min(RUN, count - from);
    for (const [side, dtype, bytes] of sides) {
      const size = DTYPE_BITS[dtype] / 8;
      kernel.take(side, dtype, bytes.subarray(size * from, size * (from + taken)), taken);
    }
    use(taken);
  }
}
