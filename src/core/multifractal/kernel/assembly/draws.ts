// Null weights: counts by source and radius code, drawn. `nullDraws.ts` is the same in TypeScript and gives the same bits.

/** Words of the stream that wait, in the scratch: 16 KiB, and as much behind them for sums of codes. */
const WORDS: usize = 0x230000;
const WORDS_END: usize = 0x234000;
const MAX_WORDS: u32 = 4096;
const GROUPS: usize = 0x234000;
/** 2^-32. */
const UNIT: f64 = 2.3283064365386962890625e-10;

let s0: u32 = 0;
let s1: u32 = 0;
let s2: u32 = 0;
let counter: u32 = 0;
let at: usize = WORDS_END;

/** @param state of sfc32, u32 [4] */
export function useStream(state: usize): void {
  s0 = load<u32>(state);
  s1 = load<u32>(state, 4);
  s2 = load<u32>(state, 8);
  counter = load<u32>(state, 12);
  at = WORDS_END;
}

function refill(): void {
  const rest = WORDS_END - at;
  memory.copy(WORDS, at, rest);
  let a = s0;
  let b = s1;
  let c = s2;
  let d = counter;
  for (let to = WORDS + rest; to < WORDS_END; to += 4) {
    const sum = a + b + d;
    d++;
    a = b ^ (b >> 9);
    b = c + (c << 3);
    c = rotl<u32>(c, 21) + sum;
    store<u32>(to, sum);
  }
  s0 = a;
  s1 = b;
  s2 = c;
  counter = d;
  at = WORDS;
}

/** Where the next words are, at most MAX_WORDS of them. */
@inline function take(count: u32): usize {
  const bytes = <usize>count << 2;
  if (WORDS_END - at < bytes) refill();
  const from = at;
  at += bytes;
  return from;
}

@inline function part(word: usize, count: u32): u32 {
  return <u32>(<f64>load<u32>(word) * UNIT * <f64>count);
}

@inline function below(count: u32): u32 {
  return part(take(1), count);
}

@inline function add(counter: usize, change: i32): void {
  store<u32>(counter, load<u32>(counter) + change);
}

/** @param cards u16 [left], written over. @param slots u32 [sources]. @param counts u32 [sources][codes], added to. */
export function countShuffled(
  cards: usize,
  left: u32,
  slots: usize,
  sources: i32,
  counts: usize,
  codes: i32,
): void {
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    for (let edges = load<u32>(slots + (<usize>source << 2)); edges > 0;) {
      const count = min<u32>(edges, MAX_WORDS);
      let word = take(count);
      for (const end = word + (<usize>count << 2); word < end; word += 4) {
        const card = cards + (<usize>part(word, left) << 1);
        const code = <usize>load<u16>(card);
        left--;
        store<u16>(card, load<u16>(cards + (<usize>left << 1)));
        add(row + (code << 2), 1);
      }
      edges -= count;
    }
  }
}

/** One code of an alias table, by a word. @param scale columns · 2^-32 */
@inline function drawn(word: usize, own: usize, other: usize, scale: f64): u32 {
  const place = (<f64>load<u32>(word) + 0.5) * scale;
  const column = <u32>place;
  return place - <f64>column < load<f64>(own + (<usize>column << 3)) ? column : load<u32>(other + (<usize>column << 2));
}

/** Adds so many edges to a row of counters. */
function drawEdges(edges: u32, own: usize, other: usize, scale: f64, row: usize): void {
  while (edges > 0) {
    const count = min<u32>(edges, MAX_WORDS);
    let word = take(count);
    for (const end = word + (<usize>count << 2); word < end; word += 4)
      add(row + (<usize>drawn(word, own, other, scale) << 2), 1);
    edges -= count;
  }
}

/** @param own f64 [columns]. @param other u32 [columns]. */
export function countDrawn(
  own: usize,
  other: usize,
  columns: u32,
  slots: usize,
  sources: i32,
  counts: usize,
  codes: i32,
): void {
  const scale = <f64>columns * UNIT;
  for (let source = 0; source < sources; source++)
    drawEdges(
      load<u32>(slots + (<usize>source << 2)),
      own,
      other,
      scale,
      counts + ((<usize>source * <usize>codes) << 2),
    );
}

/** The largest that {@link drawPoisson} has drawn. */
let largest: u32 = 0;

/**
 * Poisson numbers of one code, for every source.
 * @param first the number of the table's first column. @param counter where the code of the first source is counted.
 * @param filled u32 [sources], added to. @returns their sum
 */
function drawPoisson(
  first: u32,
  own: usize,
  other: usize,
  columns: u32,
  sources: u32,
  counter: usize,
  stride: usize,
  filled: usize,
): u32 {
  const scale = <f64>columns * UNIT;
  let sum: u32 = 0;
  let most: u32 = 0;
  for (let left = sources; left > 0;) {
    const count = min<u32>(left, MAX_WORDS);
    let word = take(count);
    for (const end = word + (<usize>count << 2); word < end; word += 4) {
      const value = first + drawn(word, own, other, scale);
      store<u32>(counter, value);
      add(filled, value);
      sum += value;
      most = max<u32>(most, value);
      counter += stride;
      filled += 4;
    }
    left -= count;
  }
  largest = most;
  return sum;
}

/**
 * Edges by code, each to a source of its own: as many as the pool has. Counters and `filled` are zero before.
 * @param pool u32 [codes]. @param least i32 [codes]: the number of a table's first column, or -1 for no table.
 * @param start u32 [codes + 1]: its first column. @param perSource edges that a source is to have. @param filled u32 [sources]
 * @returns edges that sources have too many
 */
export function dealWide(
  pool: usize,
  least: usize,
  start: usize,
  own: usize,
  other: usize,
  sources: i32,
  counts: usize,
  codes: i32,
  perSource: u32,
  filled: usize,
): u32 {
  const stride = <usize>codes << 2;
  for (let code = 0; code < codes; code++) {
    const at = <usize>code << 2;
    const edges = load<u32>(pool + at);
    const column = counts + at;
    const first = load<i32>(least + at);
    let sum: u32 = 0;
    if (first >= 0) {
      const begin = load<u32>(start + at);
      const columns = load<u32>(start + at, 4) - begin;
      const ownAt = own + (<usize>begin << 3);
      sum = drawPoisson(first, ownAt, other + (<usize>begin << 2), columns, sources, column, stride, filled);
    }
    for (; sum < edges; sum++) {
      const source = <usize>below(sources);
      add(column + source * stride, 1);
      add(filled + (source << 2), 1);
    }
    while (sum > edges) {
      const source = <usize>below(sources);
      if (below(largest) >= load<u32>(column + source * stride)) continue;
      add(column + source * stride, -1);
      add(filled + (source << 2), -1);
      sum--;
    }
  }
  let spare: u32 = 0;
  for (let source = 0; source < sources; source++) {
    const edges = load<u32>(filled + (<usize>source << 2));
    if (edges > perSource) spare += edges - perSource;
  }
  return spare;
}

/** Sources with too many edges give any of them to those with too few. @param spare u16 [what dealWide gave] */
export function evenWide(
  sources: i32,
  counts: usize,
  codes: i32,
  perSource: u32,
  filled: usize,
  spare: usize,
): void {
  const groups = (codes + 15) >> 4;
  let left: u32 = 0;
  for (let source = 0; source < sources; source++) {
    let edges = load<u32>(filled + (<usize>source << 2));
    if (edges <= perSource) continue;
    const row = counts + ((<usize>source * <usize>codes) << 2);
    for (let group = 0; group < groups; group++) {
      let sum: u32 = 0;
      for (let code = group << 4; code < min<i32>((group + 1) << 4, codes); code++)
        sum += load<u32>(row + (<usize>code << 2));
      store<u32>(GROUPS + (<usize>group << 2), sum);
    }
    for (; edges > perSource; edges--) {
      let place = below(edges);
      let group = GROUPS;
      for (let sum = load<u32>(group); place >= sum; sum = load<u32>(group)) {
        place -= sum;
        group += 4;
      }
      let code = (group - GROUPS) << 2;
      for (let sum = load<u32>(row + (code << 2)); place >= sum; sum = load<u32>(row + (code << 2))) {
        place -= sum;
        code++;
      }
      add(row + (code << 2), -1);
      add(group, -1);
      store<u16>(spare + (<usize>left << 1), <u16>code);
      left++;
    }
  }
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    for (let edges = load<u32>(filled + (<usize>source << 2)); edges < perSource; edges++) {
      const card = spare + (<usize>below(left) << 1);
      add(row + (<usize>load<u16>(card) << 2), 1);
      left--;
      store<u16>(card, load<u16>(spare + (<usize>left << 1)));
    }
  }
}

/** Independent edges, as many of each source. Counters and `filled` are zero before. */
export function drawWide(
  least: usize,
  start: usize,
  own: usize,
  other: usize,
  chancesOwn: usize,
  chancesOther: usize,
  columns: u32,
  edges: u32,
  sources: i32,
  counts: usize,
  codes: i32,
  filled: usize,
): void {
  const stride = <usize>codes << 2;
  for (let code = 0; code < codes; code++) {
    const at = <usize>code << 2;
    const first = load<i32>(least + at);
    if (first < 0) continue;
    const begin = load<u32>(start + at);
    const columns = load<u32>(start + at, 4) - begin;
    const ownAt = own + (<usize>begin << 3);
    drawPoisson(first, ownAt, other + (<usize>begin << 2), columns, sources, counts + at, stride, filled);
  }
  const scale = <f64>columns * UNIT;
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    let had = load<u32>(filled + (<usize>source << 2));
    if (had > edges) {
      memory.fill(row, 0, <usize>codes << 2);
      had = 0;
    }
    drawEdges(edges - had, chancesOwn, chancesOther, scale, row);
  }
}

// ---- moments of rows, those that are not finite left out

/** Of F16 as of F32 without NaN and infinity: subnormals too. */
@inline function half(bits: u32): f64 {
  const magnitude = reinterpret<f32>((bits & 0x7fff) << 13) * <f32>5.192296858534828e33;
  return <f64>reinterpret<f32>(reinterpret<u32>(magnitude) | ((bits & 0x8000) << 16));
}

@inline function single(bits: u32): f64 {
  return <f64>reinterpret<f32>(bits);
}

/** The value of an element, and 0 in place of NaN and infinity. @param kind 0 F16, 1 BF16, 2 F32 */
@inline function valueAt(from: usize, index: usize, kind: i32): f64 {
  if (kind === 0) {
    const bits = <u32>load<u16>(from + (index << 1));
    return select<f64>(0, half(bits), (bits & 0x7c00) === 0x7c00);
  }
  const bits = kind === 1 ? <u32>load<u16>(from + (index << 1)) << 16 : load<u32>(from + (index << 2));
  return select<f64>(0, single(bits), (bits & 0x7f800000) === 0x7f800000);
}

@inline function isFiniteAt(from: usize, index: usize, kind: i32): bool {
  if (kind === 0) return (load<u16>(from + (index << 1)) & 0x7c00) !== 0x7c00;
  if (kind === 1) return (load<u16>(from + (index << 1)) & 0x7f80) !== 0x7f80;
  return (load<u32>(from + (index << 2)) & 0x7f800000) !== 0x7f800000;
}

/** Sums of rows go on side by side: none waits for another. What rows are missing of four is done twice. */
@inline function rowMoments(from: usize, rows: i32, width: i32, bytes: usize, kind: i32, out: usize): void {
  const stride = <usize>width * bytes;
  const last = rows - 1;
  for (let row = 0; row < rows; row += 4) {
    const r1 = min<i32>(row + 1, last);
    const r2 = min<i32>(row + 2, last);
    const r3 = min<i32>(row + 3, last);
    const a = from + <usize>row * stride;
    const b = from + <usize>r1 * stride;
    const c = from + <usize>r2 * stride;
    const d = from + <usize>r3 * stride;
    let na = 0;
    let nb = 0;
    let nc = 0;
    let nd = 0;
    let sa: f64 = 0;
    let sb: f64 = 0;
    let sc: f64 = 0;
    let sd: f64 = 0;
    for (let i = 0; i < width; i++) {
      sa += valueAt(a, i, kind);
      sb += valueAt(b, i, kind);
      sc += valueAt(c, i, kind);
      sd += valueAt(d, i, kind);
      na += <i32>isFiniteAt(a, i, kind);
      nb += <i32>isFiniteAt(b, i, kind);
      nc += <i32>isFiniteAt(c, i, kind);
      nd += <i32>isFiniteAt(d, i, kind);
    }
    const ma = na === 0 ? 0 : sa / <f64>na;
    const mb = nb === 0 ? 0 : sb / <f64>nb;
    const mc = nc === 0 ? 0 : sc / <f64>nc;
    const md = nd === 0 ? 0 : sd / <f64>nd;
    let qa: f64 = 0;
    let qb: f64 = 0;
    let qc: f64 = 0;
    let qd: f64 = 0;
    for (let i = 0; i < width; i++) {
      qa += squareAt(a, i, kind, ma);
      qb += squareAt(b, i, kind, mb);
      qc += squareAt(c, i, kind, mc);
      qd += squareAt(d, i, kind, md);
    }
    put(out, row, na, ma, qa);
    put(out, r1, nb, mb, qb);
    put(out, r2, nc, mc, qc);
    put(out, r3, nd, md, qd);
  }
}

@inline function squareAt(from: usize, index: usize, kind: i32, mean: f64): f64 {
  const difference = valueAt(from, index, kind) - mean;
  return select<f64>(difference * difference, 0, isFiniteAt(from, index, kind));
}

@inline function put(out: usize, row: i32, count: i32, mean: f64, squares: f64): void {
  const to = out + <usize>row * 24;
  store<f64>(to, <f64>count);
  store<f64>(to, mean, 8);
  store<f64>(to, squares, 16);
}

/** @param out f64 [rows][3]: finite elements, their mean, and the sum of squared differences from it */
export function momentsF16(from: usize, rows: i32, width: i32, out: usize): void {
  rowMoments(from, rows, width, 2, 0, out);
}

export function momentsBF16(from: usize, rows: i32, width: i32, out: usize): void {
  rowMoments(from, rows, width, 2, 1, out);
}

export function momentsF32(from: usize, rows: i32, width: i32, out: usize): void {
  rowMoments(from, rows, width, 4, 2, out);
}
