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
  /** A remote file has changed since it was opened. */
  'changed',
  /** A server requires credentials, or refuses access. */
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

/** Longer than any path or sentence. */
const MAX_CHARACTERS = 5000;

/** Limits a text from a file that nobody has shortened, so that no message has megabytes. */
function bounded(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  // Leaves space for the note, so that a text is not cut twice on its way through other errors.
  const kept = text.slice(0, MAX_CHARACTERS - 50);
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

/** "subject: cause. next step." */
export function sentences({ subject, cause, nextStep }: ErrorData): string {
  return [`${subject}: ${cause}.`, nextStep && `${nextStep}.`].filter(Boolean).join(' ');
}

/** Turns any thrown value into the data of an error for users. */
export function errorData(error: unknown, subject = 'NeuroMFA'): ErrorData {
  if (error instanceof NeuroMfaError) return error.data;
  const cause = error instanceof Error ? error.message : String(error);
  return new NeuroMfaError('internal', subject, cause, 'Please report this with the log').data;
}
