import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';

/** The error for a remote file that has changed. */
export function changed(location: Location): NeuroMfaError {
  return new NeuroMfaError(
    'changed',
    location,
    'it has changed since it was opened, so the numbers would belong to no version of it',
    'Wait until it is written, and analyze it again',
  );
}
