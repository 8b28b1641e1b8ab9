/** The text of a notification about checkpoints that could not be analyzed. */
import type { ErrorCode, ErrorData } from '../protocol/errors';
import { NeuroMfaError } from '../protocol/errors';
import type { Translate } from '../protocol/translate';

/** Trying again may help for these; a checkpoint that is not supported stays so. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'missing',
  'unreadable',
  'unwritable',
  'damaged',
  'changed',
  'forbidden',
  'unreachable',
  'worker-died',
  'internal',
]);

export interface FailureText {
  message: string;
  retry: boolean;
  settings: boolean;
}

/**
 * One message for the failures of one request with `total` checkpoints.
 * @param failures at least one.
 */
export function describeFailures(failures: readonly ErrorData[], total: number, t: Translate): FailureText {
  const first = NeuroMfaError.from(failures[0]!).message;
  // Not inserted into the preceding sentence, because it may be too long.
  const count = total > 1 ? [t('{0} of {1} checkpoints could not be analyzed.', failures.length, total)] : [];
  return {
    message: [...count, first].join(' '),
    retry: failures.some(({ code }) => RETRYABLE.has(code)),
    settings: failures.some(({ code }) => code === 'usage'),
  };
}
