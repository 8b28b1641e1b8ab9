/**
 * Callbacks of the editor may fail, and the editor shows the message, which therefore must be plain text like any
 * other.
 */
import { MESSAGE_LENGTH, plain, plainTrace } from './plain';
import { thrownText } from './words';

/** Runs `work`. @throws what it throws, in plain text. */
export async function failingPlainly<T>(work: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw plainError(error);
  }
}

function plainError(error: unknown): Error {
  const shown = new Error(plain(thrownText(error), MESSAGE_LENGTH));
  if (error instanceof Error && error.stack !== undefined) shown.stack = plainTrace(error.stack);
  return shown;
}
