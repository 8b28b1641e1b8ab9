/** What the extension host and the page of a comparison say to each other. */
import * as v from 'valibot';
import { settingsMethods, settingsModelSchema } from './chosenSettings';
import { analysisSchema, MODES, settingsSchema } from './analysis';
import { comparisonSides, figureComparisonSchema, projectionChangeSchema } from './comparison';
import { errorSchema } from './errors';
import { metricsSchema } from './metrics';
import { count, finite } from './numbers';
import { hostMethods, STALE } from './panel';
import { tensorColumnsSchema } from './tensorColumns';

const none = v.null();

/** Why a comparison is not of now: as numbers of a checkpoint, or because it is of other weights of the same files. */
export const COMPARE_STALE = [...STALE, 'weights'] as const;
export type CompareStale = (typeof COMPARE_STALE)[number];

/** Numbers of a tensor in {@link comparedSchema}, in this order. */
export const CHANGE_NUMBERS = ['relative', 'cosine', 'equal', 'nonFinite', 'elements'] as const;

/** Everything about a comparison that a page shows. Sentences and files are the host's. */
export const comparedSchema = v.object({
  /** Δ of α₀, of w and of what is beyond chance; the first says most. */
  figureSentences: v.array(v.string()),
  tensorSentences: v.array(v.string()),
  /** What a reader has to know of both: which of them is an adapter, and which settings of runs are not taken. */
  notes: v.array(v.string()),
  settings: settingsSchema,
  figures: v.nullable(figureComparisonSchema),
  /** Why α₀ and w are not compared, where a checkpoint could not be analyzed. */
  fault: v.nullable(errorSchema),
  /** Of runs: the steps that both have. */
  points: v.array(
    v.object({
      step: count,
      figures: figureComparisonSchema,
      /** The checkpoints of that step. */
      at: v.tuple([v.string(), v.string()]),
    }),
  ),
  onlyA: v.array(count),
  onlyB: v.array(count),
  projections: v.nullable(v.array(projectionChangeSchema)),
  /** With {@link CHANGE_NUMBERS}. */
  tensors: tensorColumnsSchema,
  /** Tensors of one side, and those of another shape. */
  missing: comparisonSides,
  missingLeftOut: count,
  metadata: comparisonSides,
  metadataLeftOut: count,
  /** The results that figures are of; none where they are not compared. */
  spectra: v.array(
    v.object({
      path: v.string(),
      name: v.string(),
      result: analysisSchema,
      packed: v.instance(Uint8Array),
    }),
  ),
});
export type Compared = v.InferOutput<typeof comparedSchema>;

const stateSchema = v.variant('kind', [
  /** `what` says what is at work, with its count. */
  v.object({ kind: v.literal('running'), what: v.string(), done: count, total: count }),
  v.object({ kind: v.literal('cancelled') }),
  v.object({ kind: v.literal('failed'), error: errorSchema }),
  v.object({ kind: v.literal('done') }),
]);
export type CompareProgress = v.InferOutput<typeof stateSchema>;

/** How far the training of a run is at the steps that are compared. */
const courseSchema = v.object({
  /** At each of {@link comparedSchema}'s points. */
  points: v.array(v.object({ step: count, epoch: v.nullable(finite), tokens: v.nullable(finite) })),
  /** Of the whole run. */
  lastStep: count,
  /** Of those that count training, where logs are known. */
  metrics: v.exactOptional(metricsSchema),
});
export type ComparedCourse = v.InferOutput<typeof courseSchema>;

const sideSchema = v.object({ name: v.string(), path: v.string() });

/** What the panel keeps with `setState`, and the serializer gets back after a reload. */
export const compareStateSchema = v.object({
  version: v.literal(1),
  kind: v.picklist(['checkpoints', 'runs']),
  /** Paths of checkpoints, or ids of runs. */
  sides: v.tuple([v.string(), v.string()]),
  mode: v.exactOptional(v.picklist(MODES)),
  nulls: v.exactOptional(v.boolean()),
});
export type CompareState = v.InferOutput<typeof compareStateSchema>;

export const compareModelSchema = v.object({
  kind: v.picklist(['checkpoints', 'runs']),
  a: sideSchema,
  b: sideSchema,
  state: stateSchema,
  /** The last comparison that was whole. */
  compared: v.nullable(comparedSchema),
  /** Of runs that have been compared. */
  courses: v.nullable(v.tuple([courseSchema, courseSchema])),
  /** Why it is not of now. */
  stale: v.nullable(v.picklist(COMPARE_STALE)),
  mode: v.picklist(MODES),
  settings: settingsModelSchema,
  nulls: v.boolean(),
  /** What brings it back after a reload. */
  kept: compareStateSchema,
  l10n: v.record(v.string(), v.string()),
});
export type CompareModel = v.InferOutput<typeof compareModelSchema>;

/** Files that the host writes, of all tensors. */
export const COMPARE_FILES = ['csv', 'json', 'html'] as const;

export const compareHostMethods = {
  ready: { params: none, result: compareModelSchema },
  /** A picture that the page has drawn. */
  save: hostMethods.save,
  saveComparison: {
    params: v.object({ format: v.picklist(COMPARE_FILES) }),
    result: hostMethods.save.result,
  },
  /** Compares again. */
  compare: { params: none, result: none },
  ...settingsMethods,
  /** Opens the Spectrum panel of a checkpoint that is compared. */
  openCheckpoint: { params: v.object({ path: v.string() }), result: none },
  /** Shows its files in the explorer. */
  reveal: { params: v.object({ path: v.string() }), result: none },
  setMode: hostMethods.setMode,
  setNulls: hostMethods.setNulls,
  cancel: hostMethods.cancel,
  /** Compares B with A, in another panel. */
  swap: { params: none, result: none },
  /** Opens the spectra of both, or both runs in Trends. */
  openBoth: { params: none, result: none },
  showLog: hostMethods.showLog,
  openSettings: hostMethods.openSettings,
  explain: hostMethods.explain,
  report: hostMethods.report,
  remember: hostMethods.remember,
} as const;
export type CompareHostMethods = typeof compareHostMethods;

export const comparePageMethods = {
  /** Everything the page shows, whole. */
  show: { params: compareModelSchema, result: none },
  /** How far it has come. */
  progress: { params: stateSchema, result: none },
} as const;
export type ComparePageMethods = typeof comparePageMethods;
