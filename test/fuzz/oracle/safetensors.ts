/**
 * What a safetensors file holds, after the format's description (https://github.com/huggingface/safetensors#format) and its
 * own library, in the plainest way: the whole file in memory, every rule one line.
 */
import { JsonObject, readJson, type Json } from './json';

export interface Expected {
  tensors: ReadonlyMap<string, { dtype: string; shape: readonly number[]; begin: number; end: number }>;
  metadata: ReadonlyMap<string, string>;
  /** Bytes before the values. */
  values: number;
  /** Readers differ here: the file may be refused. */
  disputed: boolean;
}

const BITS: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32 },
  ...{ C64: 64, F64: 64, I64: 64, U64: 64 },
};
const MAX_HEADER = 100_000_000n;

/** Null where the bytes are no such file. */
export function expectedOf(file: Uint8Array): Expected | null {
  try {
    return read(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  } catch {
    return null;
  }
}

function read(file: Buffer): Expected {
  const length = file.readBigUInt64LE(0);
  must(length <= MAX_HEADER && 8n + length <= BigInt(file.length));
  const values = 8 + Number(length);
  const bytes = file.subarray(8, values);
  must(bytes[0] === 0x7b);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  // A whole number may be written as another one is, "1.0": the format's own library refuses that, Python's does not.
  let disputed = false;
  const header = readJson(text, { onNumber: (number) => (disputed ||= !/^\d+$/.test(number)) });
  must(header instanceof JsonObject && !header.repeats);

  const tensors = new Map<string, { dtype: string; shape: number[]; begin: number; end: number }>();
  const metadata = new Map<string, string>();
  for (const [name, entry] of (header as JsonObject).members) {
    if (name === '__metadata__') {
      must(entry instanceof JsonObject);
      for (const [key, value] of (entry as JsonObject).members) metadata.set(key, textOf(value));
      continue;
    }
    must(entry instanceof JsonObject);
    const object = entry as JsonObject;
    const dtype = textOf(object.get('dtype'));
    const shape = sizes(object.get('shape'));
    const [begin, end, ...more] = sizes(object.get('data_offsets'));
    must(begin !== undefined && end !== undefined && more.length === 0);
    if (dtype === '' && begin === end) {
      // The format knows no such type; torchtitan writes it for a tied head that it leaves out, and it is no tensor.
      disputed = true;
      continue;
    }
    must(dtype in BITS);
    // Beyond 2^53 the sizes above are no longer exact; the limits of this program come long before.
    const all = [...shape, begin!, end!];
    if (all.some((size) => size > 2 ** 53 - 1) || shape.length > 64 || name.length > 4096) disputed = true;
    if (object.members.length > 3) disputed = true;
    const elements = shape.reduce((product, size) => product * BigInt(size), 1n);
    must(elements * BigInt(BITS[dtype]!) === 8n * (BigInt(end!) - BigInt(begin!)));
    tensors.set(name, { dtype, shape, begin: begin!, end: end! });
  }

  let at = 0;
  for (const { begin, end } of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    must(begin === at);
    at = end;
  }
  must(values + at === file.length);
  return { tensors, metadata, values, disputed };
}

function must(holds: boolean): void {
  if (!holds) throw new Error('not so');
}

function textOf(value: Json | undefined): string {
  must(typeof value === 'string');
  return value as string;
}

function sizes(value: Json | undefined): number[] {
  must(Array.isArray(value));
  for (const size of value as Json[]) must(Number.isInteger(size) && (size as number) >= 0);
  // Not −0.
  return (value as number[]).map(Math.abs);
}
