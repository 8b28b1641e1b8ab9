/**
 * Checkpoints of one shape and any element type, whose values differ slightly: compared and described in benchmarks.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gaussianHalves } from './shapes';
import { float16Table } from '../src/core/checkpoint/dtype';

export const TWIN_DTYPES = ['F16', 'BF16', 'F32', 'F64'] as const;
type TwinType = (typeof TWIN_DTYPES)[number];

const TENSORS = 16;
/** Length of the repeated values. */
const PATTERN = 2 ** 20;

/** @param seed 1: every third value is 1 % larger than with 0. @returns the path of a file of so many MB (10^6 bytes). */
export function writeTwin(folder: string, dtype: TwinType, megabytes: number, seed: number): string {
  const pattern = patternOf(dtype, seed);
  const size = pattern.length / PATTERN;
  const each = Math.floor((megabytes * 1e6) / TENSORS / size / 1000) * 1000;
  const header: Record<string, unknown> = {};
  for (let i = 0; i < TENSORS; i++)
    header[`layers.${i}.weight`] = {
      dtype,
      shape: [1000, each / 1000],
      data_offsets: [i * each * size, (i + 1) * each * size],
    };
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const path = join(folder, `${dtype}-${seed}.safetensors`);
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([length, padded]));
  for (let left = TENSORS * each * size; left > 0; left -= pattern.length)
    writeSync(file, pattern, 0, Math.min(left, pattern.length));
  closeSync(file);
  return path;
}

function patternOf(dtype: TwinType, seed: number): Buffer {
  const table = float16Table();
  const halves = gaussianHalves(0.02, PATTERN);
  const values = Float64Array.from({ length: PATTERN }, (_, i) => {
    const value = table[halves.readUInt16LE(2 * i)]!;
    return seed === 1 && i % 3 === 0 ? 1.01 * value : value;
  });
  switch (dtype) {
    case 'F64':
      return Buffer.from(values.buffer);
    case 'F32':
      return Buffer.from(Float32Array.from(values).buffer);
    case 'BF16': {
      const bits = new Uint32Array(Float32Array.from(values).buffer);
      return Buffer.from(Uint16Array.from(bits, (each) => each >>> 16).buffer);
    }
    case 'F16':
      // A similar bit pattern is a similar value.
      return Buffer.from(
        Uint16Array.from({ length: PATTERN }, (_, i) => {
          const bits = halves.readUInt16LE(2 * i);
          return seed === 1 && i % 3 === 0 ? bits ^ 3 : bits;
        }).buffer,
      );
  }
}
