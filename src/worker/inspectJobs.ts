/** Describes what a checkpoint contains, from its headers, even where it makes no network. */
import { describeModel } from '../core/analysis/describe';
import { modelOf, storedModel, type Model } from '../core/adapter/model';
import { architectureView, storedNames, storedSkipped } from '../core/adapter/network';
import { withSeen, type Seen } from '../core/storage/seen';
import { nameState } from '../core/storage/stamp';
import type { Checkpoint, TensorInfo } from '../core/checkpoint/types';
import { noNetwork, readNetwork, type NetworkReading } from '../core/network/readNetwork';
import { indexTensors, type TensorIndex } from '../core/network/names';
import { selectProjections } from '../core/network/select';
import type { Network } from '../core/network/types';
import type { CheckpointInfo, SkippedTensor, Subset } from '../protocol/analysis';
import { NeuroMfaError, type ErrorData } from '../protocol/errors';
import type { Inspection } from '../protocol/inspection';
import { readableLocation, type Subject } from '../protocol/subject';
import { packTensors } from '../protocol/tensorTable';
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
  /** Identifies the state of its files, see `ResultSource`; null where only headers are read. */
  state: string | null;
  /** What it was made from, see `withSeen`; none where looking at that again would not be enough. */
  seen?: Seen | null;
}

function describe(job: InspectJob): Description {
  const { value, seen } = withSeen(() =>
    read(job, ({ model, reading: { network, fault } }) => ({
      checkpoint: describeModel(model, network?.architecture ?? UNKNOWN),
      fault: fault?.data ?? null,
      state: nameState(model.stamps),
    })),
  );
  return { ...value, seen };
}

function inspect(job: InspectJob): Inspection {
  return read(job, ({ checkpoint, model, reading, index }) => {
    const { network, skipped } = partOf(reading, job.subject.part, checkpoint.path);
    const stored = index();
    return {
      checkpoint: describeModel(model, network?.architecture ?? UNKNOWN),
      metadata: { ...checkpoint.metadata },
      blocks: network?.blocks ?? 0,
      warnings: [...(network?.warnings ?? [])],
      fault: reading.fault?.data ?? null,
      tensors: packTensors({
        tensors: stored.all.map(({ tensor }) => tensor),
        projections: network?.projections ?? [],
        tensorsOf: storedNames(model),
        skipped: storedSkipped(model, skipped),
        packed: stored,
      }),
    };
  });
}

/** The requested part of the network, and the tensors that are in no part of it. */
function partOf(
  reading: NetworkReading,
  part: Subset | null,
  path: string,
): { network: Network | null; skipped: readonly SkippedTensor[] } {
  if (!reading.network) return reading;
  const network = selectProjections(reading.network, part, path);
  return { network, skipped: network.skipped };
}

interface Read {
  checkpoint: Checkpoint;
  model: Model;
  reading: NetworkReading;
  /** An index of all tensors in the files. */
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
    // An adapter that makes no model is shown with its own tensors.
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

/** The tensors of the checkpoint, and of an adapter's base. */
export function storedTensors({ checkpoint, base }: Model): readonly TensorInfo[] {
  return base ? [...checkpoint.tensors, ...base.tensors] : checkpoint.tensors;
}

export const inspectJobs = { describe, inspect };
