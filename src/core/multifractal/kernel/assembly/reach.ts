// The partition sums of sampled networks, in AssemblyScript. `addReachPlainly` is the same in TypeScript, operation for
// operation: change both together.

/** Orders that one walk over the values in hand serves: four vectors of two. */
const LANES: i32 = 8;

/**
 * Adds nodes to rows of Z and to their sums of ln μ. Nodes of equal N(r_max) share a divisor, and among them those of
 * equal N(r) are added once, with their number.
 *
 * @param values u32 [rows][nodes]: N(r)
 * @param totals u32 [nodes], rising: N(r_max)
 * @param powers f64 [N][orders], readable for LANES more; `logs` f64 [N]
 * @param tally u32 [N], zero before and after
 * @param distinct 16 bytes for every N: scratch
 * @param z f64 [rows][orders rounded up to LANES], added to; what is beyond `orders` means nothing
 * @param logSum f64 [rows], added to
 */
export function addReach(
  values: usize,
  rows: i32,
  nodes: i32,
  totals: usize,
  powers: usize,
  orders: i32,
  logs: usize,
  tally: usize,
  distinct: usize,
  z: usize,
  logSum: usize,
): void {
  const padded = (orders + LANES - 1) & ~(LANES - 1);
  const rowBytes = <usize>nodes << 2;
  for (let from = 0, to = 0; from < nodes; from = to) {
    const total = load<u32>(totals + (<usize>from << 2));
    to = from + 1;
    while (to < nodes && load<u32>(totals + (<usize>to << 2)) === total) to++;
    const whole = powers + ((<usize>total * <usize>orders) << 3);
    const logTotal = load<f64>(logs + (<usize>total << 3));
    for (let row = 0; row < rows; row++) {
      const first = values + <usize>row * rowBytes + (<usize>from << 2);
      const last = first + (<usize>(to - from) << 2);
      let least = total;
      let most: u32 = 1;
      for (let at = first; at < last; at += 4) {
        const value = load<u32>(at);
        const place = tally + (<usize>value << 2);
        store<u32>(place, load<u32>(place) + 1);
        if (value < least) least = value;
        if (value > most) most = value;
      }
      let end = distinct;
      let sum = load<f64>(logSum + (<usize>row << 3));
      for (let value = least; value <= most; value++) {
        const place = tally + (<usize>value << 2);
        const times = <f64>load<u32>(place);
        if (times === 0) continue;
        store<u32>(place, 0);
        store<u32>(end, <u32>(powers + ((<usize>value * <usize>orders) << 3)));
        store<f64>(end, times, 8);
        end += 16;
        sum += times * (load<f64>(logs + (<usize>value << 3)) - logTotal);
      }
      store<f64>(logSum + (<usize>row << 3), sum);
      addQuotients(distinct, end, whole, padded, z + ((<usize>row * <usize>padded) << 3));
    }
  }
}

/** z[q] += (Σ times · value^q) / total^q */
function addQuotients(distinct: usize, end: usize, whole: usize, padded: i32, z: usize): void {
  for (let order: usize = 0; order < <usize>padded << 3; order += <usize>LANES << 3) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let c = f64x2.splat(0);
    let d = f64x2.splat(0);
    for (let each = distinct; each < end; each += 16) {
      const power = <usize>load<u32>(each) + order;
      const times = v128.load64_splat(each, 8);
      a = f64x2.add(a, f64x2.mul(times, v128.load(power)));
      b = f64x2.add(b, f64x2.mul(times, v128.load(power, 16)));
      c = f64x2.add(c, f64x2.mul(times, v128.load(power, 32)));
      d = f64x2.add(d, f64x2.mul(times, v128.load(power, 48)));
    }
    const by = whole + order;
    const at = z + order;
    v128.store(at, f64x2.add(v128.load(at), f64x2.div(a, v128.load(by))));
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.div(b, v128.load(by, 16))), 16);
    v128.store(at, f64x2.add(v128.load(at, 32), f64x2.div(c, v128.load(by, 32))), 32);
    v128.store(at, f64x2.add(v128.load(at, 48), f64x2.div(d, v128.load(by, 48))), 48);
  }
}
