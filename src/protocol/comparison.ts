/** How two checkpoints, or two runs, differ: `neuromfa/comparison@1`. `docs/compare-format.md` has every field. */
import * as v from 'valibot';
import { checkpointSchema, settingsSchema } from './analysis';
import { factSchema } from './facts';
import { estimateSchema, valueSchema } from './nulls';
import { count, finite, maybe } from './numbers';

export const COMPARISON_SCHEMA = 'neuromfa/comparison@1';

const shape = v.array(count);

/** What became of the weights of one tensor. Sums leave out pairs of which one is NaN or infinite. */
export const tensorChangeSchema = v.object({
  name: v.string(),
  shape,
  /** As stored, in A and in B. */
  dtype: v.tuple([v.string(), v.string()]),
  elements: count,
  /** Share of elements that have the same value. */
  equal: finite,
  /** ‖B − A‖ / ‖A‖; null where A is 0 and B is not, and of values that are no weights. */
  relative: maybe,
  /** Of the angle between A and B; null where either is 0, and of values that are no weights. */
  cosine: maybe,
  /** Elements of which one is NaN or infinite. */
  nonFinite: count,
});
export type TensorChange = v.InferOutput<typeof tensorChangeSchema>;

/** Something of each side; null where one has none. */
export const comparisonSides = v.array(
  v.object({ key: v.string(), a: v.nullable(v.string()), b: v.nullable(v.string()) }),
);

export const tensorComparisonSchema = v.object({
  a: checkpointSchema,
  b: checkpointSchema,
  /** `weights`: of the network, as adapters make them; else every stored tensor. */
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
      /** Only where one of them alone is known to have its inputs first, as GPTQ and AWQ store a matrix. */
      inputsFirst: v.exactOptional(v.picklist(['a', 'b'])),
    }),
  ),
  /** Entries of the metadata and of `config.json` that differ; null where one has none of that name. */
  metadata: comparisonSides,
  metadataLeftOut: count,
});
export type TensorComparison = v.InferOutput<typeof tensorComparisonSchema>;

const figuresSchema = v.object({
  alpha0: estimateSchema,
  alpha0Exact: estimateSchema,
  width: estimateSchema,
});

/** B less A. */
export const figureComparisonSchema = v.object({
  a: figuresSchema,
  b: figuresSchema,
  /** Of logarithms: over the samples that both have, with Student's t interval; none in full networks, which are counted whole. */
  lnAlpha0: valueSchema,
  lnAlpha0Exact: valueSchema,
  lnWidth: valueSchema,
  /** Only where a spectrum of either is not sound: then τ'(0) stands for α₀. */
  unsound: v.exactOptional(v.literal(true)),
  /** Only where there are too few samples for an interval, so that no difference can be told from chance. */
  bare: v.exactOptional(v.literal(true)),
  /** Samples that both have. */
  common: count,
  /** Why they cannot be compared. */
  reason: v.nullable(factSchema),
  /** Of `beyond`; null without null models at both ends. */
  beyond: v.nullable(v.object({ alpha0: valueSchema, width: valueSchema })),
});
export type FigureComparison = v.InferOutput<typeof figureComparisonSchema>;

/** Of full networks: a projection that both have. `sd` is that of the difference of draws of their null models. */
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
    /** Whether every tensor is in both, and every weight the same. */
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
