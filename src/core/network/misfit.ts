import { NeuroMfaError } from '../../protocol/errors';

/** The error for names that fit an architecture, but `cause`. The subject is set where the checkpoint is known. */
export function misfit(cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    'checkpoint',
    cause,
    'Check that the checkpoint is complete and was saved with its original tensor names',
  );
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
