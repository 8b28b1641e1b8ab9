/** Prints errors for users of a terminal: one line each. */
import { errorData, NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';
import type { CliEnvironment } from './environment';

/** Longest line: lists of files fit, but a name of megabytes would hide what matters. */
export const MAX_CHARACTERS = 4096;

/** Writes one line that names the thing, the cause and the next step; the stack only on request. */
export function reportError(env: CliEnvironment, error: unknown, subject: string, verbose: boolean): void {
  const { message } = NeuroMfaError.from(errorData(error, subject));
  env.writeError(`neuromfa: ${shortened(message, MAX_CHARACTERS)}\n`);
  if (verbose && error instanceof Error && error.stack) env.writeError(stackText(error.stack));
}

/** Writes one line about something that users may not expect, although nothing failed. */
export function reportNote(env: CliEnvironment, { message }: NeuroMfaError): void {
  env.writeError(`neuromfa: note: ${shortened(message, MAX_CHARACTERS)}\n`);
}

/** The message on one line, whatever its text, then a line for each call. */
function stackText(stack: string): string {
  const lines = stack.split('\n');
  const calls = lines.findLastIndex((line) => !line.startsWith('    at ')) + 1;
  return [lines.slice(0, calls).join('\n'), ...lines.slice(calls)]
    .map((line) => `${shortened(line, MAX_CHARACTERS)}\n`)
    .join('');
}
