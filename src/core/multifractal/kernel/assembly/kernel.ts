// The inner loops of counting, in AssemblyScript. `reference.ts` is the same in TypeScript and gives the same bits: change
// both together. Only integers and + − × ÷ here: logarithms and powers come from tables the caller fills in, so
// the numbers do not depend on an engine's own log or pow.
//
// Memory is laid out by the caller (wasmKernel.ts); the lookup tables and the counters in hand have fixed places,
// so that their addresses fold into the instructions.

/** Radius codes of 16-bit patterns, with their sign so that a pattern is an index as it is loaded: 65,536 bytes. */
const CODES16: usize = 0x10000;
/** Packed thresholds of 32-bit patterns without their sign, by their upper 19 bits: 2 MiB. */
const CODES32: usize = 0x20000;
/** Counters in hand, small enough for the first-level cache: 16 KiB. */
const LOCAL: usize = 0x220000;
/** Codes that a counter row of one byte per weight holds. */
const CODES: i32 = 256;

@inline function code16(pattern: u16): usize {
  return <usize>load<u8>(<usize>pattern, 0x10000);
}

@inline function code32(bits: u32): usize {
  return <usize>((load<u32>((<usize>((bits & 0x7fffffff) >> 12)) << 2, 0x20000) - (bits & 4095)) >> 12);
}

// ---- rows as nodes: four interleaved histograms, so that equal neighbors do not wait for each other

@inline function tally0(code: usize): void {
  const at = code << 2;
  store<u32>(at, load<u32>(at, 0x220000) + 1, 0x220000);
}
@inline function tally1(code: usize): void {
  const at = code << 2;
  store<u32>(at, load<u32>(at, 0x220400) + 1, 0x220400);
}
@inline function tally2(code: usize): void {
  const at = code << 2;
  store<u32>(at, load<u32>(at, 0x220800) + 1, 0x220800);
}
@inline function tally3(code: usize): void {
  const at = code << 2;
  store<u32>(at, load<u32>(at, 0x220c00) + 1, 0x220c00);
}

/** Adds the four histograms to one row of counts and clears them. */
function gather(counts: usize): void {
  const zero = i32x4.splat(0);
  let local = LOCAL;
  for (let i = 0; i < CODES; i += 4) {
    const low = i32x4.add(v128.load(local), v128.load(local, 0x400));
    const high = i32x4.add(v128.load(local, 0x800), v128.load(local, 0xc00));
    v128.store(counts, i32x4.add(v128.load(counts), i32x4.add(low, high)));
    v128.store(local, zero);
    v128.store(local, zero, 0x400);
    v128.store(local, zero, 0x800);
    v128.store(local, zero, 0xc00);
    counts += 16;
    local += 16;
  }
}

/** counts[row][code] += elements of the row with that code. */
export function rows16(src: usize, rows: i32, columns: i32, counts: usize): void {
  let p = src;
  for (let row = 0; row < rows; row++) {
    const end = p + (<usize>columns << 1);
    while (p + 8 <= end) {
      tally0(code16(load<u16>(p)));
      tally1(code16(load<u16>(p, 2)));
      tally2(code16(load<u16>(p, 4)));
      tally3(code16(load<u16>(p, 6)));
      p += 8;
    }
    for (; p < end; p += 2) tally0(code16(load<u16>(p)));
    gather(counts + (<usize>row << 10));
  }
}

export function rows32(src: usize, rows: i32, columns: i32, counts: usize): void {
  let p = src;
  for (let row = 0; row < rows; row++) {
    const end = p + (<usize>columns << 2);
    while (p + 16 <= end) {
      tally0(code32(load<u32>(p)));
      tally1(code32(load<u32>(p, 4)));
      tally2(code32(load<u32>(p, 8)));
      tally3(code32(load<u32>(p, 12)));
      p += 16;
    }
    for (; p < end; p += 4) tally0(code32(load<u32>(p)));
    gather(counts + (<usize>row << 10));
  }
}

// ---- columns as nodes: 32 columns at a time with 16-bit counters, the rows walked once per 32

@inline function bump(code: usize, column: usize): void {
  const at = column + (code << 1);
  store<u16>(at, load<u16>(at, 0x220000) + 1, 0x220000);
}

@inline function four16(p: usize, column: usize): void {
  bump(code16(load<u16>(p)), column);
  bump(code16(load<u16>(p, 2)), column + 0x200);
  bump(code16(load<u16>(p, 4)), column + 0x400);
  bump(code16(load<u16>(p, 6)), column + 0x600);
}

@inline function four32(p: usize, column: usize): void {
  bump(code32(load<u32>(p)), column);
  bump(code32(load<u32>(p, 4)), column + 0x200);
  bump(code32(load<u32>(p, 8)), column + 0x400);
  bump(code32(load<u32>(p, 12)), column + 0x600);
}

/** Adds the 16-bit counters of `columns` columns to their rows of counts and clears them. */
function spill(columns: i32, counts: usize): void {
  const zero = i16x8.splat(0);
  let local = LOCAL;
  for (let i = 0; i < columns * CODES; i += 8) {
    const v = v128.load(local);
    v128.store(local, zero);
    v128.store(counts, i32x4.add(v128.load(counts), i32x4.extend_low_i16x8_u(v)));
    v128.store(counts, i32x4.add(v128.load(counts, 16), i32x4.extend_high_i16x8_u(v)), 16);
    local += 16;
    counts += 32;
  }
}

/** counts[column][code] += elements of the column with that code. At most 65,535 rows. */
export function columns16(src: usize, rows: i32, columns: i32, counts: usize): void {
  const stride = <usize>columns << 1;
  let column = 0;
  for (; column + 32 <= columns; column += 32) {
    let p = src + (<usize>column << 1);
    for (let row = 0; row < rows; row++) {
      four16(p, 0);
      four16(p + 8, 0x800);
      four16(p + 16, 0x1000);
      four16(p + 24, 0x1800);
      four16(p + 32, 0x2000);
      four16(p + 40, 0x2800);
      four16(p + 48, 0x3000);
      four16(p + 56, 0x3800);
      p += stride;
    }
    spill(32, counts + (<usize>column << 10));
  }
  if (column === columns) return;
  const rest = columns - column;
  let p = src + (<usize>column << 1);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < rest; i++) bump(code16(load<u16>(p + (<usize>i << 1))), <usize>i << 9);
    p += stride;
  }
  spill(rest, counts + (<usize>column << 10));
}

export function columns32(src: usize, rows: i32, columns: i32, counts: usize): void {
  const stride = <usize>columns << 2;
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    let p = src + (<usize>column << 2);
    for (let row = 0; row < rows; row++) {
      four32(p, 0);
      four32(p + 16, 0x800);
      four32(p + 32, 0x1000);
      four32(p + 48, 0x1800);
      p += stride;
    }
    spill(16, counts + (<usize>column << 10));
  }
  if (column === columns) return;
  const rest = columns - column;
  let p = src + (<usize>column << 2);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < rest; i++) bump(code32(load<u32>(p + (<usize>i << 2))), <usize>i << 9);
    p += stride;
  }
  spill(rest, counts + (<usize>column << 10));
}

// ---- codes that have been looked up before: any number of them, and matrices with several kernel positions

/** counts[row][code] += codes of the row. @param src u16 [rows][columns] @param counts u32 [rows][codes] */
export function rowsOfCodes(src: usize, rows: i32, columns: i32, counts: usize, codes: i32): void {
  let p = src;
  for (let row = 0; row < rows; row++) {
    const end = p + (<usize>columns << 1);
    for (; p < end; p += 2) increment(counts, <usize>load<u16>(p), 1);
    counts += <usize>codes << 2;
  }
}

/** counts[column][code] += codes of the column. @param src u16 [rows][columns][size] @param counts u32 [columns][codes] */
export function columnsOfCodes(
  src: usize,
  rows: i32,
  columns: i32,
  size: i32,
  counts: usize,
  codes: i32,
): void {
  let p = src;
  for (let row = 0; row < rows; row++) {
    let at = counts;
    for (let column = 0; column < columns; column++) {
      const end = p + (<usize>size << 1);
      for (; p < end; p += 2) increment(at, <usize>load<u16>(p), 1);
      at += <usize>codes << 2;
    }
  }
}

// ---- bit patterns, for the exact median: two histograms in turn, so that equal neighbors do not wait for each other

@inline function increment(histogram: usize, index: usize, by: u32): void {
  const at = histogram + (index << 2);
  store<u32>(at, load<u32>(at) + by);
}

/** counts[pattern without its sign] += elements with it. `counts` are two histograms of 32,768. */
export function patterns16(src: usize, elements: i32, counts: usize): void {
  const other = counts + 0x20000;
  const end = src + (<usize>elements << 1);
  let p = src;
  while (p + 8 <= end) {
    const x = load<u64>(p);
    increment(counts, <usize>(x & 0x7fff), 1);
    increment(other, <usize>((x >> 16) & 0x7fff), 1);
    increment(counts, <usize>((x >> 32) & 0x7fff), 1);
    increment(other, <usize>((x >> 48) & 0x7fff), 1);
    p += 8;
  }
  for (; p < end; p += 2) increment(counts, <usize>(load<u16>(p) & 0x7fff), 1);
}

/** counts[cell] += elements other than 0 in that cell of 32,768 patterns. `counts` are two histograms of 65,536. */
export function cells32(src: usize, elements: i32, counts: usize): void {
  const other = counts + 0x40000;
  const end = src + (<usize>elements << 2);
  let p = src;
  while (p + 8 <= end) {
    const x = load<u32>(p) & 0x7fffffff;
    const y = load<u32>(p, 4) & 0x7fffffff;
    increment(counts, <usize>(x >> 15), u32(x !== 0));
    increment(other, <usize>(y >> 15), u32(y !== 0));
    p += 8;
  }
  if (p < end) {
    const x = load<u32>(p) & 0x7fffffff;
    increment(counts, <usize>(x >> 15), u32(x !== 0));
  }
}

/** counts[lower 15 bits] += elements of that cell. `counts` is one histogram of 32,768. */
export function within32(src: usize, elements: i32, cell: u32, counts: usize): void {
  const end = src + (<usize>elements << 2);
  for (let p = src; p < end; p += 4) {
    const x = load<u32>(p) & 0x7fffffff;
    if (x >> 15 === cell) increment(counts, <usize>(x & 0x7fff), 1);
  }
}

// ---- digest of rows: eight lanes of 64 bits. Each is a chain of one-to-one steps, so that one changed word always shows.
// A multiplication carries upward only, so a change that comes to its highest bit does not spread: each word enters
// two lanes that rotate by different numbers of bits.

/** A stripe that a row does not fill, padded with zeros. */
const TAIL: usize = 0x22a000;
const STRIPE: usize = 64;
const P1: u64 = 0x9e3779b97f4a7c15;
const P2: u64 = 0xbf58476d1ce4e5b9;
const P3: u64 = 0x94d049bb133111eb;

@inline function even(lane: u64, word: u64, next: u64): u64 {
  return rotl<u64>(lane ^ word, 29) * P1 + next;
}

@inline function odd(lane: u64, word: u64, next: u64): u64 {
  return rotl<u64>(lane ^ word, 41) * P1 + next;
}

@inline function joined(sum: u64, lane: u64): u64 {
  return rotl<u64>(sum ^ lane, 31) * P2;
}

/** The last steps of splitmix64 (Steele, Lea & Flood 2014). */
@inline function mixed(x: u64): u64 {
  x = (x ^ (x >> 30)) * P2;
  x = (x ^ (x >> 27)) * P3;
  return x ^ (x >> 31);
}

/** Puts the bytes from `p` to `end`, fewer than a stripe, into the tail. */
function padStripe(p: usize, end: usize): void {
  for (let i: usize = 0; i < STRIPE; i += 8) store<u64>(TAIL + i, 0);
  for (let i: usize = 0; p + i < end; i++) store<u8>(TAIL + i, load<u8>(p + i));
}

/**
 * Adds 128 bits of each row to `sums`, two u64.
 * @param seed of the first row; each row has P1 more than the one before.
 */
export function digestRows(src: usize, rows: i32, rowBytes: i32, seed: u64, sums: usize): void {
  let first: u64 = load<u64>(sums);
  let second: u64 = load<u64>(sums, 8);
  let p = src;
  for (let row = 0; row < rows; row++) {
    const end = p + <usize>rowBytes;
    let a = seed + 1;
    let b = seed + 2;
    let c = seed + 3;
    let d = seed + 4;
    let e = seed + 5;
    let f = seed + 6;
    let g = seed + 7;
    let h = seed + 8;
    while (p < end) {
      let from = p;
      p += STRIPE;
      if (p > end) {
        padStripe(from, end);
        from = TAIL;
      }
      a = even(a, load<u64>(from), load<u64>(from, 8));
      b = odd(b, load<u64>(from, 8), load<u64>(from, 16));
      c = even(c, load<u64>(from, 16), load<u64>(from, 24));
      d = odd(d, load<u64>(from, 24), load<u64>(from, 32));
      e = even(e, load<u64>(from, 32), load<u64>(from, 40));
      f = odd(f, load<u64>(from, 40), load<u64>(from, 48));
      g = even(g, load<u64>(from, 48), load<u64>(from, 56));
      h = odd(h, load<u64>(from, 56), load<u64>(from));
    }
    p = end;
    const low = joined(joined(joined(joined(seed, a), b), c), d);
    const high = joined(joined(joined(joined(<u64>rowBytes, e), f), g), h);
    first += mixed(joined(mixed(low), high));
    second += mixed(joined(mixed(high), low));
    seed += P1;
  }
  store<u64>(sums, first);
  store<u64>(sums, second, 8);
}

// ---- drawn weights

/** Each f32 x becomes offset + factor · x, computed as f64. */
export function scale32(src: usize, elements: i32, offset: f64, factor: f64): void {
  const add = f64x2.splat(offset);
  const by = f64x2.splat(factor);
  const end = src + (<usize>elements << 2);
  let p = src;
  for (; p + 8 <= end; p += 8) {
    const wide = v128.promote_low(v128.load64_zero(p));
    v128.store64_lane(p, v128.demote_zero(f64x2.add(add, f64x2.mul(by, wide))), 0);
  }
  if (p < end) store<f32>(p, <f32>(offset + factor * <f64>load<f32>(p)));
}

// ---- from counts to partition sums, one block of at most 256 sources at a time

/** Places in `scratch`. */
const ROW: usize = 0; // u32 [256 nodes]: where the counts of each are
const REACHED: usize = 0x400; // u32 [256 nodes]: N up to the codes in hand
const LN_M: usize = 0x800; // f64 [256 nodes], as the next four
const UP_M: usize = 0x1000;
const DOWN_M: usize = 0x1800;
const UP: usize = 0x2000;
const DOWN: usize = 0x2800;
const UP_SUMS: usize = 0x3000; // v128 per order, at most 1,024
const DOWN_SUMS: usize = 0x7000;
const EDGES: usize = 0xb000; // u32 [256 radii]: not 0 where any node has an edge
const REACH: usize = 0xb400; // u32 [256 radii][256 nodes]

/** Codes that go together; one or two more where they share a radius. */
const TILE: i32 = 254;

@inline function radiusAt(radius: usize, code: i32): usize {
  return <usize>load<u16>(radius + (<usize>code << 1));
}

/**
 * Adds one block of sources to the sums on the whole grid of radii.
 *
 * @param counts u32 [sources][codes]
 * @param first, last the codes that are edges of the spectrum
 * @param radius u16 [codes]: the radius of each code; every radius 1 … bins occurs, in order
 * @param powers f64 [N][3]: ln N, N^step, N^-step
 * @param up, down moment orders above and below 0
 * @param z f64 [bins + 1][down + 1 + up], added to; `logSum`, `occupied` f64 [bins + 1], added to
 * @param degrees u32 [sources], written: kept edges of every source
 * @returns nodes of the block
 */
export function foldBlock(
  counts: usize,
  codes: i32,
  sources: i32,
  first: i32,
  last: i32,
  radius: usize,
  minEdges: u32,
  powers: usize,
  up: i32,
  down: i32,
  z: usize,
  logSum: usize,
  occupied: usize,
  degrees: usize,
  scratch: usize,
): i32 {
  let nodes = 0;
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    let degree: u32 = 0;
    for (let code = first; code <= last; code++) degree += load<u32>(row + (<usize>code << 2));
    store<u32>(degrees + (<usize>source << 2), degree);
    if (degree <= minEdges) continue;
    const m = powers + <usize>(degree + 1) * 24;
    const at = scratch + (<usize>nodes << 3);
    store<u32>(scratch + (<usize>nodes << 2), <u32>row, ROW);
    store<u32>(scratch + (<usize>nodes << 2), 1, REACHED);
    store<f64>(at, load<f64>(m), LN_M);
    store<f64>(at, load<f64>(m, 8), UP_M);
    store<f64>(at, load<f64>(m, 16), DOWN_M);
    nodes++;
  }
  if (nodes === 0) return 0;
  // Nodes go in groups of eight; what fills the last group adds nothing.
  const padded = (nodes + 7) & ~7;
  for (let node = nodes; node < padded; node++) {
    store<f64>(scratch + (<usize>node << 3), 0, UP);
    store<f64>(scratch + (<usize>node << 3), 0, DOWN);
  }
  const orders = <usize>(down + 1 + up);
  let logs: f64 = 0;
  let begun = false;
  for (let from = first, to = 0; from <= last; from = to) {
    to = min(from + TILE, last + 1);
    while (to <= last && radiusAt(radius, to) === radiusAt(radius, to - 1)) to++;
    const lowest = radiusAt(radius, from);
    const highest = radiusAt(radius, to - 1);
    reachOfTile(nodes, from, to, radius, occupied, scratch);
    for (let r = lowest; r <= highest; r++) {
      // Where no node has an edge, all is as at the radius before.
      if (!begun || load<u32>(scratch + ((r - lowest) << 2), EDGES) > 0) {
        begun = true;
        logs = 0;
        const reach = scratch + ((r - lowest) << 10);
        for (let node = 0; node < nodes; node++) {
          const n = powers + <usize>load<u32>(reach + (<usize>node << 2), REACH) * 24;
          const at = scratch + (<usize>node << 3);
          logs += load<f64>(n) - load<f64>(at, LN_M);
          store<f64>(at, load<f64>(n, 8) * load<f64>(at, DOWN_M), UP);
          store<f64>(at, load<f64>(n, 16) * load<f64>(at, UP_M), DOWN);
        }
        powerSums(scratch + UP, padded, up, scratch + UP_SUMS);
        powerSums(scratch + DOWN, padded, down, scratch + DOWN_SUMS);
      }
      const zero = z + ((r * orders + <usize>down) << 3);
      store<f64>(zero, load<f64>(zero) + <f64>nodes);
      for (let k = 1; k <= up; k++) addLanes(scratch + UP_SUMS + (<usize>k << 4), zero + (<usize>k << 3));
      for (let k = 1; k <= down; k++) addLanes(scratch + DOWN_SUMS + (<usize>k << 4), zero - (<usize>k << 3));
      store<f64>(logSum + (r << 3), load<f64>(logSum + (r << 3)) + logs);
    }
  }
  return nodes;
}

/** N of every node at the radii of codes `from` … `to` (excluded), and the edges at each. */
function reachOfTile(
  nodes: i32,
  from: i32,
  to: i32,
  radius: usize,
  occupied: usize,
  scratch: usize,
): void {
  const lowest = radiusAt(radius, from);
  const radii = radiusAt(radius, to - 1) - lowest + 1;
  for (let r: usize = 0; r < radii; r++) store<u32>(scratch + (r << 2), 0, EDGES);
  for (let node = 0; node < nodes; node++) {
    const place = scratch + (<usize>node << 2);
    const row = <usize>load<u32>(place, ROW);
    let reached = load<u32>(place, REACHED);
    for (let code = from; code < to; code++) {
      const edges = load<u32>(row + (<usize>code << 2));
      const r = radiusAt(radius, code);
      const tile = r - lowest;
      reached += edges;
      store<u32>(place + (tile << 10), reached, REACH);
      store<u32>(scratch + (tile << 2), load<u32>(scratch + (tile << 2), EDGES) | edges, EDGES);
      store<f64>(occupied + (r << 3), load<f64>(occupied + (r << 3)) + <f64>edges);
    }
    store<u32>(place, reached, REACHED);
  }
}

@inline function addLanes(from: usize, to: usize): void {
  store<f64>(to, load<f64>(to) + lanes(v128.load(from)));
}

/** sums[k] = Σ base^k for k = 1 … orders, even nodes in the first lane, odd ones in the second. */
function powerSums(base: usize, padded: i32, orders: i32, sums: usize): void {
  const zero = f64x2.splat(0);
  for (let k = 1; k <= orders; k++) v128.store(sums + (<usize>k << 4), zero);
  for (let node = 0; node < padded; node += 8) {
    const at = base + (<usize>node << 3);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    let pa = a;
    let pb = b;
    let pc = c;
    let pd = d;
    let sum = sums + 16;
    for (let k = 1; k <= orders; k++) {
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.add(f64x2.add(pa, pb), f64x2.add(pc, pd))));
      pa = f64x2.mul(pa, a);
      pb = f64x2.mul(pb, b);
      pc = f64x2.mul(pc, c);
      pd = f64x2.mul(pd, d);
      sum += 16;
    }
  }
}

/** Places in `scratch` of {@link dimensions}: the points of one source, at most 256 and what fills up the last four. */
const POINT_X: usize = 0;
const POINT_Y: usize = 0x820;

/**
 * The fractal dimension of every source: the slope of ln N on ln r over its own radii; NaN where it has too few edges or
 * fewer than two radii. Codes of radius 0 raise the count but are no point. Which codes have edges follows no pattern
 * that a processor could guess: a point is written in any case, and kept by moving on. Sums run in four lanes, by the
 * points' number modulo 4.
 *
 * @param counts u32 [sources][codes]
 * @param radius u16 [codes]: the radius of each code; codes that share one follow each other
 * @param logs f64 [N]: ln N
 * @param out f64 [sources], written
 */
export function dimensions(
  counts: usize,
  codes: i32,
  sources: i32,
  first: i32,
  last: i32,
  radius: usize,
  minEdges: u32,
  logs: usize,
  out: usize,
  scratch: usize,
): void {
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    let reached: u32 = 1;
    let pending: u32 = 0;
    let end = scratch;
    for (let code = first; code <= last; code++) {
      const edges = load<u32>(row + (<usize>code << 2));
      const r = radiusAt(radius, code);
      reached += edges;
      pending |= u32(edges > 0) & u32(r > 0);
      // Two codes may share a radius: the point is complete with the last of them.
      if (code < last && radiusAt(radius, code + 1) === r) continue;
      store<f64>(end, load<f64>(logs + (r << 3)), POINT_X);
      store<f64>(end, load<f64>(logs + (<usize>reached << 3)), POINT_Y);
      end += <usize>pending << 3;
      pending = 0;
    }
    const points = (end - scratch) >> 3;
    let slope: f64 = NaN;
    if (reached - 1 > minEdges && points >= 2) {
      fillUp(end, 0, 0);
      let x0 = f64x2.splat(0);
      let x1 = x0;
      let y0 = x0;
      let y1 = x0;
      for (let at = scratch; at < end; at += 32) {
        x0 = f64x2.add(x0, v128.load(at, POINT_X));
        x1 = f64x2.add(x1, v128.load(at, POINT_X + 16));
        y0 = f64x2.add(y0, v128.load(at, POINT_Y));
        y1 = f64x2.add(y1, v128.load(at, POINT_Y + 16));
      }
      const meanX = lanes(f64x2.add(x0, x1)) / <f64>points;
      const meanY = lanes(f64x2.add(y0, y1)) / <f64>points;
      fillUp(end, meanX, meanY);
      const mx = f64x2.splat(meanX);
      const my = f64x2.splat(meanY);
      let xx0 = f64x2.splat(0);
      let xx1 = xx0;
      let xy0 = xx0;
      let xy1 = xx0;
      for (let at = scratch; at < end; at += 32) {
        const a = f64x2.sub(v128.load(at, POINT_X), mx);
        const b = f64x2.sub(v128.load(at, POINT_X + 16), mx);
        xx0 = f64x2.add(xx0, f64x2.mul(a, a));
        xx1 = f64x2.add(xx1, f64x2.mul(b, b));
        xy0 = f64x2.add(xy0, f64x2.mul(a, f64x2.sub(v128.load(at, POINT_Y), my)));
        xy1 = f64x2.add(xy1, f64x2.mul(b, f64x2.sub(v128.load(at, POINT_Y + 16), my)));
      }
      slope = lanes(f64x2.add(xy0, xy1)) / lanes(f64x2.add(xx0, xx1));
    }
    store<f64>(out + (<usize>source << 3), slope);
  }
}

/** Three points after the last one that add nothing to a sum. */
@inline function fillUp(end: usize, x: f64, y: f64): void {
  const xs = f64x2.splat(x);
  const ys = f64x2.splat(y);
  v128.store(end, xs, POINT_X);
  v128.store(end, xs, POINT_X + 16);
  v128.store(end, ys, POINT_Y);
  v128.store(end, ys, POINT_Y + 16);
}

@inline function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

// ---- resampling: many weighted sums of the same arrays

/**
 * sums[d][i] = Σ_k weights[d][k] · terms[k][i], added in the order of k.
 *
 * @param weights f64 [4][count]
 * @param terms f64 [count][length]
 * @param length a multiple of 4
 * @param sums f64 [4][length], written
 */
export function weightedSums(weights: usize, count: i32, terms: usize, length: i32, sums: usize): void {
  const row = <usize>length << 3;
  const w1 = <usize>count << 3;
  for (let i: usize = 0; i < row; i += 32) {
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let w = weights;
    let at = terms + i;
    for (let k = 0; k < count; k++) {
      const low = v128.load(at);
      const high = v128.load(at, 16);
      const a = v128.load64_splat(w);
      const b = v128.load64_splat(w + w1);
      const c = v128.load64_splat(w + 2 * w1);
      const d = v128.load64_splat(w + 3 * w1);
      a0 = f64x2.add(a0, f64x2.mul(a, low));
      a1 = f64x2.add(a1, f64x2.mul(a, high));
      b0 = f64x2.add(b0, f64x2.mul(b, low));
      b1 = f64x2.add(b1, f64x2.mul(b, high));
      c0 = f64x2.add(c0, f64x2.mul(c, low));
      c1 = f64x2.add(c1, f64x2.mul(c, high));
      d0 = f64x2.add(d0, f64x2.mul(d, low));
      d1 = f64x2.add(d1, f64x2.mul(d, high));
      w += 8;
      at += row;
    }
    let to = sums + i;
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += row;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to += row;
    v128.store(to, c0);
    v128.store(to, c1, 16);
    to += row;
    v128.store(to, d0);
    v128.store(to, d1, 16);
  }
}

// ---- regression on logarithms: slopes of ln Z for very many spectra

/** For the upper 7 bits of a mantissa m: 1 / m near enough, and -ln of it. f64 [128][2]. */
const LOGS: usize = 0x229000;

const LN2: f64 = 0.6931471805599453;

/**
 * sums[i] = Σ_row weights[row] · ln values[row][i], added in the order of rows. With c ≈ 1 / m from the table and
 * r = c m - 1, ln (2^e m) = e ln 2 - ln c + ln (1 + r), the last by its series.
 *
 * @param values f64 [rows][columns]
 * @param weights f64 [rows]
 * @param sums f64 [columns], written
 * @returns 0 where a value is not a positive normal number; its sum means nothing then
 */
export function weightedLogs(values: usize, rows: i32, columns: i32, weights: usize, sums: usize): i32 {
  const stride = <usize>columns << 3;
  let irregular = i64x2.splat(0);
  for (let column = 0; column < columns; column += 2) {
    const single = column + 1 === columns;
    let at = values + (<usize>column << 3);
    let sum = f64x2.splat(0);
    for (let row = 0; row < rows; row++) {
      const value = single ? v128.load64_splat(at) : v128.load(at);
      const exponent = i64x2.shr_u(value, 52);
      // Below 1 or above 2046, sign included; differences as signed numbers.
      irregular = v128.or(irregular, i64x2.sub(exponent, i64x2.splat(1)));
      irregular = v128.or(irregular, i64x2.sub(i64x2.splat(2046), exponent));
      const place = v128.and(i64x2.shr_u(value, 41), i64x2.splat(0x7f0));
      const first = v128.load(<usize>i64x2.extract_lane(place, 0), 0x229000);
      const second = v128.load(<usize>i64x2.extract_lane(place, 1), 0x229000);
      const inverse = v128.shuffle<f64>(first, second, 0, 2);
      const log = v128.shuffle<f64>(first, second, 1, 3);
      const mantissa = v128.or(
        v128.and(value, i64x2.splat(0x000f_ffff_ffff_ffff)),
        i64x2.splat(0x3ff0_0000_0000_0000),
      );
      // An integer in the mantissa of 2^52, minus 2^52 and the exponents' bias.
      const scale = f64x2.sub(
        v128.or(exponent, i64x2.splat(0x4330_0000_0000_0000)),
        f64x2.splat(4503599627370496 + 1023),
      );
      const r = f64x2.sub(f64x2.mul(mantissa, inverse), f64x2.splat(1));
      let series = f64x2.sub(f64x2.splat(1.0 / 5), f64x2.mul(r, f64x2.splat(1.0 / 6)));
      series = f64x2.sub(f64x2.splat(1.0 / 4), f64x2.mul(r, series));
      series = f64x2.sub(f64x2.splat(1.0 / 3), f64x2.mul(r, series));
      series = f64x2.sub(f64x2.splat(1.0 / 2), f64x2.mul(r, series));
      series = f64x2.sub(r, f64x2.mul(f64x2.mul(r, r), series));
      const ln = f64x2.add(f64x2.add(f64x2.mul(scale, f64x2.splat(LN2)), log), series);
      sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(weights + (<usize>row << 3)), ln));
      at += stride;
    }
    const to = sums + (<usize>column << 3);
    if (single) store<f64>(to, f64x2.extract_lane(sum, 0));
    else v128.store(to, sum);
  }
  return i32((i64x2.extract_lane(irregular, 0) | i64x2.extract_lane(irregular, 1)) >= 0);
}
