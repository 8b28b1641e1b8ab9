/**
 * How a network organized itself over training: `neuromfa/run@3`, the series of one run.
 *
 * Every field is described for users in `docs/run-format.md`.
 */
import * as v from 'valibot';
import { checkpointSchema, settingsSchema, unitNameSchema } from './analysis';
import { factSchema } from './facts';
import { correlationSchema, metricsSchema } from './metrics';
import {
  beyondSchema,
  estimateSchema,
  partsSchema,
  pointNullsSchema,
  scalingSchema,
  valueSchema,
} from './nulls';
import { count, finite, maybe, pair } from './numbers';
import { DRAWN_KINDS, type DrawnKind } from './weights';

export const RUN_SCHEMA = 'neuromfa/run@3';

const interval = v.nullable(pair);
/** Null where neither names nor notes beside the checkpoint give it. */
const step = v.nullable(count);

/**
 * How the checkpoints of a run were brought into order: by their steps; where these are unknown by epochs, tokens or other
 * numbers in their names, by when they were written, by names alone, or as users asked for.
 */
export const RUN_ORDERS = ['step', 'epoch', 'tokens', 'number', 'name', 'time', 'given'] as const;
export type RunOrder = (typeof RUN_ORDERS)[number];

export const runInfoSchema = v.object({
  name: v.string(),
  /** Absolute path of the folder whose children are the checkpoints. */
  path: v.string(),
  orderedBy: v.picklist(RUN_ORDERS),
});
export type RunInfo = v.InferOutput<typeof runInfoSchema>;

/** What E is computed from: α₀ at the top of the spectrum, or τ'(0). */
export const EMERGENCE_SOURCES = ['alpha0', 'exact'] as const;
export type EmergenceSource = (typeof EMERGENCE_SOURCES)[number];

/** The neurons that E is over: all nodes of either end, or those that are nodes at both. */
export const POPULATIONS = ['all', 'common'] as const;
export type Population = (typeof POPULATIONS)[number];

/** What E compares with: the first checkpoint, the one of a step, or a step 0 that is drawn. */
export const baselineChoiceSchema = v.variant('kind', [
  v.object({ kind: v.literal('first') }),
  v.object({ kind: v.literal('step'), step: count }),
  v.object({ kind: v.picklist(DRAWN_KINDS) }),
]);
export type BaselineChoice = v.InferOutput<typeof baselineChoiceSchema>;
export type BaselineKind = BaselineChoice['kind'];

export const isDrawn = (kind: BaselineKind): kind is DrawnKind => DRAWN_KINDS.some((each) => each === kind);

const measuredEntries = {
  step,
  /** As names or notes give it; left out where they do not. */
  epoch: v.exactOptional(count),
  /** Tokens trained on, as names give them; left out where they do not. */
  tokens: v.exactOptional(count),
  checkpoint: checkpointSchema,
  /** Equal for networks of equal structure; former series lack it. */
  network: v.exactOptional(v.string()),
  /** Samples with a spectrum: those the estimates are made of. */
  samplesKept: count,
  alpha0: estimateSchema,
  alpha0Exact: estimateSchema,
  width: estimateSchema,
  r2Mean: maybe,
  r2Min: maybe,
  scaling: v.nullable(scalingSchema),
  nodesKept: maybe,
  /** Weights read that are NaN or infinite, and their share. */
  nonFinite: v.object({ weights: count, share: finite }),
  /** How far it differs from its own weights reshuffled; null without null models. */
  beyond: v.nullable(beyondSchema),
};
const measuredSchema = v.object(measuredEntries);
/** The summary of one checkpoint at its place in the run. */
export type RunMeasure = v.InferOutput<typeof measuredSchema>;

/** `paired-t`: Student's t over what common samples add to E, linearized; null in full networks, which have no sampling error. */
export const EMERGENCE_METHODS = ['paired-t'] as const;

const emergenceSchema = v.object({
  /** E(t), from the means over the samples that both ends have. */
  value: maybe,
  ci95: interval,
  /** Why value or interval is missing. */
  reason: v.nullable(factSchema),
  method: v.nullable(v.picklist(EMERGENCE_METHODS)),
  /** The α₀ that it was computed from: τ'(0) also where a spectrum at either end is not sound. */
  from: v.picklist(EMERGENCE_SOURCES),
  /** How far E varies across the layers of a full network: no error of it. */
  acrossBlocks: v.nullable(
    v.object({
      /** Central 95 % over whole blocks that are drawn with replacement. */
      range: interval,
      leaveOneOut: v.array(v.object({ block: unitNameSchema, emergence: maybe })),
    }),
  ),
});
export type Emergence = v.InferOutput<typeof emergenceSchema>;

/** What one specification changes about the settings of its series; `preset` changes nothing. */
export const FACTORS = [
  'preset',
  'threshold',
  'neurons',
  'transfer',
  'scaleFree',
  'radii',
  'q',
  'part',
] as const;
export type Factor = (typeof FACTORS)[number];

/** E of the last checkpoint with one setting changed. */
const specificationSchema = v.object({
  factor: v.picklist(FACTORS),
  settings: settingsSchema,
  checkpoint: v.string(),
  step,
  emergence: emergenceSchema,
  /** Only where E is over the neurons that both ends have among their nodes; null models are of all neurons. */
  common: v.exactOptional(v.literal(true)),
  /** E of Gaussian weights; null over common neurons. */
  gaussian: valueSchema,
  /** Of the last checkpoint. */
  beyond: v.nullable(beyondSchema),
  /** The smaller share of neurons kept of the two ends. */
  nodesKept: maybe,
  /** Of the last checkpoint. */
  scaling: v.nullable(scalingSchema),
  /** The smaller mean R² of the two ends. */
  r2: maybe,
  /** False where a line explains too little of the counts at either end for α₀ to mean anything; null without spectra. */
  scales: v.nullable(v.boolean()),
});
export type Specification = v.InferOutput<typeof specificationSchema>;

/** Differences of two checkpoints over the samples that both have, with Student's t interval; none in full networks. */
const differenceSchema = v.object({ alpha0: valueSchema, alpha0Exact: valueSchema, width: valueSchema });
export type Difference = v.InferOutput<typeof differenceSchema>;

export const runPointSchema = v.object({
  ...measuredEntries,
  emergence: emergenceSchema,
  /** This point less the first one, and the last one less this. */
  sinceFirst: differenceSchema,
  untilLast: differenceSchema,
  /** Only where E is over the neurons that both ends have among their nodes. */
  common: v.exactOptional(
    v.object({
      /** Their share of all sources at either end: the smaller one. */
      nodesKept: maybe,
      /** E over all neurons that either end has. */
      all: valueSchema,
    }),
  ),
  /** Null without null models at both ends. */
  nulls: v.nullable(pointNullsSchema),
  parts: v.nullable(partsSchema),
});
export type RunPoint = v.InferOutput<typeof runPointSchema>;

export const runSeriesSchema = v.object({
  schema: v.literal(RUN_SCHEMA),
  version: v.object({ engine: v.string(), algorithm: count }),
  run: runInfoSchema,
  /** Those of the first point; a warning tells where others differ. */
  settings: settingsSchema,
  baseline: v.object({
    kind: v.picklist(['first', 'step', ...DRAWN_KINDS]),
    step,
    /** Null where the baseline could not be analyzed: then no point has an E. */
    point: v.nullable(measuredSchema),
  }),
  emergence: v.object({
    /** What was asked for; a point says what it was computed from. */
    from: v.picklist(EMERGENCE_SOURCES),
    /** The neurons that E is over: those that both ends have among their nodes; left out where it is all of either end. */
    population: v.exactOptional(v.literal('common')),
  }),
  /** In the run's order; checkpoints that could not be analyzed are left out. */
  points: v.array(runPointSchema),
  /** How E of the last checkpoint depends on the settings, from the smallest to the largest; only where that was asked for. */
  specifications: v.exactOptional(v.array(specificationSchema)),
  /** Things a careful reader should know about these numbers. */
  warnings: v.array(factSchema),
  /** Left out where no metrics are known. */
  metrics: v.exactOptional(metricsSchema),
  correlations: v.exactOptional(v.array(correlationSchema)),
});
export type RunSeries = v.InferOutput<typeof runSeriesSchema>;
