// Partition sums of few moment orders, for very many networks whose figures alone are wanted. A node changes only where it has
// edges: what it adds is its change at that radius, and sums over radii follow outside. `reference.ts` gives the same bits.

/** Numbers of a row of `changes` and `powers`: ln N, N, and six powers of N. */
const ROW: usize = 64;

/**
 * @param counts u32 [sources][codes]
 * @param first, last the codes that are edges of the spectrum
 * @param radius u16 [codes]: the radius of each code
 * @param powers f64 [N][8]: ln N, N, N^q of six orders
 * @param inverse f64 [N][8]: 1, 1, N^-q of the same orders
 * @param changes f64 [bins + 1][8], added to: what nodes change at each radius, and at 0 what they begin with
 * @returns nodes
 */
export function foldFew(
  counts: usize,
  codes: i32,
  sources: i32,
  first: i32,
  last: i32,
  radius: usize,
  minEdges: u32,
  powers: usize,
  inverse: usize,
  changes: usize,
): i32 {
  let nodes = 0;
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    let degree: u32 = 0;
    for (let code = first; code <= last; code++) degree += load<u32>(row + (<usize>code << 2));
    if (degree <= minEdges) continue;
    nodes++;
    const total = inverse + <usize>(degree + 1) * ROW;
    const ia = v128.load(total);
    const ib = v128.load(total, 16);
    const ic = v128.load(total, 32);
    const id = v128.load(total, 48);
    let reached: u32 = 1;
    let at = powers + ROW;
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    add(changes, f64x2.mul(a, ia), f64x2.mul(b, ib), f64x2.mul(c, ic), f64x2.mul(d, id));
    for (let code = first; code <= last; code++) {
      const edges = load<u32>(row + (<usize>code << 2));
      if (edges === 0) continue;
      reached += edges;
      at = powers + <usize>reached * ROW;
      const na = v128.load(at);
      const nb = v128.load(at, 16);
      const nc = v128.load(at, 32);
      const nd = v128.load(at, 48);
      add(
        changes + <usize>load<u16>(radius + (<usize>code << 1)) * ROW,
        f64x2.mul(f64x2.sub(na, a), ia),
        f64x2.mul(f64x2.sub(nb, b), ib),
        f64x2.mul(f64x2.sub(nc, c), ic),
        f64x2.mul(f64x2.sub(nd, d), id),
      );
      a = na;
      b = nb;
      c = nc;
      d = nd;
    }
  }
  return nodes;
}

@inline function add(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, f64x2.add(v128.load(to), a));
  v128.store(to, f64x2.add(v128.load(to, 16), b), 16);
  v128.store(to, f64x2.add(v128.load(to, 32), c), 32);
  v128.store(to, f64x2.add(v128.load(to, 48), d), 48);
}
