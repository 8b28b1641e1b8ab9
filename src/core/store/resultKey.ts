/** The name of a stored result: what it was computed from, and how. */
import { createHash } from 'node:crypto';
import { ALGORITHM_VERSION, type AnalysisSettings } from '../../protocol/analysis';
import { canonicalJson } from '../../protocol/subject';

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
  const named = { algorithm, fingerprint, settings, ...(state !== undefined && { state }) };
  return createHash('sha256').update(canonicalJson(named)).digest('hex');
}
