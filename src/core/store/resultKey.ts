/** The name of a stored result: what it was computed from, and how. */
import { createHash } from 'node:crypto';
import { ALGORITHM_VERSION, type AnalysisSettings } from '../../protocol/analysis';

/** SHA-256 in hexadecimal of the checkpoint's content, the settings and the version of the algorithm. */
export function resultKey(
  fingerprint: string,
  settings: AnalysisSettings,
  algorithm: number = ALGORITHM_VERSION,
): string {
  return createHash('sha256').update(canonicalJson({ algorithm, fingerprint, settings })).digest('hex');
}

/** JSON with sorted keys: equal settings give equal text, whatever order they were built in. */
function canonicalJson(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
