/** Bytes, changed at random. */
import type { Random } from './random';

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x30, 0x39];

/** Changes bytes in one place. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.pick([1, 1, 2, 4, 8, 64, bytes.length]));
  switch (random.below(8)) {
    case 0:
      return joined(bytes.subarray(0, at));
    case 1:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 2:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    case 3:
      return joined(bytes.subarray(0, at), random.bytes(random.between(1, 16)), bytes.subarray(at));
    case 4:
      return joined(bytes.subarray(0, at), random.bytes(end - at), bytes.subarray(end));
    case 5:
      return changed(bytes, at, random.pick(INTERESTING));
    case 6:
      return changed(bytes, at, random.below(256));
    default:
      return changed(bytes, at, bytes[at]! ^ (1 << random.below(8)));
  }
}

/** Changes most inputs in a place or several, and leaves some as they are. */
export function mutateSome(random: Random, bytes: Uint8Array, unchanged = 0.3): Uint8Array {
  let changing = bytes;
  if (random.chance(unchanged)) return changing;
  for (let left = random.between(1, 3); left > 0; left--) changing = mutateBytes(random, changing);
  return changing;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}
