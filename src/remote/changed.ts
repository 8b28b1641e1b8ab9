import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';

/** The error for a remote file that has changed. */
export function changed(location: Location): NeuroMfaError {
  return new NeuroMfaError(
    'changed',
    location,
    'it is another than it was when it was opened, so the numbers would be those of no file',
    'Wait until it is written, and analyze it again',
  );
}
