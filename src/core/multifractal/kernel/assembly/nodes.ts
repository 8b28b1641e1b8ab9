// What single nodes have counted, and their shares of a partition sum. `reference.ts` gives the same bits.

/**
 * Lists the sources that are nodes: the codes at which each has edges, and what it reaches below each of them.
 * @param counts u32 [sources][codes]
 * @param first, last the codes that are edges of the spectrum
 * @param most nodes for which there is space, and for one source more
 * @param listed u16: codes, from 0 for `first`; `reached` u32; one node's entries after another's
 * @param ends u32 [most]: the end of a node's entries; `owners` u32 [most]: its source
 * @returns nodes; most + 1 where there are more
 */
export function listNodes(
  counts: usize,
  codes: i32,
  sources: i32,
  first: i32,
  last: i32,
  minEdges: u32,
  most: i32,
  listed: usize,
  reached: usize,
  ends: usize,
  owners: usize,
): i32 {
  let node = 0;
  let start: usize = 0;
  for (let source = 0; source < sources; source++) {
    const row = counts + ((<usize>source * <usize>codes) << 2);
    let at = start;
    let below: u32 = 1;
    for (let from = first; from <= last; from += 4) {
      const to = min(from + 4, last + 1);
      // A node has edges at few codes.
      if (to === from + 4 && !v128.any_true(v128.load(row + (<usize>from << 2)))) continue;
      for (let code = from; code < to; code++) {
        const edges = load<u32>(row + (<usize>code << 2));
        if (edges === 0) continue;
        store<u16>(listed + (at << 1), <u16>(code - first));
        store<u32>(reached + (at << 2), below);
        at++;
        below += edges;
      }
    }
    if (below - 1 <= minEdges) continue;
    if (node === most) return most + 1;
    store<u16>(listed + (at << 1), <u16>(last + 1 - first));
    store<u32>(reached + (at << 2), below);
    start = at + 1;
    store<u32>(ends + (<usize>node << 2), <u32>start);
    store<u32>(owners + (<usize>node << 2), source);
    node++;
  }
  return node;
}

/**
 * Σ over radii of a node's μ^q, each times what `inverse` grows by at that radius.
 * @param listed, reached, ends as {@link listNodes} makes them
 * @param rows u32 [listed codes + 1]: the first radius that includes the edges of a code
 * @param inverse f64 [radii + 1]
 * @param powers f64 [N]: N^q; `opposite` f64 [N]: N^-q
 * @param weights f64 [nodes], set
 */
export function weighNodes(
  nodes: i32,
  listed: usize,
  reached: usize,
  ends: usize,
  rows: usize,
  inverse: usize,
  powers: usize,
  opposite: usize,
  weights: usize,
): void {
  let i: usize = 0;
  for (let node = 0; node < nodes; node++) {
    const end = <usize>load<u32>(ends + (<usize>node << 2));
    let weight: f64 = 0;
    let before = load<f64>(inverse);
    let all: usize = 0;
    for (; i < end; i++) {
      const row = <usize>load<u32>(rows + (<usize>load<u16>(listed + (i << 1)) << 2));
      const sum = load<f64>(inverse + (row << 3));
      all = <usize>load<u32>(reached + (i << 2));
      weight += load<f64>(powers + (all << 3)) * (sum - before);
      before = sum;
    }
    store<f64>(weights + (<usize>node << 3), weight * load<f64>(opposite + (all << 3)));
  }
}
