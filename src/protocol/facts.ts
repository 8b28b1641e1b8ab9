/**
 * What a careful reader should know about a result, and why something is missing from it: a code and its parameters, never
 * a sentence. `factWords.ts` has the words. `docs/result-format.md` lists the codes for users.
 */
import * as v from 'valibot';
import { count, finite, maybe } from './numbers';
import { weightsSchema, type RecordedWeights } from './weights';

/** Codes that need no parameters. */
export const PLAIN_CODES = [
  // Why a tensor is no part of the network.
  'attention-mask',
  'rotary-frequencies',
  'batch-statistics',
  'positions',
  'position-table',
  'table-per-position',
  'normalization',
  'bias',
  'not-a-matrix',
  'vector',
  'inner-adapter',
  'state-space-parameter',
  'time-mixing',
  'router',
  'attention-indexer',
  'multi-token-prediction',
  'channel-gate',
  'image-autoencoder',
  'conditioning-embedding',
  'stem',
  'token-embedding',
  'pooler',
  'output-head',
  'table-or-head',
  'beside-quantized',
  'optimizer-state',
  'training-state',
  'program-constant',
  'pruning-mask',
  'joined-experts',
  'added',
  'factor',
  'looked-up',
  'unused',
  'channels-last-kernel',
  'three-dimensions',
  'channel-groups',
  'layers-in-one',
  'outside-all-blocks',
  'no-network',
  'left-out-by-choice',
  'embedding-update',
  'update-scale',
  'stored-whole',
  // Why a sample has no spectrum, or does not count.
  'one-radius',
  'moments-out-of-range',
  'median-out-of-range',
  'filter-positive-f',
  'filter-rising-alpha',
  // What a reader of a result should know.
  'adapter-alone',
  'rows-reordered',
  // Why there is no E, or no interval of it.
  'baseline-settings',
  'baseline-algorithm',
  'baseline-network',
  'baseline-base',
  'baseline-missing',
  'common-missing',
  'emergence-undefined',
  'no-common-samples',
  'specification-failed',
  'no-sampling-error',
  'same-samples',
  // What a reader of a series should know.
  'ordered-by-time',
  'nulls-of-all',
] as const;
export type PlainCode = (typeof PLAIN_CODES)[number];

const text = v.string();
const share = finite;

/** Parameters by code; names of tensors and layers are as in the file. */
const PARAMETERS = {
  /**
   * A sentence: for results that were written before facts had codes, or for a code that this version does not know.
   */
  text: { text },
  'empty-tensor': { shape: v.array(count) },
  'unreadable-type': { dtype: text },
  /** `method`: the program that packed it, according to names. */
  quantized: { method: text, dtype: text },
  /** Part of a weight that every forward pass computes. */
  parametrized: { method: text },
  /** Belongs to `set`, a copy of the model; the set `taken` is analyzed. */
  'other-weights': { set: text, taken: text },
  /** The same values as the tensor `as`. */
  'stored-again': { as: text },
  'many-dimensions': { dimensions: count },
  /** The model's operation on it. `unread-operation` has weights, but not in a readable form. */
  'other-operation': { operation: text },
  'unread-operation': { operation: text },
  'large-stack': { most: count },
  'unknown-layer': { architecture: text },
  'outside-blocks': { architecture: text },
  /** `cause`: what does not fit, in the words of the error. */
  misfit: { family: text, cause: text },
  'shares-values': { with: text },
  replaces: { tensor: text },
  /** `part` of a pipeline, such as its text encoder. */
  'update-elsewhere': { part: text },
  'too-few-edges': { neurons: count, edges: count },
  'median-not-positive': { medianLength: finite },
  'too-few-units': { unit: v.picklist(['block', 'projection']), units: count, least: count },
  'few-neurons': { share, edges: count },
  /** For results that do not name the tensors, where a weight counts in every sample. */
  'non-finite-weights': { weights: count },
  /** `weights` of the `of` weights read in `tensor` and `more` others, each counted once. */
  'non-finite-tensors': {
    weights: count,
    of: count,
    tensor: text,
    /** The stored tensor with these values, where the weights of `tensor` are computed. */
    from: v.optional(v.nullable(text), null),
    more: count,
  },
  /** All weights read in `projection` and `more` others. */
  'zero-weights': { projection: text, more: count },
  /** The file has several copies of the model: `taken` is analyzed, and the sets `others` are not. */
  'several-weights': { taken: v.array(text), others: v.array(text) },
  'narrow-layers': { layers: count },
  /** `projection` and `more` others. */
  'always-dropped': { projection: text, more: count, edges: count },
  /** `value`: the value in config.json, as JSON. */
  'head-count': { key: text, value: text, most: count },
  'heads-unknown': { tensor: text },
  /** `tensors` of the `of` tensors of the network are quantized, and decoded from `types`. */
  'decoded-weights': { types: v.array(text), tensors: count, of: count },
  'rows-unknown': { tensor: text },
  /** `based`: whether the adapter was added to a base. */
  'adapter-scale-unknown': { based: v.boolean() },
  /** Where no steps are known: what determines the order instead. */
  'ordered-by': { by: v.picklist(['epoch', 'tokens', 'number', 'name', 'given']) },
  /** A checkpoint beside a series that is not in it; `same`: the one in it with the same step. */
  'checkpoint-left-out': {
    checkpoint: text,
    why: v.picklist(['same-step', 'best', 'no-step']),
    step: v.nullable(count),
    same: v.nullable(text),
  },
  'few-common-samples': { least: count },
  /** These checkpoints of one run hold the same weights: why they have no E. */
  'identical-weights': { checkpoints: v.array(text) },
  /** The baseline `checkpoint` is one of these, which hold the same weights. */
  'identical-baseline': { checkpoint: text, checkpoints: v.array(text) },
  /** E is relative to `baseline`, because `first` holds the same weights as others. */
  'baseline-after-first': { first: text, baseline: text },
  /** What `block` (null outside any) has at this position; null where one network has nothing there. */
  'network-differs': { block: v.nullable(count), here: v.nullable(text), baseline: v.nullable(text) },
  /** More than the share `most` of a checkpoint's weights are not finite. */
  'non-finite-share': { checkpoint: text, share, most: share },
  /** `samples` of `of` have f above 0; `f` is the largest. */
  /** Of `of` reshuffled networks, `missing` have no spectrum, so nothing is said beyond them. */
  'nulls-incomplete': { missing: count, of: count },
  /** This share of the weights is NaN or infinite, so nothing is said beyond the reshuffled network. */
  'beyond-non-finite': { share: finite, most: finite },
  'unsound-spectrum': { samples: count, of: count, f: finite },
  'exact-instead': { others: count, of: count },
  /** `others` of `of` checkpoints have wider intervals of E than requested. */
  'wide-intervals': { others: count, of: count, samples: count },
  'settings-differ': { others: count, of: count },
  'population-changes': { least: share, most: share },
  /** At `others` of `of` checkpoints E over the common neurons is outside the interval of E over all. */
  'common-differs': { others: count, of: count },
  'samples-differ': { others: count, of: count },
  /**
   * At `others` of `of` checkpoints; `steep` near the radius `near` and `flat` near `far` are those of the last one,
   * with its mean R².
   */
  'no-power-law': {
    others: count,
    of: count,
    kind: v.picklist(['rough', 'none']),
    steep: finite,
    near: finite,
    flat: finite,
    far: finite,
    r2: maybe,
    gaussianR2: maybe,
  },
};
type Parameters = typeof PARAMETERS;

interface PlainFact {
  code: PlainCode;
}
type ParameterFact = {
  [C in keyof Parameters]: { code: C } & {
    [P in keyof Parameters[C]]: Parameters[C][P] extends v.GenericSchema
      ? v.InferOutput<Parameters[C][P]>
      : never;
  };
}[keyof Parameters];

/** Facts about other facts. */
type FactAboutFacts =
  | { code: 'samples-left-out'; leftOut: number; of: number; reasons: Fact[] }
  | { code: 'baseline-without-spectrum'; reason: Fact }
  /** Of a comparison: which of its two has none. */
  | { code: 'side-without-spectrum'; side: 'A' | 'B'; reason: Fact }
  | { code: 'of-projection'; projection: string; reason: Fact }
  /** A warning about results of a series that not all of them have. */
  | { code: 'of-checkpoints'; checkpoints: string[]; warning: Fact }
  /** `tensors` tensors with a `share` of the weights, of which `tensor` is the largest, left out for `reason`. */
  | { code: 'weights-left-out'; tensors: number; share: number; tensor: string; reason: Fact };

/** The baseline of E, where it was drawn. */
type DrawnBaseline = { code: 'drawn-baseline' } & RecordedWeights;

export type Fact = PlainFact | ParameterFact | FactAboutFacts | DrawnBaseline;
export type FactCode = Fact['code'];

const anyFact: v.GenericSchema<Fact> = v.lazy(() => factSchema);

const SCHEMAS = new Map<unknown, v.GenericSchema>([
  ...PLAIN_CODES.map((code) => [code, v.object({ code: v.literal(code) })] as const),
  ...Object.entries(PARAMETERS).map(
    ([code, parameters]) => [code, v.object({ code: v.literal(code), ...parameters })] as const,
  ),
  ...[
    v.object({ code: v.literal('samples-left-out'), leftOut: count, of: count, reasons: v.array(anyFact) }),
    v.object({ code: v.literal('baseline-without-spectrum'), reason: anyFact }),
    v.object({
      code: v.literal('side-without-spectrum'),
      side: v.picklist(['A', 'B']),
      reason: anyFact,
    }),
    v.object({ code: v.literal('of-projection'), projection: text, reason: anyFact }),
    v.object({ code: v.literal('of-checkpoints'), checkpoints: v.array(text), warning: anyFact }),
    v.object({ code: v.literal('drawn-baseline'), ...weightsSchema.entries }),
    v.object({
      code: v.literal('weights-left-out'),
      tensors: count,
      share,
      tensor: text,
      reason: anyFact,
    }),
  ].map((schema) => [schema.entries.code.literal, schema] as const),
]);

/** All codes, for tests and documentation. */
export const FACT_CODES = [...SCHEMAS.keys()] as FactCode[];

/** The facts without repetitions. */
export function distinctFacts(facts: readonly Fact[]): Fact[] {
  return [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()];
}

/** A fact of a later version: only its words are known, where it has some. */
const laterFact = v.pipe(
  v.object({ code: text, text: v.exactOptional(text) }),
  v.transform(({ code, text }): Fact => ({ code: 'text', text: text ?? code })),
);

/**
 * Checks by hand, not with `v.variant`, which tries one code after the other: half a million tensors may each have a
 * reason. The schema found by a fact's code validates that fact, which the compiler cannot see.
 */
export const factSchema = v.lazy(
  (input) => SCHEMAS.get((Object(input) as { code?: unknown }).code) ?? laterFact,
) as unknown as v.GenericSchema<Fact>;
