/**
 * Identifies the weights of a full network: 128 bits that depend on every counted byte and its position, but not on how
 * the reading was divided.
 */
import { createHash } from 'node:crypto';
import { DIGEST_STEP, type Kernel } from '../../multifractal/kernel/kernel';
import { rowBytesOf } from '../../weights/kinds';
import type { PlannedProjection } from '../plan';
import type { RowRange } from '../../counting/chunks';

/** Two numbers modulo 2^64. The digests of all rows of a network add up to the digest of the network. */
export type RowDigest = BigUint64Array;

export function emptyDigest(): RowDigest {
  return new BigUint64Array(2);
}

export function addDigest(into: RowDigest, other: RowDigest): void {
  for (let i = 0; i < into.length; i++) into[i]! += other[i]!;
}

/** Adds the rows of part `index` that are in the kernel's input to `into`. */
export function digestInput(
  kernel: Kernel,
  projection: PlannedProjection,
  index: number,
  { from, to }: RowRange,
  into: RowDigest,
): void {
  const seed = seedOf(projection.name, index) + BigInt(from) * DIGEST_STEP;
  kernel.digestRows(to - from, rowBytesOf(projection.parts[index]!), BigInt.asUintN(64, seed), into);
}

/** Gives equal rows of different parts different digests. */
function seedOf(projection: string, part: number): bigint {
  const name = JSON.stringify([projection, part]);
  return createHash('sha256').update(name).digest().readBigUInt64LE();
}
