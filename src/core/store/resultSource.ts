/** What a result was computed from: it may be used again for exactly these bytes. */
import { createHash } from 'node:crypto';
import type { Config } from '../network/types';

export interface ResultSource {
  /**
   * Names the state of the files, see `nameState`: files that have not changed since need not be read again. Null where no
   * weights were read, so that the fingerprint says all.
   */
  state: string | null;
  /**
   * Names all bytes that went into the numbers, wherever they lie; see {@link digestOf}. Null where nothing was digested: of
   * samples that are too large to wait for their analysis.
   */
  digest: string | null;
}

/**
 * SHA-256 in hexadecimal over the configuration and what was made of the weights: sums over rows (rowDigest.ts), the
 * hashes of samples, or moments. Headers are part of the fingerprint already.
 */
export function digestOf(config: Config, ...weights: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha256').update(`${JSON.stringify(config)}\n`);
  for (const each of weights) hash.update(each);
  return hash.digest('hex');
}
