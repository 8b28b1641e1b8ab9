/**
 * The one error that users see: it names the thing, the cause and the next step, and survives any boundary
 * (worker, webview, JSON) as plain data.
 */
import * as v from 'valibot';

export const ERROR_CODES = [
  'missing',
  'unreadable',
  'damaged',
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

export class NeuroMfaError extends Error {
  override readonly name = 'NeuroMfaError';
  readonly data: ErrorData;

  constructor(code: ErrorCode, subject: string, cause: string, nextStep: string, options?: ErrorOptions) {
    super([`${subject}: ${cause}.`, nextStep && `${nextStep}.`].filter(Boolean).join(' '), options);
    this.data = { code, subject, cause, nextStep };
  }

  get code(): ErrorCode {
    return this.data.code;
  }

  static from(data: ErrorData): NeuroMfaError {
    return new NeuroMfaError(data.code, data.subject, data.cause, data.nextStep);
  }
}

/** Turns anything thrown into the data of an error that users can read. */
export function errorData(error: unknown, subject = 'NeuroMFA'): ErrorData {
  if (error instanceof NeuroMfaError) return error.data;
  const cause = error instanceof Error ? error.message : String(error);
  return { code: 'internal', subject, cause, nextStep: 'Please report this with the log' };
}
