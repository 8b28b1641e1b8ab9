/** Where a command's result goes: standard output, or a file that appears whole. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { atomicWrite } from '../core/store/atomicWrite';
import { NeuroMfaError } from '../protocol/errors';
import type { CliEnvironment } from './environment';

/** Checks `--out` before the work is done rather than after. @throws NeuroMfaError `usage`. */
export function checkOut(out: string | undefined): void {
  if (out === undefined) return;
  const usage = (cause: string) =>
    new NeuroMfaError('usage', '--out', cause, 'Name a file in a folder that exists');
  if (statSync(resolve(out), { throwIfNoEntry: false })?.isDirectory()) throw usage(`${out} is a folder`);
  if (!statSync(dirname(resolve(out)), { throwIfNoEntry: false })?.isDirectory()) {
    throw usage(`the folder ${dirname(out)} does not exist`);
  }
}

/** @throws NeuroMfaError `unreadable` when the file cannot be written. */
export async function deliver(env: CliEnvironment, text: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    await env.writeResult(text);
    return;
  }
  try {
    await atomicWrite(resolve(out), text);
  } catch (error) {
    throw new NeuroMfaError(
      'unreadable',
      out,
      `it cannot be written (${(error as Error).message})`,
      'Check the folder and the disk',
      {
        cause: error,
      },
    );
  }
}
