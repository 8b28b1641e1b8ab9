/**
 * Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four 32-bit
 * numbers from a counter and a key. Any of them can be computed without those before it.
 */
const ROUNDS = 10;
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The upper 32 bits of a · b, as a signed number. */
function upperProduct(a: number, b: number): number {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = Math.imul(ah, bl);
  const other = Math.imul(al, bh);
  const carry = (Math.imul(al, bl) >>> 16) + (middle & 0xffff) + (other & 0xffff);
  return (Math.imul(ah, bh) + (middle >>> 16) + (other >>> 16) + (carry >>> 16)) | 0;
}

/**
 * @param c0 … c3 the counter, k0 and k1 the key: 32 bits each.
 * @param into receives 4 numbers.
 */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  into: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const upper0 = upperProduct(M0, c0);
    const upper1 = upperProduct(M1, c2);
    const lower0 = Math.imul(M0, c0);
    const lower1 = Math.imul(M1, c2);
    c0 = upper1 ^ c1 ^ k0;
    c1 = lower1;
    c2 = upper0 ^ c3 ^ k1;
    c3 = lower0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  into[0] = c0;
  into[1] = c1;
  into[2] = c2;
  into[3] = c3;
}
