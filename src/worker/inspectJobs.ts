/** Describes what a checkpoint holds, from its headers, also where it makes no network. */
import { describeModel } from '../core/analysis/describe';
import { modelOf, storedModel, type Model } from '../core/adapter/model';
import { architectureView, storedNames, storedSkipped } from '../core/adapter/network';
import { formatLabel } from '../core/checkpoint/formats/names';
import { nameState } from '../core/storage/stamp';
import type { Checkpoint, TensorInfo } from '../core/checkpoint/types';
import { noNetwork, readNetwork, type NetworkReading } from '../core/network/readNetwork';
import { indexTensors, type TensorIndex } from '../core/network/names';
import { selectProjections } from '../core/network/select';
import type { CheckpointInfo } from '../protocol/analysis';
import { NeuroMfaError, type ErrorData } from '../protocol/errors';
import type { PackedInspection } from '../protocol/inspect';
import { INSPECTION_SCHEMA, type Inspection, type ListedTensor } from '../protocol/inspection';
import { readableLocation, type Subject } from '../protocol/subject';
import { packTensors } from '../protocol/tensorTable';
import { shortened } from '../protocol/visible';
import { SharedReading } from './readingProgress';
import { withCheckpoint } from './withModel';

/** The architecture of tensors that make no network. */
const UNKNOWN = 'unknown';

interface InspectJob {
  subject: Subject;
  /** Where progress is shared, see `SharedReading`. */
  reading?: SharedArrayBuffer;
}

/** The facts about a checkpoint, and why no network can be made of it, if so. */
export interface Description {
  checkpoint: CheckpointInfo;
  fault: ErrorData | null;
  /** Names the state of its files, see `ResultSource`; null where no file is read but the headers. */
  state: string | null;
}

function describe(job: InspectJob): Description {
  return read(job, ({ model, reading: { network, fault } }) => ({
    checkpoint: describeModel(model, network?.architecture ?? UNKNOWN),
    fault: fault?.data ?? null,
    state: nameState(model.stamps),
  }));
}

function inspect(job: InspectJob): Inspection {
  return read(job, ({ checkpoint, model, reading }) => {
    const selected = reading.network
      ? { ...reading, network: selectProjections(reading.network, job.subject.part, checkpoint.path) }
      : reading;
    return {
      schema: INSPECTION_SCHEMA,
      checkpoint: describeModel(model, reading.network?.architecture ?? UNKNOWN),
      metadata: { ...checkpoint.metadata },
      tensors: storedTensors(model).map(listed),
      ...networkFacts(model, selected),
    };
  });
}

function inspectPacked(job: InspectJob): PackedInspection {
  return read(job, ({ checkpoint, model, reading, index }) => {
    const { network, fault } = reading;
    const stored = index();
    return {
      checkpoint: describeModel(model, network?.architecture ?? UNKNOWN),
      format: formatLabel(checkpoint.format),
      ...shownMetadata(checkpoint.metadata),
      blocks: network?.blocks ?? 0,
      fault: fault?.data ?? null,
      warnings: [...(network?.warnings ?? [])],
      tensors: packTensors({
        tensors: stored.all.map(({ tensor }) => tensor),
        projections: network?.projections ?? [],
        tensorsOf: storedNames(model),
        skipped: storedSkipped(model, reading.network ? reading.network.skipped : reading.skipped),
        packed: stored,
      }),
    };
  });
}

/** Limits for a page, which draws everything that it receives. */
const MOST_ENTRIES = 1000;
const MOST_CHARACTERS = 10_000;

function shownMetadata(
  metadata: Checkpoint['metadata'],
): Pick<PackedInspection, 'metadata' | 'metadataLeftOut'> {
  const entries = Object.entries(metadata);
  const cut = (text: string): string =>
    text.length > MOST_CHARACTERS ? shortened(text, MOST_CHARACTERS) : text;
  return {
    metadata: entries.slice(0, MOST_ENTRIES).map(([key, value]) => [cut(key), cut(value)]),
    metadataLeftOut: Math.max(0, entries.length - MOST_ENTRIES),
  };
}

interface Read {
  checkpoint: Checkpoint;
  model: Model;
  reading: NetworkReading;
  /** Of all tensors in the files. */
  index: () => TensorIndex<TensorInfo>;
}

function read<T>({ subject, reading }: InspectJob, use: (read: Read) => T): T {
  const progress = new SharedReading(reading).begin();
  return withCheckpoint(
    readableLocation(subject.at),
    (checkpoint) => readModel(checkpoint, subject, progress, use),
    progress.onTensors,
  );
}

function readModel<T>(
  checkpoint: Checkpoint,
  { base, weights }: Subject,
  { onBlocks, onTensors }: SharedReading,
  use: (read: Read) => T,
): T {
  let model: Model;
  try {
    model = modelOf(checkpoint, base, onTensors, weights.set);
  } catch (fault) {
    const own = fault instanceof NeuroMfaError && fault.data.subject === checkpoint.path;
    if (!own || fault.code !== 'unsupported') throw fault;
    // An adapter that makes no model is shown as what it holds.
    const index = indexTensors(checkpoint.tensors);
    const reading = noNetwork(index, fault);
    return use({ checkpoint, model: storedModel(checkpoint), reading, index: () => index });
  }
  try {
    const index = indexTensors(model.tensors);
    const view = { ...architectureView(model), onBlocks };
    return use({
      checkpoint,
      model,
      reading: readNetwork(view, index, checkpoint.path),
      index: () => (model.tensors === checkpoint.tensors ? index : indexTensors(storedTensors(model))),
    });
  } finally {
    model.close();
  }
}

/** Those of the checkpoint, and of the base of an adapter. */
export function storedTensors({ checkpoint, base }: Model): readonly TensorInfo[] {
  return base ? [...checkpoint.tensors, ...base.tensors] : checkpoint.tensors;
}

/** With its stored type. */
function listed({ name, dtype, stored = dtype, shape, bytes }: TensorInfo): ListedTensor {
  return { name, dtype: stored, shape, bytes };
}

function networkFacts(
  model: Model,
  reading: NetworkReading,
): Pick<Inspection, 'blocks' | 'projections' | 'skipped' | 'warnings' | 'fault'> {
  if (!reading.network) {
    const skipped = [...storedSkipped(model, reading.skipped)];
    return { blocks: 0, projections: [], skipped, warnings: [], fault: reading.fault.data };
  }
  const { blocks, projections, skipped, warnings } = reading.network;
  const names = storedNames(model);
  return {
    blocks,
    projections: projections.map(({ name, block, role, parts, sources, targets, layout }) => ({
      name,
      block,
      role,
      tensors: [...new Set(parts.flatMap(({ tensor }) => names(tensor)))],
      sources,
      targets,
      layout,
    })),
    skipped: [...storedSkipped(model, skipped)],
    warnings: [...warnings],
    fault: null,
  };
}

export const inspectJobs = { describe, inspect, inspectPacked };
