/** The bytes from which a result was computed: it may be reused only for these. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Analysis, WithResult } from '../../protocol/analysis';
import type { Config } from '../network/types';

export interface ResultSource {
  /**
   * Identifies the state of the files, see `nameState`: unchanged files need not be read again. Null where no weights
   * were read, so that the fingerprint says everything.
   */
  state: string | null;
  /**
   * Identifies all bytes that went into the numbers, wherever they are; see {@link digestOf}. Null where nothing was
   * digested: for samples that are too large to wait for their analysis.
   */
  digest: string | null;
}

const name = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The source of a stored result: files in any of these states are known to hold its bytes. */
export const storedSourceSchema = v.object({ states: v.array(name), digest: v.nullable(name) });
export type StoredSource = v.InferOutput<typeof storedSourceSchema>;

/** A stored result, with its large arrays or without. */
export interface StoredAnalysis<A extends WithResult = Analysis> {
  analysis: A;
  source: StoredSource;
}

/** Number of states that a result lists, the latest ones. */
const MAX_STATES = 64;

export function storedSource({ state, digest }: ResultSource): StoredSource {
  return { states: state === null ? [] : [state], digest };
}

/** The same source with one more state. */
export function withState({ states, digest }: StoredSource, state: string): StoredSource {
  const others = states.filter((each) => each !== state);
  return { states: [...others, state].slice(-MAX_STATES), digest };
}

/**
 * SHA-256 in hexadecimal over the configuration and what was made of the weights: sums over rows (rowDigest.ts), the
 * hashes of samples, or moments. The fingerprint covers headers already.
 */
export function digestOf(config: Config, ...weights: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha256').update(`${JSON.stringify(config)}\n`);
  for (const each of weights) hash.update(each);
  return hash.digest('hex');
}
