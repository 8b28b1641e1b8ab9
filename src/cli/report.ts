/** Errors as users of a terminal read them: one line each. */
import { errorData, NeuroMfaError } from '../protocol/errors';
import type { CliEnvironment } from './environment';
import { printable } from './printable';

/** Writes one line that names the thing, the cause and the next step; the stack only on request. */
export function reportError(env: CliEnvironment, error: unknown, subject: string, verbose: boolean): void {
  env.writeError(`neuromfa: ${printable(NeuroMfaError.from(errorData(error, subject)).message)}\n`);
  if (verbose && error instanceof Error && error.stack) env.writeError(`${error.stack}\n`);
}
