/**
 * The limit of the store in the user's cache. The editor has a setting for it, which the command line cannot see. So the
 * editor writes it beside the results, and all who store results there free space by the same limit.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { finite } from '../../protocol/numbers';
import { readSmallFile } from '../storage/smallFile';
import { atomicWrite } from './atomicWrite';

/** Some 2,000 analyses with the paper's settings. */
export const DEFAULT_STORE_BYTES = 2 ** 31;

const NAME = 'limit.json';
const MAX_FILE_BYTES = 1000;
const limitSchema = v.object({ maxBytes: v.pipe(finite, v.minValue(1)) });

/** The limit that was written for the store in `directory`, in bytes; the default where there is none that can be read. */
export function storeLimit(directory: string): number {
  try {
    const words = { what: 'the limit of the store', nextStep: 'Remove the file' };
    const bytes = readSmallFile(join(directory, NAME), MAX_FILE_BYTES, words);
    return v.parse(limitSchema, JSON.parse(new TextDecoder().decode(bytes))).maxBytes;
  } catch {
    return DEFAULT_STORE_BYTES;
  }
}

/**
 * Writes the limit for the store in `directory`, which exists; undefined stands for the default.
 * @throws the system's errors.
 */
export async function setStoreLimit(directory: string, maxBytes: number | undefined): Promise<void> {
  const path = join(directory, NAME);
  if (maxBytes === undefined) await rm(path, { force: true });
  else if (maxBytes !== storeLimit(directory)) await atomicWrite(path, `${JSON.stringify({ maxBytes })}\n`);
}
