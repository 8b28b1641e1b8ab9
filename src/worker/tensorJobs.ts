/**
 * The jobs that read tensors for their own sake: facts about their values, and their changes from one checkpoint to
 * another.
 */
import { describeModel } from '../core/analysis/describe';
import { planAnalysis } from '../core/analysis/plan';
import { architectureView } from '../core/adapter/network';
import type { Model } from '../core/adapter/model';
import type { ChangeSums } from '../core/compare/change';
import { compareMetadata } from '../core/compare/metadata';
import { pairTensors, type Pair, type Pairing } from '../core/compare/pairs';
import { sumChanges } from '../core/compare/sumChanges';
import { factsBufferBytes } from '../core/compare/factsReads';
import { tensorFacts } from '../core/compare/tensorFacts';
import { isMade, networkValues, storedValues, type ValueSource } from '../core/compare/values';
import { indexTensors } from '../core/network/names';
import { buildNetwork, readNetwork } from '../core/network/readNetwork';
import { selectProjections } from '../core/network/select';
import { partRows } from '../core/weights/kinds';
import type { CheckpointInfo } from '../protocol/analysis';
import type { TensorComparison } from '../protocol/comparison';
import { NeuroMfaError } from '../protocol/errors';
import type { StampedFile } from '../core/storage/stamp';
import type { Subject } from '../protocol/subject';
import type { TensorFacts } from '../protocol/tensorFacts';
import { SharedReading } from './readingProgress';
import { JobSession } from './session';
import { withModel } from './withModel';

export interface PairedTensors
  extends Pairing, Pick<TensorComparison, 'a' | 'b' | 'of' | 'metadata' | 'metadataLeftOut'> {
  files: readonly StampedFile[];
}

interface PairJob {
  a: Subject;
  b: Subject;
  /** Where progress is shared, see `SharedReading`. */
  reading?: SharedArrayBuffer;
}

/** Opens both, and pairs their tensors. */
function pair({ a, b, reading }: PairJob): PairedTensors {
  const { onTensors } = new SharedReading(reading).begin();
  return withModel(a, (own) => withModel(b, (other) => paired(own, a, other, b), onTensors), onTensors);
}

/** @throws NeuroMfaError `unsupported` where one is an adapter by itself and the other is not. */
function paired(own: Model, a: Subject, other: Model, b: Subject): PairedTensors {
  const [alone, rest] = isAlone(own) ? [own, other] : [other, own];
  if (isAlone(alone) && !isAlone(rest)) {
    throw new NeuroMfaError(
      'unsupported',
      alone.checkpoint.path,
      `this adapter is taken by itself: its updates and the weights of ${rest.checkpoint.path} are no two states of one network`,
      'Choose its base: with --base, or “NeuroMFA: Choose Base of Adapter”',
    );
  }
  const made = isMade(own) || isMade(other);
  const values = (model: Model, subject: Subject): ValueSource[] =>
    made ? weightsOf(model, subject) : storedValues(model.readable);
  return {
    a: describeModel(own, architectureOf(own)),
    b: describeModel(other, architectureOf(other)),
    of: made ? 'weights' : 'tensors',
    ...pairTensors(values(own, a), values(other, b)),
    ...compareMetadata(own.checkpoint, other.checkpoint),
    files: [...own.stamps, ...other.stamps],
  };
}

/** Whether it consists of the updates of an adapter, without the base. */
const isAlone = ({ adapter, base }: Model): boolean => adapter !== null && base === null;

/** The network may be unknown: its tensors are compared anyway. */
function architectureOf(model: Model): string {
  const { network } = readNetwork(
    architectureView(model),
    indexTensors(model.tensors),
    model.checkpoint.path,
  );
  return network?.architecture ?? 'unknown';
}

function weightsOf(model: Model, { part }: Subject): ValueSource[] {
  const { path } = model.checkpoint;
  const network = selectProjections(buildNetwork(architectureView(model), path), part, path);
  const tensors = network.projections.map(({ parts }) => parts.map(({ tensor }) => tensor));
  return networkValues(planAnalysis(network, model.tensors), tensors);
}

/** Reads pairs of tensors once. */
function compareTensors(job: { pairs: readonly Pair[]; control: SharedArrayBuffer }): ChangeSums[] {
  return JobSession.run(job.control, 'comparing weights', ({ files, checkCancelled }) =>
    // Each side needs its own rows.
    job.pairs.map((each) => sumChanges(each, files, [partRows(files), partRows(files)], checkCancelled)),
  );
}

/** The tensors that a subject stores. */
export interface ListedValues {
  checkpoint: CheckpointInfo;
  tensors: ValueSource[];
  files: readonly StampedFile[];
}

function listValues({ subject, reading }: { subject: Subject; reading?: SharedArrayBuffer }): ListedValues {
  const { onTensors } = new SharedReading(reading).begin();
  return withModel(
    subject,
    (model) => ({
      checkpoint: describeModel(model, architectureOf(model)),
      tensors: storedValues(model.readable),
      files: model.stamps,
    }),
    onTensors,
  );
}

function factsOfTensors(job: { tensors: readonly ValueSource[]; control: SharedArrayBuffer }): TensorFacts[] {
  const buffer = new Uint8Array(
    job.tensors.reduce((most, tensor) => Math.max(most, factsBufferBytes(tensor)), 0),
  );
  return JobSession.run(job.control, 'reading tensors', ({ files, read, checkCancelled }) =>
    job.tensors.map((tensor) => tensorFacts(tensor, files, read, buffer, checkCancelled)),
  );
}

export const tensorJobs = { pair, compareTensors, listValues, factsOfTensors };
