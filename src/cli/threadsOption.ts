/** `--threads` of the commands that compute. */
import { NeuroMfaError } from '../protocol/errors';

/** More threads than this are a slip of the finger. */
const MAX_THREADS = 256;

/** @throws NeuroMfaError `usage`. */
export function checkThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) return;
  throw new NeuroMfaError(
    'usage',
    '--threads',
    `${threads} is not a whole number from 1 to ${MAX_THREADS}`,
    'Leave it out to use all processors but one',
  );
}
