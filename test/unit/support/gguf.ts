/** Writes small GGUF files for tests, by hand: what another program would write, sound or not. */

/** A value of metadata with its type in GGUF: `u32`, `f32`, `text`, `list of text`, … */
export type GgufEntry =
  | ['u8' | 'u16' | 'i32' | 'u32' | 'f32', number]
  | ['u64', bigint]
  | ['bool', boolean]
  | ['text', string]
  | ['texts', readonly string[]]
  | ['i32s', readonly number[]]
  /** The bytes behind the key. */
  | ['raw', Uint8Array];

export interface GgufTensorToWrite {
  name: string;
  /** Row-major, as elsewhere; written the other way round. */
  shape: readonly number[];
  /** ggml's number of the type. */
  type: number;
  bytes: Uint8Array;
}

export interface GgufOptions {
  metadata?: Readonly<Record<string, GgufEntry>>;
  version?: number;
  alignment?: number;
}

export const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
export const u64 = (value: number | bigint): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
export const text = (value: string): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function entry([type, value]: GgufEntry): Buffer {
  switch (type) {
    case 'u8':
      return Buffer.concat([u32(0), Buffer.of(value)]);
    case 'u16':
      return Buffer.concat([u32(2), Buffer.from(Uint16Array.of(value).buffer)]);
    case 'u32':
      return Buffer.concat([u32(4), u32(value)]);
    case 'i32':
      return Buffer.concat([u32(5), Buffer.from(Int32Array.of(value).buffer)]);
    case 'f32':
      return Buffer.concat([u32(6), Buffer.from(Float32Array.of(value).buffer)]);
    case 'u64':
      return Buffer.concat([u32(10), u64(value)]);
    case 'bool':
      return Buffer.concat([u32(7), Buffer.of(Number(value))]);
    case 'text':
      return Buffer.concat([u32(8), text(value)]);
    case 'texts':
      return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
    case 'i32s':
      return Buffer.concat([u32(9), u32(5), u64(value.length), Buffer.from(Int32Array.from(value).buffer)]);
    case 'raw':
      return Buffer.from(value);
  }
}

export function ggufFile(
  tensors: readonly GgufTensorToWrite[],
  { metadata = {}, version = 3, alignment = 32 }: GgufOptions = {},
): Buffer {
  const keys = Object.entries(metadata).map(([key, value]) => Buffer.concat([text(key), entry(value)]));
  const padded = (bytes: Uint8Array): Buffer =>
    Buffer.concat([bytes], Math.ceil(bytes.length / alignment) * alignment);
  let at = 0;
  const infos = tensors.map(({ name, shape, type, bytes }) => {
    const sides = shape.toReversed().map(u64);
    const info = Buffer.concat([text(name), u32(shape.length), ...sides, u32(type), u64(at)]);
    at += padded(bytes).length;
    return info;
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(keys.length),
    ...keys,
    ...infos,
  ]);
  return Buffer.concat([padded(head), ...tensors.map(({ bytes }) => padded(bytes))]);
}
