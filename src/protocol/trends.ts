/**
 * What the extension host says to the views of training runs, and they to it: the Trends and Emergence panels, which
 * are one page with two faces, and the dashboard in the side panel.
 *
 * All three show runs in one shape, around the series that the command line prints (run.ts): summaries, never samples.
 * The choices of a baseline, of α₀ and of a part of the network belong to the workspace, so that every view gives the
 * same E.
 */
import * as v from 'valibot';
import { MODES, subsetSchema } from './analysis';
import { settingsMethods, settingsModelSchema } from './chosenSettings';
import { dropSchema } from './drop';
import { elsewhereSchema } from './elsewhere';
import { errorSchema } from './errors';
import { acrossSchema } from './metrics';
import { hostMethods } from './panel';
import { lookSchema } from './looks';
import { baselineChoiceSchema, EMERGENCE_SOURCES, RUN_ORDERS, runPointSchema, runSeriesSchema } from './run';
import { subsetMethods } from './subset';
import { count, finite, maybe } from './numbers';

const none = v.null();

export const RUN_VIEWS = ['trends', 'emergence'] as const;
export type RunView = (typeof RUN_VIEWS)[number];

const checkpointStateSchema = v.variant('kind', [
  /** Without a result of the settings chosen now: after a change of settings that is all of them. */
  v.object({
    kind: v.literal('missing'),
    /** Its files are others than those that were analyzed. */
    overwritten: v.exactOptional(v.literal(true)),
  }),
  v.object({ kind: v.literal('queued') }),
  v.object({ kind: v.literal('running'), fraction: v.pipe(finite, v.minValue(0), v.maxValue(1)) }),
  v.object({ kind: v.literal('elsewhere'), ...elsewhereSchema.entries }),
  v.object({ kind: v.literal('done') }),
  v.object({ kind: v.literal('failed'), error: errorSchema }),
]);
export type RunCheckpointState = v.InferOutput<typeof checkpointStateSchema>;

const checkpointSchema = v.object({
  /** Absolute path: the checkpoint's identity, and `checkpoint.path` of its point in the series. */
  path: v.string(),
  /** Short, and unique within the run. */
  name: v.string(),
  step: v.nullable(count),
  state: checkpointStateSchema,
  /** It has been deleted: its result is all that is left. */
  deleted: v.exactOptional(v.literal(true)),
});
export type RunCheckpoint = v.InferOutput<typeof checkpointSchema>;

/** The mean over the samples kept, at each q of the settings but the last; empty where none was kept. */
const spectrumSchema = v.object({ alpha: v.array(finite), f: v.array(finite) });
export type MeanSpectrum = v.InferOutput<typeof spectrumSchema>;

const pickedMetricsSchema = v.object({
  files: v.array(v.string()),
  /** Why one of them cannot be read, as it could when it was picked. */
  problem: v.nullable(v.string()),
});
export type PickedMetrics = v.InferOutput<typeof pickedMetricsSchema>;

const runSchema = v.object({
  /** Names the run, or a set of results without checkpoints. Opaque to the views. */
  id: v.string(),
  name: v.string(),
  /** Where it lies, as people in this workspace write it: relative where it can be. */
  folder: v.string(),
  /** Results without checkpoints (the bundled sample, or imported): nothing in it can be analyzed or opened. */
  readOnly: v.boolean(),
  /** Whether each new checkpoint is analyzed once it is whole. */
  watched: v.exactOptional(v.literal(true)),
  /** Whether it is read over the network. */
  remote: v.exactOptional(v.literal(true)),
  /** See `ListedRun`: present if its results are shown without a look at what is there now. */
  unchecked: v.exactOptional(maybe),
  orderedBy: v.picklist(RUN_ORDERS),
  /** In order of training; those with a result are the points of `series`, in the same order. */
  checkpoints: v.array(checkpointSchema),
  /** Null before the first result. Without the baseline's result `series.baseline.point` is null, and so is every E. */
  series: v.nullable(runSeriesSchema),
  /** One for each of `series.points`. */
  spectra: v.array(spectrumSchema),
  /** What this panel showed last, where there is no series now: shown meanwhile. */
  former: v.exactOptional(v.object({ series: runSeriesSchema, spectra: v.array(spectrumSchema) })),
  /** Whether results of it were made by another version of the algorithm. */
  otherVersion: v.exactOptional(v.literal(true)),
  /** Whether the settings ask for radii, samples or neurons of the run's own, and `series` is without them yet. */
  unrefined: v.boolean(),
  /** Why this run cannot have the chosen baseline, as a sentence; null where it has it or merely waits for it. */
  baselineProblem: v.nullable(v.string()),
  /** How far the search for its specifications has come, which are in `series`; null while there is none. */
  specifying: v.nullable(v.object({ done: count, total: v.nullable(count) })),
  /** The files that its metrics are read from; absent where they are looked for. */
  pickedMetrics: v.exactOptional(pickedMetricsSchema),
  look: v.exactOptional(lookSchema),
  /** The last numbers of checkpoints whose files are others now, none of them an E: they are no points of `series`. */
  overwritten: v.exactOptional(v.array(runPointSchema)),
  /** It is no longer in the workspace: what is shown is what was known of it last. */
  gone: v.exactOptional(v.literal(true)),
});
export type Run = v.InferOutput<typeof runSchema>;

/** How far the queue has come, all runs together; null while nothing of what the view shows is in it. */
export const queueProgressSchema = v.nullable(
  v.object({
    done: count,
    total: count,
    /** Null until there is something to compute it from. */
    secondsLeft: maybe,
  }),
);
export type QueueProgress = v.InferOutput<typeof queueProgressSchema>;

/** What all views of runs show. */
const sharedEntries = {
  baseline: baselineChoiceSchema,
  emergenceFrom: v.picklist(EMERGENCE_SOURCES),
  /** The part of the network that is asked for, chosen for the workspace's runs or by the settings; null for all of it. */
  asked: v.nullable(subsetSchema),
  /** Whether null models are drawn beside every checkpoint. */
  nulls: v.boolean(),
  progress: queueProgressSchema,
  /** Translations of the page's words; a word without one is shown as it is (English). */
  l10n: v.record(v.string(), v.string()),
};

export const runsModelSchema = v.object({
  view: v.picklist(RUN_VIEWS),
  runs: v.array(runSchema),
  /** Sampled or full, chosen for the workspace's runs or by the settings. */
  askedMode: v.picklist(MODES),
  settings: settingsModelSchema,
  /** Of five runs or more that are not hidden, at one step; absent where there are fewer, or no metric that they share. */
  across: v.exactOptional(acrossSchema),
  ...sharedEntries,
});
export type RunsModel = v.InferOutput<typeof runsModelSchema>;

/** What a panel keeps with `setState` whenever it is shown a model, and the serializer gets back after a reload. */
export const runsStateSchema = v.object({ version: v.literal(1), runs: v.array(v.string()) });
export type RunsState = v.InferOutput<typeof runsStateSchema>;

const ofRun = v.object({ run: v.string() });
const ofCheckpoint = v.object({ run: v.string(), path: v.string() });

/** What every view of runs can ask the extension host for. */
const sharedMethods = {
  setBaseline: { params: baselineChoiceSchema, result: none },
  /** Draws null models beside the checkpoints of all runs from now on, or no longer, and analyzes those of this view. */
  setNulls: { params: v.object({ on: v.boolean() }), result: none },
  setEmergenceFrom: { params: v.object({ source: v.picklist(EMERGENCE_SOURCES) }), result: none },
  /** Puts the checkpoints of a run that have no result (of these settings) into the queue. */
  analyzeRun: { params: ofRun, result: none },
  /** Takes whatever is queued or running for the runs of this view out of the queue. */
  cancel: { params: none, result: none },
  showLog: { params: none, result: none },
  openSettings: { params: none, result: none },
  report: hostMethods.report,
  explain: hostMethods.explain,
} as const;

/** Methods of the extension host, called by the Trends and Emergence panels. */
export const runsHostMethods = {
  ...sharedMethods,
  remember: hostMethods.remember,
  /** The page's script runs: what shall it show? */
  ready: { params: none, result: runsModelSchema },
  /** The same as `analyzeRun`, for all runs of this panel. */
  analyzeMissing: { params: none, result: none },
  /** Analyzes one checkpoint, again if it has been: after a failure or with changed settings. */
  analyzeCheckpoint: { params: ofCheckpoint, result: none },
  /** Opens the Spectrum panel of one checkpoint. */
  openCheckpoint: { params: ofCheckpoint, result: none },
  /** Opens the comparison of two checkpoints of this panel's runs. */
  compareCheckpoints: { params: v.object({ a: ofCheckpoint, b: ofCheckpoint }), result: none },
  /** Shows the files of a checkpoint in the explorer. */
  reveal: { params: ofCheckpoint, result: none },
  /** Opens the other panel with the same runs. */
  openView: { params: v.object({ view: v.picklist(RUN_VIEWS) }), result: none },
  /** Analyzes each new checkpoint of this panel's runs once it is whole, or no longer. */
  watch: { params: v.object({ on: v.boolean() }), result: none },
  /** Leaves deleted checkpoints out of this panel's runs. */
  leaveOut: { params: none, result: none },
  /** Overlays the runs of dropped folders and checkpoints. */
  drop: { params: dropSchema, result: none },
  /** Asks which run to overlay. */
  addRun: { params: none, result: none },
  ...subsetMethods,
  ...settingsMethods,
  /** Takes all runs as sampled or as full networks from now on. Full networks, which may take long, wait for `analyzeMissing`. */
  setMode: hostMethods.setMode,
  removeRun: { params: ofRun, result: none },
  /** Shows runs of this panel otherwise from now on, in every panel. */
  setLooks: { params: v.object({ looks: v.record(v.string(), lookSchema) }), result: none },
  /** Asks what a run is to be called from now on, in every view. */
  renameRun: { params: ofRun, result: none },
  /** Changes the settings of a run one at a time, and finds E of its last checkpoint with each. */
  specify: { params: ofRun, result: none },
  stopSpecifying: { params: ofRun, result: none },
  /** Asks for files of metrics, and reads these alone for the run. */
  pickMetrics: { params: ofRun, result: none },
  /** Reads those found beside the run again. */
  findMetrics: { params: ofRun, result: none },
  save: hostMethods.save,
  /** Asks where to save and writes everything about the runs of this panel as one HTML file; `path` as in `save`. */
  saveReport: { params: none, result: hostMethods.save.result },
} as const;
export type RunsHostMethods = typeof runsHostMethods;

/** Methods of the Trends and Emergence panels, called by the extension host. */
export const runsPanelMethods = {
  /** Everything the panel shows, whole: whenever a result has come or a choice has changed. */
  show: { params: runsModelSchema, result: none },
  /** One checkpoint has moved on without a result: queued, running, failed. Nothing else has changed. */
  updateCheckpoint: { params: v.object({ run: v.string(), checkpoint: checkpointSchema }), result: none },
  progress: { params: queueProgressSchema, result: none },
} as const;
export type RunsPanelMethods = typeof runsPanelMethods;

export const dashboardModelSchema = v.object({
  /** Every run there is, to choose from. */
  runs: v.array(v.object({ id: v.string(), name: v.string() })),
  /** The chosen one; null when there are none. */
  run: v.nullable(runSchema),
  ...sharedEntries,
});
export type DashboardModel = v.InferOutput<typeof dashboardModelSchema>;

/** Methods of the extension host, called by the dashboard. */
export const dashboardHostMethods = {
  ...sharedMethods,
  ready: { params: none, result: dashboardModelSchema },
  select: { params: ofRun, result: none },
  /** Opens a panel with the chosen run. */
  openView: { params: v.object({ view: v.picklist(RUN_VIEWS) }), result: none },
  /** Opens the results that the extension carries, where there is nothing else to show. */
  openSampleRun: { params: none, result: none },
} as const;
export type DashboardHostMethods = typeof dashboardHostMethods;

/** Methods of the dashboard, called by the extension host. It is small: it is always shown whole. */
export const dashboardMethods = {
  show: { params: dashboardModelSchema, result: none },
} as const;
export type DashboardMethods = typeof dashboardMethods;
