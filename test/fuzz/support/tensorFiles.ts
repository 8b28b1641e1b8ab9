/** safetensors files, sound as they are made: headers in any style, values of any bits. */
import { joined } from './bytes';
import { anyStyle, Entries, writeJson, type Style } from './json';
import type { Random } from './random';

export interface MadeTensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  bytes: Uint8Array;
}

export const BITS: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  BOOL: 8,
  I8: 8,
  F8_E4M3: 8,
  F16: 16,
  BF16: 16,
  F32: 32,
  F64: 64,
  I64: 64,
};

export const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** A tensor with bytes of its size. @param bytes made when none are given. */
export function madeTensor(
  random: Random,
  name: string,
  dtype: string,
  shape: readonly number[],
  bytes = random.bytes(Math.ceil((count(shape) * BITS[dtype]!) / 8)),
): MadeTensor {
  return { name, dtype, shape, bytes };
}

/** The header's entries and the values that they tell of. */
export function headerOf(
  tensors: readonly MadeTensor[],
  metadata: Readonly<Record<string, string>> | null,
): { header: Entries; values: Uint8Array } {
  const entries: [string, unknown][] = metadata
    ? [['__metadata__', new Entries(Object.entries(metadata))]]
    : [];
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    const offsets = [at, (at += bytes.length)];
    const entry: [string, unknown][] = [
      ['dtype', dtype],
      ['shape', [...shape]],
      ['data_offsets', offsets],
    ];
    entries.push([name, new Entries(entry)]);
  }
  return { header: new Entries(entries), values: joined(...tensors.map(({ bytes }) => bytes)) };
}

export function fileOf(header: string, values: Uint8Array, length?: bigint): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(header);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length ?? BigInt(text.length));
  return joined(head, text, values);
}

/** A sound file. */
export function tensorFile(
  random: Random,
  tensors: readonly MadeTensor[],
  metadata: Readonly<Record<string, string>> | null = null,
  style: Style = anyStyle(random),
): Uint8Array<ArrayBuffer> {
  const { header, values } = headerOf(tensors, metadata);
  return fileOf(writeJson(random, header, style), values);
}
