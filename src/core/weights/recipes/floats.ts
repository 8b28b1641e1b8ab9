/** Numbers of 32 bits as they are stored: little-endian, on any machine. */

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** The bytes of `values`, which they stay where the machine has the same order. */
export function storedBytesOf(values: Float32Array): Uint8Array {
  return inStoredOrder(values);
}

/** `count` numbers of `bytes` from byte `at` on, to be filled in; null where no words of the machine begin there. */
export function floatsIn({ buffer, byteOffset }: Uint8Array, at: number, count: number): Float32Array | null {
  const offset = byteOffset + at;
  return offset % Float32Array.BYTES_PER_ELEMENT === 0 ? new Float32Array(buffer, offset, count) : null;
}

/** Stored words. @param bytes that begin where words of the machine do. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  inStoredOrder(bytes);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
}

function inStoredOrder({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): Uint8Array {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return IS_BIG_ENDIAN ? bytes.swap32() : bytes;
}
