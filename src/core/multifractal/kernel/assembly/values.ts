/**
 * Sums over runs of values, four at a time; src/core/compare/valueKernel.ts has the same operations in TypeScript. Change both
 * together. Runs are filled up to a multiple of four with NaN.
 */

/**
 * Four stored values as float32: T is u16 for float16, i16 for bfloat16, and f32. Exponents of float16 begin 112 lower; its
 * infinity comes out as 2^16, and its NaN as something larger.
 */
@inline function four<T>(from: usize): v128 {
  if (isFloat<T>()) return v128.load(from);
  if (isSigned<T>()) return i32x4.shl(v128.load16x4_u(from), 16);
  // The sign is extended, so that it is in place where the other bits are; its copies between go.
  const bits = v128.and(i32x4.shl(v128.load16x4_s(from), 13), i32x4.splat(0x8fffe000));
  return f32x4.mul(bits, f32x4.splat(reinterpret<f32>(0x77800000))); // 2^112
}

/** What infinity comes out as, as bits. */
@inline function infinityOf<T>(): i32 {
  return isFloat<T>() || isSigned<T>() ? 0x7f800000 : 0x47800000;
}

export function widenF16(from: usize, to: usize, count: i32): void {
  const size = i32x4.splat(0x7fffffff);
  const largest = i32x4.splat(infinityOf<u16>() - 1);
  const infinite = i32x4.splat(0x7f800000);
  for (let i = 0; i < count; i += 4, from += 8, to += 32) {
    const value = four<u16>(from);
    widened(v128.or(value, v128.and(i32x4.gt_s(v128.and(value, size), largest), infinite)), to);
  }
}

export function widenBF16(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 8, to += 32) widened(four<i16>(from), to);
}

export function widenF32(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 32) widened(four<f32>(from), to);
}

@inline function widened(values: v128, to: usize): void {
  v128.store(to, f64x2.promote_low_f32x4(values));
  v128.store(to, upper(values), 16);
}

@inline function upper(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 0, 1));
}

@inline function sumOf(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

@inline function countOf(low: v128, high: v128): f64 {
  const both = i64x2.add(low, high);
  return <f64>(i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1));
}

/** How many are equal and how many have a finite difference; of these Σa², Σb², Σab and Σ(b − a)². */
export function pairs(a: usize, b: usize, count: i32, out: usize): void {
  const zero = f64x2.splat(0);
  let equal0 = zero, equal1 = zero, finite0 = zero, finite1 = zero;
  let aa0 = zero, aa1 = zero, bb0 = zero, bb1 = zero;
  let ab0 = zero, ab1 = zero, dd0 = zero, dd1 = zero;
  for (let i = 0; i < count; i += 4, a += 32, b += 32) {
    let x = v128.load(a);
    let y = v128.load(b);
    let d = f64x2.sub(y, x);
    let finite = f64x2.eq(f64x2.sub(d, d), zero);
    finite0 = i64x2.sub(finite0, finite);
    equal0 = i64x2.sub(equal0, same(x, y));
    x = v128.and(x, finite);
    y = v128.and(y, finite);
    d = v128.and(d, finite);
    aa0 = f64x2.add(aa0, f64x2.mul(x, x));
    bb0 = f64x2.add(bb0, f64x2.mul(y, y));
    ab0 = f64x2.add(ab0, f64x2.mul(x, y));
    dd0 = f64x2.add(dd0, f64x2.mul(d, d));
    x = v128.load(a, 16);
    y = v128.load(b, 16);
    d = f64x2.sub(y, x);
    finite = f64x2.eq(f64x2.sub(d, d), zero);
    finite1 = i64x2.sub(finite1, finite);
    equal1 = i64x2.sub(equal1, same(x, y));
    x = v128.and(x, finite);
    y = v128.and(y, finite);
    d = v128.and(d, finite);
    aa1 = f64x2.add(aa1, f64x2.mul(x, x));
    bb1 = f64x2.add(bb1, f64x2.mul(y, y));
    ab1 = f64x2.add(ab1, f64x2.mul(x, y));
    dd1 = f64x2.add(dd1, f64x2.mul(d, d));
  }
  store<f64>(out, countOf(equal0, equal1));
  store<f64>(out, countOf(finite0, finite1), 8);
  store<f64>(out, sumOf(aa0, aa1), 16);
  store<f64>(out, sumOf(bb0, bb1), 24);
  store<f64>(out, sumOf(ab0, ab1), 32);
  store<f64>(out, sumOf(dd0, dd1), 40);
}

/**
 * The same of two runs of one narrow type as they are stored. In float64 none of their differences is infinite, so that what is
 * not finite is recognized by its bits, four at a time, and looked at only where there is any.
 */
@inline function narrowPairs<T>(a: usize, b: usize, count: i32, out: usize): void {
  const size = i32x4.splat(0x7fffffff);
  const infinite = i32x4.splat(infinityOf<T>());
  const largest = i32x4.splat(infinityOf<T>() - 1);
  const zero = f64x2.splat(0);
  let equal = i32x4.splat(0);
  let finite = count;
  let aa0 = zero, aa1 = zero, bb0 = zero, bb1 = zero;
  let ab0 = zero, ab1 = zero, dd0 = zero, dd1 = zero;
  const step: usize = 4 * sizeof<T>();
  for (let i = 0; i < count; i += 4, a += step, b += step) {
    let x = four<T>(a);
    let y = four<T>(b);
    equal = i32x4.sub(equal, f32x4.eq(x, y));
    const sizeX = v128.and(x, size);
    const sizeY = v128.and(y, size);
    const other = i32x4.gt_s(i32x4.max_s(sizeX, sizeY), largest);
    if (v128.any_true(other)) {
      finite -= popcnt(i32x4.bitmask(other));
      const bothNaN = v128.and(i32x4.gt_s(sizeX, infinite), i32x4.gt_s(sizeY, infinite));
      equal = i32x4.sub(equal, v128.andnot(bothNaN, f32x4.eq(x, y)));
      x = v128.andnot(x, other);
      y = v128.andnot(y, other);
    }
    let p = f64x2.promote_low_f32x4(x);
    let q = f64x2.promote_low_f32x4(y);
    let d = f64x2.sub(q, p);
    aa0 = f64x2.add(aa0, f64x2.mul(p, p));
    bb0 = f64x2.add(bb0, f64x2.mul(q, q));
    ab0 = f64x2.add(ab0, f64x2.mul(p, q));
    dd0 = f64x2.add(dd0, f64x2.mul(d, d));
    p = upper(x);
    q = upper(y);
    d = f64x2.sub(q, p);
    aa1 = f64x2.add(aa1, f64x2.mul(p, p));
    bb1 = f64x2.add(bb1, f64x2.mul(q, q));
    ab1 = f64x2.add(ab1, f64x2.mul(p, q));
    dd1 = f64x2.add(dd1, f64x2.mul(d, d));
  }
  const even = i32x4.extract_lane(equal, 0) + i32x4.extract_lane(equal, 2);
  store<f64>(out, <f64>(even + i32x4.extract_lane(equal, 1) + i32x4.extract_lane(equal, 3)));
  store<f64>(out, <f64>finite, 8);
  store<f64>(out, sumOf(aa0, aa1), 16);
  store<f64>(out, sumOf(bb0, bb1), 24);
  store<f64>(out, sumOf(ab0, ab1), 32);
  store<f64>(out, sumOf(dd0, dd1), 40);
}

export function pairsF16(a: usize, b: usize, count: i32, out: usize): void {
  narrowPairs<u16>(a, b, count, out);
}

export function pairsBF16(a: usize, b: usize, count: i32, out: usize): void {
  narrowPairs<i16>(a, b, count, out);
}

export function pairsF32(a: usize, b: usize, count: i32, out: usize): void {
  narrowPairs<f32>(a, b, count, out);
}

/** Equal, or both NaN. */
@inline function same(x: v128, y: v128): v128 {
  return v128.or(f64x2.eq(x, y), v128.and(f64x2.ne(x, x), f64x2.ne(y, y)));
}

/** How many are NaN, 0 and finite; of these the least, the greatest, Σa and Σa². */
export function range(a: usize, count: i32, out: usize): void {
  const zero = f64x2.splat(0);
  const above = f64x2.splat(Infinity);
  const below = f64x2.splat(-Infinity);
  let nan0 = zero, nan1 = zero, zeros0 = zero, zeros1 = zero, finite0 = zero, finite1 = zero;
  let sum0 = zero, sum1 = zero, squares0 = zero, squares1 = zero;
  let least = above, greatest = below;
  for (let i = 0; i < count; i += 4, a += 32) {
    let x = v128.load(a);
    let finite = f64x2.eq(f64x2.sub(x, x), zero);
    finite0 = i64x2.sub(finite0, finite);
    nan0 = i64x2.sub(nan0, f64x2.ne(x, x));
    zeros0 = i64x2.sub(zeros0, f64x2.eq(x, zero));
    least = f64x2.pmin(least, v128.bitselect(x, above, finite));
    greatest = f64x2.pmax(greatest, v128.bitselect(x, below, finite));
    x = v128.and(x, finite);
    sum0 = f64x2.add(sum0, x);
    squares0 = f64x2.add(squares0, f64x2.mul(x, x));
    x = v128.load(a, 16);
    finite = f64x2.eq(f64x2.sub(x, x), zero);
    finite1 = i64x2.sub(finite1, finite);
    nan1 = i64x2.sub(nan1, f64x2.ne(x, x));
    zeros1 = i64x2.sub(zeros1, f64x2.eq(x, zero));
    least = f64x2.pmin(least, v128.bitselect(x, above, finite));
    greatest = f64x2.pmax(greatest, v128.bitselect(x, below, finite));
    x = v128.and(x, finite);
    sum1 = f64x2.add(sum1, x);
    squares1 = f64x2.add(squares1, f64x2.mul(x, x));
  }
  store<f64>(out, countOf(nan0, nan1));
  store<f64>(out, countOf(zeros0, zeros1), 8);
  store<f64>(out, countOf(finite0, finite1), 16);
  store<f64>(out, min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)), 24);
  store<f64>(out, max(f64x2.extract_lane(greatest, 0), f64x2.extract_lane(greatest, 1)), 32);
  store<f64>(out, sumOf(sum0, sum1), 40);
  store<f64>(out, sumOf(squares0, squares1), 48);
}

/** Counters of one lane: a histogram, and one for what is not finite. */
const LANE_SHIFT: i32 = 9;

/**
 * Adds the finite values to histograms, one for each lane, which are bins of 32 bits every 512 bytes; to none where scale is 0.
 * @returns Σ(a − mean)² of them.
 */
export function around(
  a: usize, count: i32, mean: f64, from: f64, scale: f64, counts: usize, bins: i32,
): f64 {
  const zero = f64x2.splat(0);
  const center = f64x2.splat(mean);
  const first = f64x2.splat(from);
  const perUnit = f64x2.splat(scale);
  const last = i32x4.splat(bins - 1);
  const none = i32x4.splat(0);
  const nowhere = i32x4.splat(bins);
  let squares0 = zero, squares1 = zero;
  for (let i = 0; i < count; i += 4, a += 32) {
    const x = v128.load(a);
    const y = v128.load(a, 16);
    const finiteX = f64x2.eq(f64x2.sub(x, x), zero);
    const finiteY = f64x2.eq(f64x2.sub(y, y), zero);
    const dx = v128.and(f64x2.sub(x, center), finiteX);
    const dy = v128.and(f64x2.sub(y, center), finiteY);
    squares0 = f64x2.add(squares0, f64x2.mul(dx, dx));
    squares1 = f64x2.add(squares1, f64x2.mul(dy, dy));
    if (scale == 0) continue;
    const binX = i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.sub(x, first), perUnit));
    const binY = i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.sub(y, first), perUnit));
    const both = i32x4.max_s(i32x4.min_s(v128.shuffle<i32>(binX, binY, 0, 1, 4, 5), last), none);
    const at = v128.bitselect(both, nowhere, v128.shuffle<i32>(finiteX, finiteY, 0, 2, 4, 6));
    addOne(counts, i32x4.extract_lane(at, 0), 0);
    addOne(counts, i32x4.extract_lane(at, 1), 1);
    addOne(counts, i32x4.extract_lane(at, 2), 2);
    addOne(counts, i32x4.extract_lane(at, 3), 3);
  }
  return sumOf(squares0, squares1);
}

@inline function addOne(counts: usize, bin: i32, lane: i32): void {
  const at = counts + (<usize>bin << 2) + (<usize>lane << LANE_SHIFT);
  store<u32>(at, load<u32>(at) + 1);
}
