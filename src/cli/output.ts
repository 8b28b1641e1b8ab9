/** Where a command's result goes: standard output, or a file that appears whole. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { atomicWrite } from '../core/store/atomicWrite';
import { NeuroMfaError } from '../protocol/errors';
import type { CliEnvironment } from './environment';

/** Checks where a file shall go before the work is done rather than after. @throws NeuroMfaError `usage`. */
export function checkOut(out: string | undefined, option = '--out'): void {
  if (out === undefined) return;
  const usage = (cause: string) =>
    new NeuroMfaError('usage', option, cause, 'Name a file in a folder that exists');
  if (statSync(resolve(out), { throwIfNoEntry: false })?.isDirectory()) throw usage(`${out} is a folder`);
  if (!statSync(dirname(resolve(out)), { throwIfNoEntry: false })?.isDirectory()) {
    throw usage(`the folder ${dirname(out)} does not exist`);
  }
}

/** To `out`, or to standard output without it. @throws NeuroMfaError `unreadable` when it cannot be written. */
export async function deliver(env: CliEnvironment, text: string, out: string | undefined): Promise<void> {
  if (out === undefined) await env.writeResult(text);
  else await writeWhole(text, out);
}

/** @throws NeuroMfaError `unreadable` when the file cannot be written; then there is none, or the one of before. */
export async function writeWhole(text: string, out: string): Promise<void> {
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
