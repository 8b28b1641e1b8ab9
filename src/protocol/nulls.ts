/**
 * Null models: the same network with its weights reshuffled, or with Gaussian weights, so that a number can be
 * distinguished from chance. `docs/result-format.md` and `docs/run-format.md` describe every field for users.
 */
import * as v from 'valibot';
import { count, finite, maybe, pair } from './numbers';

/**
 * `shuffled`: the weights of each tensor permuted among themselves. `gaussian`: independent normal weights with the
 * mean and the standard deviation (over n) of each tensor. For a sample, this concerns only its edges.
 */
export const NULL_KINDS = ['shuffled', 'gaussian'] as const;
export type NullKind = (typeof NULL_KINDS)[number];

const ofKinds = <S extends v.GenericSchema>(
  schema: S,
): v.ObjectSchema<{ shuffled: S; gaussian: S }, undefined> =>
  v.object({ shuffled: schema, gaussian: schema });

export const estimateSchema = v.object({
  mean: maybe,
  /** Standard deviation over n − 1. */
  sd: maybe,
  /** Student's t interval of the mean. */
  ci95: v.nullable(pair),
});
export type Estimate = v.InferOutput<typeof estimateSchema>;

/** The null models that were requested. */
export const nullSettingsSchema = v.object({
  /** Number of draws of each null: of every sample, or of the full network. */
  draws: v.pipe(count, v.minValue(1)),
});
export type NullSettings = v.InferOutput<typeof nullSettingsSchema>;

const curveEntries = {
  radii: v.array(finite),
  /** Mean over the nodes of ln μ at each radius; its slope on ln r is τ'(0). */
  lnMu: v.array(finite),
};

/** How much ln N grows with ln r, octave by octave: a power law has one slope. */
export const fitSchema = v.object({
  octaves: v.array(v.object({ from: finite, to: finite, slope: finite })),
  /** Ratio of the largest to the smallest slope; null where a slope is not positive. */
  ratio: maybe,
});
export type Fit = v.InferOutput<typeof fitSchema>;

/** A slope and its approximate position. */
const localSlopeSchema = v.object({ near: finite, slope: finite });

/** Up to these ratios of local slopes something is a power law, or roughly one. */
export const SCALING_LIMITS = { 'power law': 1.25, rough: 2 } as const;

/** Whether counts of neighbors scale: the ratio of local slopes, averaged over the samples, and the two slopes. */
export const scalingSchema = v.object({
  kind: v.picklist(['power law', 'rough', 'none']),
  /** Null where a slope is not positive. */
  ratio: maybe,
  steepest: localSlopeSchema,
  flattest: localSlopeSchema,
  /** Mean R² of the first draws of Gaussian weights; null without null models. */
  gaussianR2: maybe,
});
export type Scaling = v.InferOutput<typeof scalingSchema>;

/** One figure per draw; null where the draw has no spectrum. */
export const drawsSchema = v.object({
  alpha0: v.array(maybe),
  alpha0Exact: v.array(maybe),
  width: v.array(maybe),
});
export type NullDraws = v.InferOutput<typeof drawsSchema>;

/** For one sample, or the full network: its draws, and the curve of the first of them. */
export const sampleNullsSchema = ofKinds(
  v.object({
    draws: drawsSchema,
    /** Null where the first draw has no spectrum. */
    first: v.nullable(v.object({ ...curveEntries, fit: v.nullable(fitSchema), meanR2: maybe })),
  }),
);
export type SampleNulls = v.InferOutput<typeof sampleNullsSchema>;
export type NullSample = SampleNulls[NullKind];

const figuresSchema = v.object({
  alpha0: estimateSchema,
  alpha0Exact: estimateSchema,
  width: estimateSchema,
});
export type NullFigures = v.InferOutput<typeof figuresSchema>;

/**
 * For a checkpoint. The estimates are over the accepted samples (each the mean over its draws), or over the draws of
 * the full network.
 */
export const nullSummarySchema = v.object({ draws: count, ...ofKinds(figuresSchema).entries });
export type NullSummary = v.InferOutput<typeof nullSummarySchema>;

/** For one projection: over draws of its own. */
export const projectionNullsSchema = ofKinds(figuresSchema);
export type ProjectionNulls = v.InferOutput<typeof projectionNullsSchema>;

export const valueSchema = v.object({ value: maybe, ci95: v.nullable(pair) });
/** A number with its 95 % interval; null where there is none. */
export type Value = v.InferOutput<typeof valueSchema>;

/** `p`: the share of shuffled networks at least as extreme, two-sided. */
const beyondValueSchema = v.object({ ...valueSchema.entries, p: maybe });
export type BeyondValue = v.InferOutput<typeof beyondValueSchema>;

/**
 * How much a checkpoint differs from its own weights reshuffled, which takes no baseline. `alpha0` is ln(τ'(0) of the
 * shuffled / τ'(0)), `width` is ln(w / w of the shuffled).
 */
export const beyondSchema = v.object({ alpha0: beyondValueSchema, width: beyondValueSchema });
export type Beyond = v.InferOutput<typeof beyondSchema>;

/** A null along a run: its estimates, and its own E relative to the same null of the baseline. */
export const pointNullsSchema = v.object({
  draws: count,
  ...ofKinds(v.object({ ...figuresSchema.entries, emergence: valueSchema })).entries,
});
export type PointNulls = v.InferOutput<typeof pointNullsSchema>;

/**
 * The parts of E; their sum is E. `size` is E of the Gaussian null, `tails` what shuffled weights add to it,
 * `arrangement` the rest.
 */
export const partsSchema = v.object({ size: valueSchema, tails: valueSchema, arrangement: valueSchema });
export type Parts = v.InferOutput<typeof partsSchema>;
