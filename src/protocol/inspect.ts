/** Messages between the extension host and the page of the inspect view. */
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
  /** The usual name of the checkpoint's format. */
  format: v.string(),
  /** As much as a page shows. */
  metadata: v.array(v.tuple([v.string(), v.string()])),
  /** Number of further entries. */
  metadataLeftOut: count,
  blocks: count,
  /** Why no network can be made of the tensors; null where one can. */
  fault: v.nullable(errorSchema),
  /** What a careful reader should know about the network. */
  warnings: v.array(factSchema),
  tensors: packedTensorsSchema,
});
export type ShownInspection = v.InferOutput<typeof shownInspectionSchema>;

/** Progress of reading: tensors found, and blocks read of the current family. */
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
/** Facts about the values of the tensors, where requested. */
export type FactsState = v.InferOutput<typeof factsStateSchema>;

const changeSchema = v.nullable(v.picklist(FILE_CHANGES));

export const inspectModelSchema = v.object({
  /** Short name of the checkpoint. */
  name: v.string(),
  state: stateSchema,
  facts: factsStateSchema,
  /** What happened to the file since it was read. */
  changed: changeSchema,
  /** Translations of the page's words. */
  l10n: v.record(v.string(), v.string()),
});
export type InspectModel = v.InferOutput<typeof inspectModelSchema>;

/** Methods of the extension host, called by the page. */
export const inspectHostMethods = {
  /** The page's script has started and asks what to show. */
  ready: { params: none, result: inspectModelSchema },
  /** Reads the file again: after a failure, or because it has changed. */
  read: { params: none, result: none },
  /** Analyzes the checkpoint, or only its projections of one role. */
  analyze: { params: v.object({ role: v.nullable(v.string()) }), result: none },
  /** Takes this copy of a model that the checkpoint contains several times, here and in analyses. */
  chooseWeights: { params: v.object({ set: v.string() }), result: none },
  /** Reads every value. */
  computeFacts: { params: none, result: none },
  cancelFacts: { params: none, result: none },
  /** Asks where to save the facts of all tensors, histograms included. */
  saveFacts: { params: none, result: hostMethods.save.result },
  /** The histogram of the tensor with this index among those with facts. */
  histogram: {
    params: v.object({ tensor: count }),
    result: v.nullable(v.object({ min: finite, max: finite, counts: v.array(count) })),
  },
  showLog: hostMethods.showLog,
  report: hostMethods.report,
  remember: hostMethods.remember,
} as const;
export type InspectHostMethods = typeof inspectHostMethods;

/** Methods of the page, called by the extension host. */
export const inspectPageMethods = {
  /** Everything that the page shows. */
  show: { params: inspectModelSchema, result: none },
  /** Progress while a checkpoint is being read. */
  reading: { params: readingSchema, result: none },
  /** The state of the facts has changed. */
  facts: { params: factsStateSchema, result: none },
  /** The file has changed since it was read, or was deleted. */
  changed: { params: changeSchema, result: none },
} as const;
export type InspectPageMethods = typeof inspectPageMethods;
