/** Converts results of former schemas to the present one. */
import { ANALYSIS_SCHEMA, SOUND } from './analysis';
import { PLAIN_WORDS } from './factWords';
import { PLAIN_CODES, type Fact, type PlainCode } from './facts';

type Json = Record<string, unknown>;

/**
 * A result of a former schema in the present form; any other value unchanged. Malformed parts are left unchanged, and
 * the schema refuses them.
 * @param json not yet validated.
 */
export function currentAnalysis(json: unknown): unknown {
  return withoutNulls(withCodes(json));
}

/** `neuromfa/analysis@1` had sentences in place of facts. */
function withCodes(json: unknown): unknown {
  const result = objectOf(json);
  if (result?.['schema'] !== 'neuromfa/analysis@1') return json;
  const withReason = (value: unknown): unknown => {
    const object = objectOf(value);
    return object ? { ...object, reason: factIn(object['reason']) } : value;
  };
  const network = objectOf(result['network']);
  return {
    ...result,
    schema: 'neuromfa/analysis@2',
    checkpoint: currentCheckpoint(result['checkpoint']),
    network: network && { ...network, skipped: each(network['skipped'], withReason) },
    samples: each(result['samples'], withReason),
    summary: withReason(result['summary']),
    bootstrap: withReason(result['bootstrap']),
    warnings: each(result['warnings'], factIn),
  };
}

/** `neuromfa/analysis@2` had no null models, no local slopes and one median for all lengths. */
function withoutNulls(json: unknown): unknown {
  const result = objectOf(json);
  if (result?.['schema'] !== 'neuromfa/analysis@2') return json;
  const more = (value: unknown, fields: Json): unknown => {
    const object = objectOf(value);
    return object ? { ...object, ...fields } : value;
  };
  const sample = (value: unknown): unknown => {
    const f = objectOf(value)?.['f'];
    const sound = !Array.isArray(f) || !f.some((each) => typeof each === 'number' && each > SOUND);
    return more(value, { edgesAt: [], lnMu: [], sound, fit: null, nulls: null });
  };
  const settings = objectOf(result['settings']);
  return {
    ...result,
    schema: ANALYSIS_SCHEMA,
    settings: settings && {
      ...settings,
      scaleFree: settings['scaleFree'] === true ? 'network' : settings['scaleFree'],
      radii: { rule: 'observed' },
      nulls: null,
    },
    samples: each(result['samples'], sample),
    summary: more(result['summary'], { noInterval: null, scaling: null }),
    perProjection: each(result['perProjection'], (value) => more(value, { nulls: null })),
    bootstrap: more(result['bootstrap'], { leaveOneOut: [] }),
    nulls: null,
    beyond: null,
  };
}

/** `synthetic` was null for weights that were read, otherwise a sentence. */
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

/** Words of `@1` that have changed since. */
const FORMER_WORDS: Partial<Record<PlainCode, string>> = {
  vector: 'a vector: joins no two layers',
  'inner-adapter': 'low-rank update of a tensor that is here: analyze the adapter by itself',
  'state-space-parameter': 'state-space parameter: joins no two layers',
  'token-embedding': 'token embedding: joins no two layers of neurons',
  'table-or-head': 'a table or an output head: one of its sides is no layer of neurons',
  'joined-experts': 'experts one below another in one matrix, which cannot be told apart',
  'no-network': 'there is no network that it could be part of',
  'embedding-update': 'low-rank update of an embedding: joins no two layers of neurons',
  'moments-out-of-range':
    'its moments are beyond the range of numbers at some orders: choose orders nearer to 0',
  'median-out-of-range':
    'the median edge length is beyond the range of numbers, or relative lengths are: choose another transfer function or absolute lengths',
  'adapter-alone':
    'these are numbers of a low-rank update s·B·A alone, without the model that it changes; its weights are small, so lengths relative to their median (scale-free) suit it',
  'ordered-by-time': 'training steps are unknown: checkpoints are in the order in which they were written',
};

const CODES = new Map(PLAIN_CODES.map((code) => [FORMER_WORDS[code] ?? PLAIN_WORDS[code], code]));

/** The fact with exactly these words of `@1`, or a fact that consists of them. */
function factIn(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const code = CODES.get(value);
  return (code === undefined ? { code: 'text', text: value } : { code }) satisfies Fact;
}

const each = (value: unknown, change: (each: unknown) => unknown): unknown =>
  Array.isArray(value) ? value.map(change) : value;

const objectOf = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
