/** Messages between the extension host and the Spectrum panel. */
import * as v from 'valibot';
import { analysisSchema, MODES, subsetSchema } from './analysis';
import { dropSchema } from './drop';
import { elsewhereSchema } from './elsewhere';
import { errorSchema } from './errors';
import { settingsMethods, settingsModelSchema } from './chosenSettings';
import { subsetMethods } from './subset';
import { viewMethods } from './viewState';
import { count } from './numbers';

const none = v.null();

/** Progress of one checkpoint. Counts are whole samples; bytes are those read so far. */
export const progressSchema = v.object({ done: count, total: count, bytesRead: count });
export type AnalysisProgress = v.InferOutput<typeof progressSchema>;

/** A result with the large arrays of its samples, see packing.ts. */
const resultEntries = { result: analysisSchema, packed: v.instance(Uint8Array) };

/** What may have happened to a checkpoint's files since it was analyzed. */
export const FILE_CHANGES = ['overwritten', 'deleted'] as const;
export type FileChange = (typeof FILE_CHANGES)[number];
export const STALE = ['settings', ...FILE_CHANGES] as const;
/** Why a result is out of date. */
export type Stale = (typeof STALE)[number];

const itemStateSchema = v.variant('kind', [
  /** `elsewhere`: its state on another machine, where it is computed there. */
  v.object({ kind: v.literal('waiting'), elsewhere: v.exactOptional(elsewhereSchema) }),
  v.object({ kind: v.literal('running'), progress: progressSchema }),
  v.object({
    kind: v.literal('done'),
    ...resultEntries,
    /** What has changed since: the numbers still hold, and `analyze` makes present ones. */
    stale: v.exactOptional(v.picklist(STALE)),
  }),
  v.object({ kind: v.literal('cancelled') }),
  v.object({ kind: v.literal('failed'), error: errorSchema }),
]);
export type SpectrumItemState = v.InferOutput<typeof itemStateSchema>;

const itemSchema = v.object({
  /** Absolute path of the checkpoint: the item's identity. */
  path: v.string(),
  /** Short name, unique within the panel. */
  name: v.string(),
  state: itemStateSchema,
  /** The last good result, shown until there is another one. Only in a whole model. */
  former: v.exactOptional(v.object(resultEntries)),
});
export type SpectrumItem = v.InferOutput<typeof itemSchema>;

/** What a panel uses in place of the settings; restored after a reload. */
const ownEntries = {
  mode: v.exactOptional(v.picklist(MODES)),
  /** Null is the whole network, even where the settings specify a part. */
  subset: v.exactOptional(v.nullable(subsetSchema)),
  /** Whether null models are drawn beside the network. */
  nulls: v.exactOptional(v.boolean()),
};

export const spectrumModelSchema = v.object({
  items: v.array(itemSchema),
  /** The part of the network to analyze, set by the panel or by the settings; null for all of it. */
  asked: v.nullable(subsetSchema),
  /** Sampled or full, set by the panel or by the settings. */
  askedMode: v.picklist(MODES),
  settings: settingsModelSchema,
  /** Translations of the panel's words; a word without a translation is shown in English. */
  l10n: v.record(v.string(), v.string()),
  ...ownEntries,
});
export type SpectrumModel = v.InferOutput<typeof spectrumModelSchema>;

/** The panel's state, stored with `setState`; the serializer receives it after a reload. */
export const spectrumStateSchema = v.object({
  version: v.literal(1),
  paths: v.array(v.string()),
  ...ownEntries,
});
export type SpectrumState = v.InferOutput<typeof spectrumStateSchema>;

export const EXPORT_FORMATS = ['png', 'svg', 'csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Methods of the extension host, called by the panel. */
export const hostMethods = {
  /** The panel's script has started and asks what to show. */
  ready: { params: none, result: spectrumModelSchema },
  /** Asks where to save and writes the file. `path` is null when the user backed out. */
  save: {
    params: v.object({
      suggestedName: v.string(),
      format: v.picklist(EXPORT_FORMATS),
      content: v.union([v.string(), v.instance(Uint8Array)]),
    }),
    result: v.object({ path: v.nullable(v.string()) }),
  },
  /** Analyzes one checkpoint again, after a failure or with changed settings. */
  analyze: { params: v.object({ path: v.string() }), result: none },
  ...subsetMethods,
  ...viewMethods,
  ...settingsMethods,
  /** Switches between sampled and full networks for everything that the panel shows. */
  setMode: { params: v.object({ mode: v.picklist(MODES) }), result: none },
  /** Switches null models on or off for everything that the panel shows. */
  setNulls: { params: v.object({ on: v.boolean() }), result: none },
  /** Adds dropped checkpoints to those of the panel. */
  drop: { params: dropSchema, result: none },
  /** Opens one of the panel's checkpoints in a panel of its own. */
  openCheckpoint: { params: v.object({ path: v.string() }), result: none },
  /** Shows one of the panel's checkpoints in the explorer. */
  reveal: { params: v.object({ path: v.string() }), result: none },
  /** Stops whatever is running for this panel. */
  cancel: { params: none, result: none },
  showLog: { params: none, result: none },
  openSettings: { params: none, result: none },
  /** Opens the guide at a symbol or a chart. */
  explain: { params: v.object({ topic: v.string() }), result: none },
  /** A failure inside the panel, for the log. */
  report: { params: v.object({ message: v.string() }), result: none },
} as const;
export type HostMethods = typeof hostMethods;

/** Methods of the panel, called by the extension host. */
export const spectrumMethods = {
  /** Everything that the panel shows. */
  show: { params: spectrumModelSchema, result: none },
  /** The state of one item has changed. */
  update: { params: itemSchema, result: none },
} as const;
export type SpectrumMethods = typeof spectrumMethods;
