/** The digest of a row in TypeScript: the same operations as digestRows in assembly/kernel.ts. Change both together. */
import { DIGEST_STEP as P1 } from './kernel';

const LANES = 8;
const STRIPE = 8 * LANES;
const P2 = 0xbf58476d1ce4e5b9n;
const P3 = 0x94d049bb133111ebn;

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotated = (x: bigint, by: bigint): bigint => wrap((x << by) | (x >> (64n - by)));
const joined = (sum: bigint, lane: bigint): bigint => wrap(rotated(sum ^ lane, 31n) * P2);

/** The last steps of splitmix64 (Steele, Lea & Flood 2014). */
function mixed(x: bigint): bigint {
  let y = wrap((x ^ (x >> 30n)) * P2);
  y = wrap((y ^ (y >> 27n)) * P3);
  return y ^ (y >> 31n);
}

/** 128 bits of `row`, as two numbers below 2^64. */
export function digestOf(row: Uint8Array, seed: bigint): [bigint, bigint] {
  const start = wrap(seed);
  const lanes = Array.from({ length: LANES }, (_, lane) => wrap(start + BigInt(lane + 1)));
  for (let at = 0; at < row.length; at += STRIPE) {
    const stripe = new Uint8Array(STRIPE); // zeros where the row ends
    stripe.set(row.subarray(at, at + STRIPE));
    const words = new BigUint64Array(stripe.buffer);
    for (let lane = 0; lane < LANES; lane++) {
      const by = lane % 2 === 0 ? 29n : 41n;
      lanes[lane] = wrap(rotated(lanes[lane]! ^ words[lane]!, by) * P1 + words[(lane + 1) % LANES]!);
    }
  }
  const low = lanes.slice(0, LANES / 2).reduce(joined, start);
  const high = lanes.slice(LANES / 2).reduce(joined, BigInt(row.length));
  return [mixed(joined(mixed(low), high)), mixed(joined(mixed(high), low))];
}
