/** The name of a stored result: what it was computed from, and how. */
import { createHash } from 'node:crypto';
import { ALGORITHM_VERSION, type AnalysisSettings } from '../../protocol/analysis';

/**
 * SHA-256 in hexadecimal of the checkpoint's fingerprint, the settings and the version of the algorithm.
 * @param state of the files, for one of several checkpoints that have the same fingerprint.
 */
export function resultKey(
  fingerprint: string,
  settings: AnalysisSettings,
  state?: string,
  algorithm: number = ALGORITHM_VERSION,
): string {
  // Settings once had `digits`: with it, results stored then are found for the settings that they have.
  const named = {
    algorithm,
    fingerprint,
    settings: { ...settings, digits: 0 },
    ...(state !== undefined && { state }),
  };
  return createHash('sha256').update(canonicalJson(named)).digest('hex');
}

/** JSON with sorted keys: equal settings give equal text, whatever order they were built in. */
function canonicalJson(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
