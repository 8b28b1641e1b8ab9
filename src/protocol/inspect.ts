/** What the extension host and the page of the inspect view say to each other. */
import * as v from 'valibot';
import { checkpointSchema } from './analysis';
import { errorSchema } from './errors';
import { factSchema } from './facts';
import { FILE_CHANGES, hostMethods } from './panel';
import { packedTensorsSchema } from './tensorTable';
import { count, finite } from './numbers';
import { tensorColumnsSchema } from './tensorColumns';

const none = v.null();

/** What the page gets of an `Inspection`. */
export const shownInspectionSchema = v.object({
  checkpoint: checkpointSchema,
  /** What people call the checkpoint's format. */
  format: v.string(),
  /** As much as a page shows. */
  metadata: v.array(v.tuple([v.string(), v.string()])),
  /** Entries that there are besides. */
  metadataLeftOut: count,
  blocks: count,
  /** Why no network can be made of the tensors, or null. */
  fault: v.nullable(errorSchema),
  /** What a careful reader should know about the network. */
  warnings: v.array(factSchema),
  tensors: packedTensorsSchema,
});
export type ShownInspection = v.InferOutput<typeof shownInspectionSchema>;

/** How far reading has come: tensors found, and blocks of the family that is being read. */
const readingSchema = v.object({ tensors: count, blocks: count, ofBlocks: count });
export type ReadingProgress = v.InferOutput<typeof readingSchema>;

const stateSchema = v.variant('kind', [
  v.object({ kind: v.literal('reading') }),
  v.object({ kind: v.literal('failed'), error: errorSchema }),
  v.object({ kind: v.literal('done'), inspection: shownInspectionSchema }),
]);
export type InspectState = v.InferOutput<typeof stateSchema>;

const factsStateSchema = v.variant('kind', [
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('running'), done: count, total: count }),
  v.object({ kind: v.literal('failed'), error: errorSchema }),
  /** With the numbers of `FACT_KEYS`. */
  v.object({ kind: v.literal('done'), tensors: tensorColumnsSchema }),
]);
/** What the values of the tensors are like, where that was asked for. */
export type FactsState = v.InferOutput<typeof factsStateSchema>;

const changeSchema = v.nullable(v.picklist(FILE_CHANGES));

export const inspectModelSchema = v.object({
  /** Short name of the checkpoint. */
  name: v.string(),
  state: stateSchema,
  facts: factsStateSchema,
  /** What has become of the file since it was read. */
  changed: changeSchema,
  /** Translations of the page's words. */
  l10n: v.record(v.string(), v.string()),
});
export type InspectModel = v.InferOutput<typeof inspectModelSchema>;

/** Methods of the extension host, called by the page. */
export const inspectHostMethods = {
  /** The page's script runs: what shall it show? */
  ready: { params: none, result: inspectModelSchema },
  /** Reads the file again: after a failure, or because it has changed. */
  read: { params: none, result: none },
  /** Analyzes the checkpoint, or only its projections of one role. */
  analyze: { params: v.object({ role: v.nullable(v.string()) }), result: none },
  /** Takes this copy of a model that the checkpoint holds several times, here and in analyses. */
  chooseWeights: { params: v.object({ set: v.string() }), result: none },
  /** Reads every value. */
  computeFacts: { params: none, result: none },
  cancelFacts: { params: none, result: none },
  /** Asks where to save the facts of all tensors, histograms included. */
  saveFacts: { params: none, result: hostMethods.save.result },
  /** Of the tensor at this place among those with facts. */
  histogram: {
    params: v.object({ tensor: count }),
    result: v.nullable(v.object({ min: finite, max: finite, counts: v.array(count) })),
  },
  showLog: hostMethods.showLog,
  report: hostMethods.report,
} as const;
export type InspectHostMethods = typeof inspectHostMethods;

/** Methods of the page, called by the extension host. */
export const inspectPageMethods = {
  /** Everything the page shows, whole. */
  show: { params: inspectModelSchema, result: none },
  /** While a checkpoint is being read: how far. */
  reading: { params: readingSchema, result: none },
  /** Facts are another state. */
  facts: { params: factsStateSchema, result: none },
  /** From now on the file is another one than was read, or gone. */
  changed: { params: changeSchema, result: none },
} as const;
export type InspectPageMethods = typeof inspectPageMethods;
