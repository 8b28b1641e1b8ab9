/** Results of former schemas, as they would be written now. */
import { ANALYSIS_SCHEMA } from './analysis';
import { PLAIN_WORDS } from './factWords';
import { PLAIN_CODES, type Fact } from './facts';

type Json = Record<string, unknown>;

/**
 * A result of `neuromfa/analysis@1`, whose facts are sentences, in the form of now; any other value as it is. What is not as it
 * should be is left so: the schema refuses it.
 * @param json not yet validated.
 */
export function currentAnalysis(json: unknown): unknown {
  const result = objectOf(json);
  if (result?.['schema'] !== 'neuromfa/analysis@1') return json;
  const withReason = (value: unknown): unknown => {
    const object = objectOf(value);
    return object ? { ...object, reason: factIn(object['reason']) } : value;
  };
  const network = objectOf(result['network']);
  return {
    ...result,
    schema: ANALYSIS_SCHEMA,
    checkpoint: currentCheckpoint(result['checkpoint']),
    network: network && { ...network, skipped: each(network['skipped'], withReason) },
    samples: each(result['samples'], withReason),
    summary: withReason(result['summary']),
    bootstrap: withReason(result['bootstrap']),
    warnings: each(result['warnings'], factIn),
  };
}

/** `synthetic` was null for weights that were read, else a sentence. */
function currentCheckpoint(json: unknown): unknown {
  const checkpoint = objectOf(json);
  if (!checkpoint) return json;
  const { synthetic, ...rest } = checkpoint;
  if (typeof synthetic !== 'string')
    return { ...rest, weights: { kind: synthetic === null ? 'stored' : null } };
  const init = /^synthetic step 0, drawn from the documented initiali[sz]er: (.*)$/s.exec(synthetic);
  const gaussian = /^Gaussian weights, drawn with the mean and deviation of each tensor of (.*)$/s.exec(
    synthetic,
  );
  if (init) return { ...rest, weights: { kind: 'init', source: init[1]! } };
  if (gaussian) return { ...rest, weights: { kind: 'gaussian', source: gaussian[1]! } };
  return { ...rest, weights: { kind: 'drawn', source: synthetic } };
}

const CODES = new Map(PLAIN_CODES.map((code) => [PLAIN_WORDS[code], code]));

/** A sentence is the fact that has just these words, or a fact that consists of them. */
function factIn(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const code = CODES.get(value);
  return (code === undefined ? { code: 'text', text: value } : { code }) satisfies Fact;
}

const each = (value: unknown, change: (each: unknown) => unknown): unknown =>
  Array.isArray(value) ? value.map(change) : value;

const objectOf = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
