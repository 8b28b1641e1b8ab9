/** Builds checkpoints, sound and broken, in a folder that is gone after the test file. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { NeuroMfaError, type ErrorCode } from '../../../src/protocol/errors';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-checkpoint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Absolute path of `name` in the test file's folder; parents are made. */
export function at(name: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

export function write(name: string, content: string | Uint8Array): string {
  const path = at(name);
  writeFileSync(path, content);
  return path;
}

export interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A file with exactly this header text and these values. */
export function file(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = Buffer.from(header as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, data]);
}

/** A sound file of U8 vectors with counting values: tensor name → length. */
export function vectors(lengths: Record<string, number>, metadata?: Record<string, string>): Uint8Array {
  let end = 0;
  const entries = Object.entries(lengths).map(([name, length]): [string, Entry] => {
    const begin = end;
    end += length;
    return [name, { dtype: 'U8', shape: [length], data_offsets: [begin, end] }];
  });
  const header = { ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) };
  return file(
    JSON.stringify(header),
    Uint8Array.from({ length: end }, (_, i) => i),
  );
}

/** An index with this weight map. */
export function index(weightMap: Record<string, string>): string {
  return JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap });
}

/** Expects `act` to throw a NeuroMfaError of this code, about this subject, whose message matches. */
export function expectFault(act: () => unknown, code: ErrorCode, subject: string, message: RegExp): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NeuroMfaError);
  const { data, message: text } = thrown as NeuroMfaError;
  expect(data).toMatchObject({ code, subject });
  expect(text).toMatch(message);
  expect(data.nextStep).not.toBe('');
}

/** Files this process has open; 0 where the system does not tell. */
export function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
