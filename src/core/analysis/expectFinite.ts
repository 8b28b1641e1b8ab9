/** The last check of a result before anybody gets it. */
import type { AnalysisResult } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';

/**
 * Numbers are checked where they are made. This check finds where that was forgotten, before a result is stored that
 * cannot be read again.
 * @returns the result.
 * @throws NeuroMfaError `internal` naming the field that is NaN or infinite.
 */
export function expectFinite(result: AnalysisResult): AnalysisResult {
  const where = notFinite(result, '');
  if (where === null) return result;
  throw new NeuroMfaError(
    'internal',
    result.checkpoint.path,
    `${where} of its result is no finite number`,
    'Please report this with the log',
  );
}

/** The path of the first number in `value` that is not finite; null where all are. */
function notFinite(value: unknown, path: string): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'number' && Number.isFinite(each)) continue;
    const found = notFinite(each, path === '' ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
