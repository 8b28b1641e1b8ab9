/** How two checkpoints, or two runs, differ: `neuromfa/comparison@1`. `docs/compare-format.md` has every field. */
import * as v from 'valibot';
import { checkpointSchema, settingsSchema } from './analysis';
import { factSchema } from './facts';
import { estimateSchema, valueSchema } from './nulls';
import { count, finite, maybe } from './numbers';

export const COMPARISON_SCHEMA = 'neuromfa/comparison@1';

const shape = v.array(count);

/** The change of one tensor's weights. Sums leave out pairs with a NaN or infinite value. */
export const tensorChangeSchema = v.object({
  name: v.string(),
  shape,
  /** As stored, in A and in B. */
  dtype: v.tuple([v.string(), v.string()]),
  elements: count,
  /** Share of elements with equal values. */
  equal: finite,
  /** ‖B − A‖ / ‖A‖; null where A is 0 and B is not, and for values that are not weights. */
  relative: maybe,
  /** Cosine of the angle between A and B; null where either is 0, and for values that are not weights. */
  cosine: maybe,
  /** Number of elements where at least one value is NaN or infinite. */
  nonFinite: count,
});
export type TensorChange = v.InferOutput<typeof tensorChangeSchema>;

/** A text for each side; null where one has none. */
export const comparisonSides = v.array(
  v.object({ key: v.string(), a: v.nullable(v.string()), b: v.nullable(v.string()) }),
);

export const tensorComparisonSchema = v.object({
  a: checkpointSchema,
  b: checkpointSchema,
  /** `weights`: those of the network, as adapters make them; otherwise every stored tensor. */
  of: v.picklist(['tensors', 'weights']),
  /** In the order of A. */
  changed: v.array(tensorChangeSchema),
  /** All of these together. */
  total: v.object({ elements: count, equal: maybe, relative: maybe, cosine: maybe }),
  onlyA: v.array(v.object({ name: v.string(), shape })),
  onlyB: v.array(v.object({ name: v.string(), shape })),
  reshaped: v.array(
    v.object({
      name: v.string(),
      a: shape,
      b: shape,
      /** Present only where exactly one of them is known to have its inputs first, as GPTQ and AWQ store a matrix. */
      inputsFirst: v.exactOptional(v.picklist(['a', 'b'])),
    }),
  ),
  /** Entries of the metadata and of `config.json` that differ; null where one has no entry of that name. */
  metadata: comparisonSides,
  metadataLeftOut: count,
});
export type TensorComparison = v.InferOutput<typeof tensorComparisonSchema>;

const figuresSchema = v.object({
  alpha0: estimateSchema,
  alpha0Exact: estimateSchema,
  width: estimateSchema,
});

/** B minus A. */
export const figureComparisonSchema = v.object({
  a: figuresSchema,
  b: figuresSchema,
  /**
   * Differences of logarithms over the samples that both have, with Student's t interval; none for full networks, which
   * are counted whole.
   */
  lnAlpha0: valueSchema,
  lnAlpha0Exact: valueSchema,
  lnWidth: valueSchema,
  /** Present only where a spectrum of either is not sound: then τ'(0) replaces α₀. */
  unsound: v.exactOptional(v.literal(true)),
  /**
   * Present only where there are too few samples for an interval, so that a difference cannot be distinguished from
   * chance.
   */
  bare: v.exactOptional(v.literal(true)),
  /** Number of samples that both have. */
  common: count,
  /** Why they cannot be compared. */
  reason: v.nullable(factSchema),
  /** Difference of `beyond`; null without null models at both ends. */
  beyond: v.nullable(v.object({ alpha0: valueSchema, width: valueSchema })),
});
export type FigureComparison = v.InferOutput<typeof figureComparisonSchema>;

/**
 * For full networks: a projection that both have. `sd` is the deviation of the difference between draws of their null
 * models.
 */
export const projectionChangeSchema = v.object({
  name: v.string(),
  block: v.nullable(count),
  role: v.string(),
  lnAlpha0: maybe,
  lnWidth: maybe,
  sdLnAlpha0: maybe,
  sdLnWidth: maybe,
});
export type ProjectionChange = v.InferOutput<typeof projectionChangeSchema>;

const entries = {
  schema: v.literal(COMPARISON_SCHEMA),
  version: v.object({ engine: v.string(), algorithm: count }),
  settings: settingsSchema,
};

export const comparisonSchema = v.variant('kind', [
  v.object({
    ...entries,
    kind: v.literal('checkpoints'),
    /** Whether every tensor is in both, with the same weights. */
    same: v.boolean(),
    /** Null where one of them could not be analyzed. */
    figures: v.nullable(figureComparisonSchema),
    projections: v.nullable(v.array(projectionChangeSchema)),
    tensors: tensorComparisonSchema,
  }),
  v.object({
    ...entries,
    kind: v.literal('runs'),
    a: v.object({ name: v.string(), path: v.string() }),
    b: v.object({ name: v.string(), path: v.string() }),
    /** The steps that both have, in order. */
    points: v.array(v.object({ step: count, figures: figureComparisonSchema })),
    onlyA: v.array(count),
    onlyB: v.array(count),
    /** At the last step that both have. */
    projections: v.nullable(v.array(projectionChangeSchema)),
    tensors: tensorComparisonSchema,
  }),
]);
export type Comparison = v.InferOutput<typeof comparisonSchema>;
