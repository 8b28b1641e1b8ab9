/**
 * The one error that users see: it names the thing, the cause and the next step, and survives any boundary
 * (worker, webview, JSON) as plain data.
 */
import * as v from 'valibot';

export const ERROR_CODES = [
  'missing',
  'unreadable',
  'unwritable',
  'damaged',
  /** Of a file elsewhere: it is another than it was when it was opened. */
  'changed',
  /** A server wants to know who asks, or does not let them. */
  'forbidden',
  /** A server does not answer. */
  'unreachable',
  'unsupported',
  'usage',
  'cancelled',
  'worker-died',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const errorSchema = v.object({
  code: v.picklist(ERROR_CODES),
  /** The file, folder or option concerned. */
  subject: v.string(),
  cause: v.string(),
  nextStep: v.string(),
});
export type ErrorData = v.InferOutput<typeof errorSchema>;

/** Longer than any path is, or any sentence. */
const MOST_CHARACTERS = 5000;

/** Whoever forgets to shorten a text from a file makes no message of megabytes from it. */
function bounded(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  // Room for the note: what was cut once is not cut again on its way through other errors.
  const kept = text.slice(0, MOST_CHARACTERS - 50);
  return `${kept}… (${text.length - kept.length} characters left out)`;
}

export class NeuroMfaError extends Error {
  override readonly name = 'NeuroMfaError';
  readonly data: ErrorData;

  constructor(code: ErrorCode, subject: string, cause: string, nextStep: string, options?: ErrorOptions) {
    const data = { code, subject: bounded(subject), cause: bounded(cause), nextStep: bounded(nextStep) };
    super(sentences(data), options);
    this.data = data;
  }

  get code(): ErrorCode {
    return this.data.code;
  }

  static from(data: ErrorData): NeuroMfaError {
    return new NeuroMfaError(data.code, data.subject, data.cause, data.nextStep);
  }
}

function sentences({ subject, cause, nextStep }: ErrorData): string {
  return [`${subject}: ${cause}.`, nextStep && `${nextStep}.`].filter(Boolean).join(' ');
}

/** Turns anything thrown into the data of an error that users can read. */
export function errorData(error: unknown, subject = 'NeuroMFA'): ErrorData {
  if (error instanceof NeuroMfaError) return error.data;
  const cause = error instanceof Error ? error.message : String(error);
  return new NeuroMfaError('internal', subject, cause, 'Please report this with the log').data;
}
