/** 32-bit numbers as they are stored: little-endian, on any machine. */

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** The stored bytes of `values`: a view where the machine is little-endian. */
export function storedBytesOf(values: Float32Array): Uint8Array {
  return inStoredOrder(values);
}

/** A view of `count` numbers of `bytes` from byte `at` on, to be filled; null where the position is not aligned. */
export function floatsIn({ buffer, byteOffset }: Uint8Array, at: number, count: number): Float32Array | null {
  const offset = byteOffset + at;
  return offset % Float32Array.BYTES_PER_ELEMENT === 0 ? new Float32Array(buffer, offset, count) : null;
}

/** Stored 32-bit words. @param bytes aligned to words of the machine. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  inStoredOrder(bytes);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
}

function inStoredOrder({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): Uint8Array {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return IS_BIG_ENDIAN ? bytes.swap32() : bytes;
}
