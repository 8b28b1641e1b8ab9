/**
 * The result of analyzing one checkpoint: `neuromfa/analysis@3`.
 *
 * One typed object for the worker, the store, the panels and the command line. The same schema validates it
 * wherever it crosses a boundary, and its types are derived from the schema, so the two cannot drift apart.
 * Every field is described for users in `docs/result-format.md`.
 */
import * as v from 'valibot';
import { factSchema } from './facts';
import {
  beyondSchema,
  estimateSchema,
  fitSchema,
  nullSettingsSchema,
  nullSummarySchema,
  projectionNullsSchema,
  sampleNullsSchema,
  scalingSchema,
} from './nulls';
import { count, counts, finite, finites, maybe, pair } from './numbers';
import { weightsSchema } from './weights';

export const ANALYSIS_SCHEMA = 'neuromfa/analysis@3';

/** Raised whenever the same input would give different numbers: it is part of every stored result's key. */
export const ALGORITHM_VERSION = 6;

export const TRANSFERS = ['inv', 'inv2', 'neglog', 'invsqrt'] as const;
export type Transfer = (typeof TRANSFERS)[number];

/** The paper's sample filters: 0 none, 1 positive f, 2 rising α, 3 both (method §4). */
export const FILTERS = [0, 1, 2, 3] as const;
export type SampleFilter = (typeof FILTERS)[number];

/** Edge lengths relative to a median, d' = 50 · d / median(d): that of the whole network, or of each projection its own. */
export const SCALES = ['network', 'projection'] as const;
export type ScaleFree = false | (typeof SCALES)[number];

export const RADII_RULES = ['observed', 'fixed'] as const;

/**
 * Which neurons of a layer a sample takes: the paper's permutation, or a run of neighbors from a seeded start, the first neuron
 * following the last. Neighbors may share a head: never compare one with the other.
 */
export const DRAWS = ['scattered', 'runs'] as const;
export type Draws = (typeof DRAWS)[number];

export const MODES = ['sampled', 'full'] as const;
export type Mode = (typeof MODES)[number];

/** A projection must meet every criterion; an empty list asks for nothing. */
export const subsetSchema = v.object({
  /** Names of projections or tensors, with `*` and `?`. */
  include: v.array(v.string()),
  exclude: v.array(v.string()),
  /** Ranges of blocks, first and last counted. */
  blocks: v.array(v.tuple([count, count])),
  /** Roles (`mlp.up`) or groups of them (`mlp`). */
  roles: v.array(v.string()),
});
export type Subset = v.InferOutput<typeof subsetSchema>;

export const settingsSchema = v.object({
  /**
   * `sampled`: the paper's samples of k neurons per layer. `full`: every neuron and every edge, once; then `samples` is
   * 1, and `neurons` and `seed` are 0. Never compare one with the other.
   */
  mode: v.picklist(MODES),
  /** Independent samples (SNINs); sample s uses seed `seed + s`. */
  samples: count,
  /** k, the neurons sampled per layer. */
  neurons: count,
  seed: count,
  /** T, the longest edge kept. */
  threshold: finite,
  transfer: v.picklist(TRANSFERS),
  filter: v.picklist(FILTERS),
  /** Whether edge lengths are taken relative to their median, and to which. */
  scaleFree: v.union([v.literal(false), v.picklist(SCALES)]),
  /** The radii of the regressions: those that occur, or all whole numbers from `lo` to T. */
  radii: v.variant('rule', [
    v.object({ rule: v.literal('observed') }),
    v.object({ rule: v.literal('fixed'), lo: count }),
  ]),
  /** The null models that are drawn beside it; null for none. */
  nulls: v.nullable(nullSettingsSchema),
  /** The moment orders, ascending, with an exact 0 among them. */
  q: finites,
  /** The part of the network that is analyzed; null for all of it. */
  subset: v.nullable(subsetSchema),
  /** {@link DRAWS}: left out where they are scattered, as in the paper. */
  draws: v.exactOptional(v.literal('runs')),
  /** Only neurons count that the network of this fingerprint has among its nodes as well; left out where all count. */
  common: v.exactOptional(v.string()),
});
export type RadiiRule = AnalysisSettings['radii'];
export type AnalysisSettings = v.InferOutput<typeof settingsSchema>;

/** A low-rank adapter: with its base the model is W₀ + s · B · A, without one the updates s · B · A alone. */
const adapterSchema = v.object({
  /** Tensors that it updates. */
  updates: count,
  /** Least and greatest. */
  rank: v.tuple([count, count]),
  /** Least and greatest s; null where nothing gives it, and it is taken as 1. */
  scale: v.nullable(pair),
  base: v.nullable(v.object({ path: v.string(), name: v.string(), fingerprint: v.string() })),
  /** What the adapter's own configuration calls its base. */
  baseName: v.nullable(v.string()),
});
export type AdapterInfo = v.InferOutput<typeof adapterSchema>;

/** Ids, not a list of them: a format is added without changing the schema, and results of unknown formats stay readable. */
const formatId = v.pipe(v.string(), v.maxLength(64), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/));

export const checkpointSchema = v.object({
  path: v.string(),
  /** What people call it: the run folder and the checkpoint, "neox-1m/step4000". */
  name: v.string(),
  /** Names the format; results of other versions of the program may have formats that this one does not know. */
  format: formatId,
  /** Stored element types, most frequent first, "F16" or "F16, F32". */
  dtype: v.string(),
  /** Elements of all tensors in the checkpoint. */
  parameters: count,
  /** Size on disk, all shards. */
  bytes: count,
  step: v.nullable(count),
  architecture: v.string(),
  /** SHA-256 over size, header and 64 blocks of the content, base and scales of an adapter included; names the content, not the file, and not every byte of it. */
  fingerprint: v.string(),
  /**
   * Of weights that are not stored, `path` and `format` are those of the checkpoint that lent its architecture, and `bytes` is
   * 0.
   */
  weights: weightsSchema,
  /** Only of a low-rank adapter. With its base, `parameters` and `dtype` are the base's, and `bytes` those of both. */
  adapter: v.exactOptional(adapterSchema),
});
export type CheckpointInfo = v.InferOutput<typeof checkpointSchema>;

const skippedSchema = v.object({ tensor: v.string(), reason: factSchema });
export type SkippedTensor = v.InferOutput<typeof skippedSchema>;

const structureSchema = v.object({
  /** What the projections of a block are, such as `attention.qkv 64→128`; each kind of block once. */
  kinds: v.array(v.array(v.string())),
  /** In network order: the block (null outside any) and its place in `kinds`. */
  blocks: v.array(v.tuple([v.nullable(count), count])),
});
export type NetworkStructure = v.InferOutput<typeof structureSchema>;

const networkSchema = v.object({
  /** Those that are analyzed: of the whole network, or of the part that is taken. */
  projections: count,
  blocks: count,
  /** Source neurons per sample. */
  sources: count,
  /** Weights read into edges per sample, before any filter. */
  edges: count,
  /** Layers narrower than the sample size, which were taken whole. */
  wholeLayers: v.array(v.object({ layer: v.string(), asked: count, width: count })),
  /** Share of a sample's edges that other samples have as well; left out where it is too small to matter. */
  overlap: v.exactOptional(v.pipe(finite, v.minValue(0), v.maxValue(1))),
  skipped: v.array(skippedSchema),
  /** The role, widths and kernels of each projection: results of equal structure are of one network. Former results lack it. */
  structure: v.exactOptional(structureSchema),
});

const nfdSchema = v.object({
  /** How it was computed, in words. */
  rule: v.string(),
  values: count,
  /** Nodes with 10 or fewer edges, or fewer than two radii. */
  missing: count,
  /** At 0, 5, 25, 50, 75, 95 and 100 %. */
  quantiles: v.nullable(v.pipe(finites, v.length(7))),
  histogram: v.nullable(v.object({ min: finite, max: finite, counts: v.pipe(counts, v.length(64)) })),
});
export type NfdSummary = v.InferOutput<typeof nfdSchema>;

/** f of a sound spectrum is nowhere above this: its largest value is 0, but for rounding. */
export const SOUND = 1e-9;

const sampleSchema = v.object({
  seed: count,
  /** `empty`: no spectrum exists; `filtered`: the chosen filter left it out. Both state a reason. */
  outcome: v.picklist(['kept', 'filtered', 'empty']),
  reason: v.nullable(factSchema),
  /** Source neurons kept: more than 10 edges with 1 < d ≤ T. */
  nodes: count,
  nodesDropped: count,
  /** Filtered edges of the kept sources. */
  edgesKept: count,
  /** Weights that are NaN or infinite. */
  nonFinite: count,
  /** The median edge length that scale-free lengths are relative to; null in absolute lengths, and where each projection has its own. */
  medianLength: maybe,
  /** These, in network order; null where a projection has none. */
  medianLengths: v.exactOptional(v.array(maybe)),
  rMax: maybe,
  radii: finites,
  /** Kept edges at each radius, and the mean over the nodes of ln μ there; empty in results of before. */
  edgesAt: counts,
  lnMu: finites,
  /** Mass exponents τ(q); empty with outcome `empty`. */
  tau: finites,
  intercept: finites,
  /** Goodness of fit of each regression; null at q = 0, where ln Z is constant. */
  r2: v.array(maybe),
  meanR2: maybe,
  minR2: maybe,
  /** Lipschitz–Hölder exponents at q[0] … q[n-2], and the spectrum there. */
  alpha: finites,
  f: finites,
  alpha0: maybe,
  /** τ'(0), exactly. */
  alpha0Exact: maybe,
  width: maybe,
  /** Whether f is nowhere above 0 (1e-9): else α₀ is not at q = 0, and τ'(0) takes its place. True without a spectrum. */
  sound: v.boolean(),
  /** Local slopes; null without a spectrum, and in results of before. */
  fit: v.nullable(fitSchema),
  nulls: v.nullable(sampleNullsSchema),
  nfd: nfdSchema,
  /** ln Z_q(r), one row per q; only in verbose JSON. In memory it is a packed array. */
  lnZ: v.optional(v.array(finites)),
});
export type SampleResult = v.InferOutput<typeof sampleSchema>;
export type { Estimate } from './nulls';

const summarySchema = v.object({
  samplesKept: count,
  samplesDropped: count,
  /** Why nothing is left, if nothing is. */
  reason: v.nullable(factSchema),
  /** Why there are no deviations and intervals although there are several samples. */
  noInterval: v.nullable(factSchema),
  alpha0: estimateSchema,
  alpha0Exact: estimateSchema,
  width: estimateSchema,
  r2Mean: maybe,
  r2Min: maybe,
  /** Null without a spectrum, and in results of before. */
  scaling: v.nullable(scalingSchema),
  /** Share of source neurons kept, mean over the samples. */
  nodesKept: maybe,
});
export type AnalysisSummary = v.InferOutput<typeof summarySchema>;

const figuresSchema = v.object({ alpha0: maybe, alpha0Exact: maybe, width: maybe });

const projectionSchema = v.object({
  name: v.string(),
  block: v.nullable(count),
  role: v.string(),
  sources: count,
  targets: count,
  nodes: count,
  nodesDropped: count,
  edgesKept: count,
  alpha0: maybe,
  alpha0Exact: maybe,
  width: maybe,
  nfd: nfdSchema,
  /** The same of Gaussian weights with the projection's shape, mean and standard deviation. */
  gaussian: v.nullable(figuresSchema),
  /** Over draws of its own; null where no null models were asked for. */
  nulls: v.nullable(projectionNullsSchema),
});
export type ProjectionResult = v.InferOutput<typeof projectionSchema>;

/** A block by its number, or a projection outside of them by its name. */
export const unitNameSchema = v.union([count, v.string()]);

/** How far the numbers vary across layers: whole units resampled with replacement. Not a sampling error. */
const bootstrapSchema = v.object({
  /** What was resampled together. */
  unit: v.picklist(['block', 'projection within role']),
  units: count,
  draws: count,
  /** Why there is no interval, if there is none. */
  reason: v.nullable(factSchema),
  /**
   * The figures without each unit in turn: a block, or the projection of this name outside of them. Empty where there are too
   * few, and in results of before.
   */
  leaveOneOut: v.array(v.object({ block: unitNameSchema, ...figuresSchema.entries })),
  /** One value per draw, null where it has no spectrum; networks with equally many units draw the same ones. Only in verbose JSON. */
  values: v.optional(
    v.object({ alpha0: v.array(maybe), alpha0Exact: v.array(maybe), width: v.array(maybe) }),
  ),
});
export type BlockBootstrap = v.InferOutput<typeof bootstrapSchema>;

const extremeNeuronSchema = v.object({
  projection: v.string(),
  block: v.nullable(count),
  role: v.string(),
  /** Index among the source neurons of the projection. */
  neuron: count,
  /** Its share of Z at that order, mean over the radii of the fits; the largest in any sample. */
  weight: finite,
});
export type ExtremeNeuron = v.InferOutput<typeof extremeNeuronSchema>;

const extremesSchema = v.object({
  /** Neurons left out of a sample: half a percent with the largest shares of Z at either of the outermost orders. */
  neurons: count,
  /** 1 − w without them / w, over the samples. */
  share: estimateSchema,
  /** Those with the largest shares of Z at the largest order, if it is positive; descending. */
  common: v.array(extremeNeuronSchema),
  /** The same at the smallest order, if it is negative. */
  rare: v.array(extremeNeuronSchema),
});
export type Extremes = v.InferOutput<typeof extremesSchema>;

const timingSchema = v.object({
  /** Milliseconds from request to result. */
  wall: finite,
  /** Milliseconds of processor time of the whole process while it ran. */
  cpu: finite,
  bytesRead: count,
  threads: count,
});

export const analysisSchema = v.object({
  schema: v.literal(ANALYSIS_SCHEMA),
  version: v.object({ engine: v.string(), algorithm: count }),
  checkpoint: checkpointSchema,
  settings: settingsSchema,
  network: networkSchema,
  samples: v.array(sampleSchema),
  summary: summarySchema,
  /** Of the full network, in network order; null in sampled mode. */
  perProjection: v.nullable(v.array(projectionSchema)),
  bootstrap: v.nullable(bootstrapSchema),
  /**
   * Tensors of the network that hold NaN or infinity, in network order: how many of the weights that were read, each
   * counted once. `from`: where weights are computed, the stored tensors that hold them. Only where there are some.
   */
  nonFinite: v.exactOptional(
    v.array(v.object({ tensor: v.string(), count, of: count, from: v.exactOptional(v.array(v.string())) })),
  ),
  /** Projections of which every weight that was read is 0, in network order. Only where there are some. */
  zero: v.exactOptional(
    v.array(v.object({ projection: v.string(), block: v.nullable(count), tensors: v.array(v.string()) })),
  ),
  /** Of samples: the neurons that w rests on. Left out in full networks, where they are not known, and in results of before. */
  extremes: v.exactOptional(extremesSchema),
  /** Null where no null models were asked for, and in results of before. */
  nulls: v.nullable(nullSummarySchema),
  beyond: v.nullable(beyondSchema),
  /** Things a careful reader should know about these numbers. */
  warnings: v.array(factSchema),
  timing: timingSchema,
});
export type AnalysisResult = v.InferOutput<typeof analysisSchema>;

/** The large arrays of one sample, kept out of the JSON. */
export interface SampleArrays {
  /** ln Z_q(r), row-major, shape [q, radii]. */
  lnZ: Float64Array;
  /** Neuron fractal dimension of every source in network order; NaN where missing. */
  nfd: Float64Array;
}

/** An analysis of which nobody wants the large arrays, or not yet. */
export type WithResult = Pick<Analysis, 'result'>;

/** A result together with its large arrays, one entry per sample. */
export interface Analysis {
  result: AnalysisResult;
  arrays: SampleArrays[];
}
