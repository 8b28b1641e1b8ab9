/** Writes small safetensors checkpoints for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TensorToWrite {
  name: string;
  dtype: string;
  shape: readonly number[];
  bytes: Uint8Array;
}

export interface Written {
  /** The checkpoint's folder. */
  path: string;
  remove(): void;
}

/** @param name of the file. */
export function writeCheckpoint(
  tensors: readonly TensorToWrite[],
  config?: object,
  { name: fileName = 'model.safetensors', metadata }: { name?: string; metadata?: object } = {},
): Written {
  const path = mkdtempSync(join(tmpdir(), 'neuromfa-checkpoint-'));
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, (at += bytes.length)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(join(path, fileName), Buffer.concat([length, json, ...tensors.map(({ bytes }) => bytes)]));
  if (config) writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
