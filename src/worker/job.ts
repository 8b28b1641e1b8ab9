/**
 * The jobs of a worker, as pure functions of plain data. Jobs open files by path and byte range, and return numbers only.
 */
import type { OpenedCheckpoint } from './openedCheckpoint';
import { drawnPlan, planAnalysis } from '../core/analysis/plan';
import { storedModel, type Model } from '../core/adapter/model';
import { architectureView, storedSkipped } from '../core/adapter/network';
import { describeModel } from '../core/analysis/describe';
import { checkUnchanged, type StampedFile } from '../core/storage/stamp';
import { gaussianInfo } from '../core/emergence/gaussianNetwork';
import { initialNetwork } from '../core/emergence/initialNetwork';
import { metricsOf, type LogRun } from '../core/metrics/runLogs';
import { buildNetwork } from '../core/network/readNetwork';
import { selectProjections } from '../core/network/select';
import { NeuroMfaError } from '../protocol/errors';
import type { Metrics } from '../protocol/metrics';
import type { Subject } from '../protocol/subject';
import type { WeightKind } from '../protocol/weights';
import { aheadJobs } from './aheadJobs';
import { fullJobs } from './fullJobs';
import { inspectJobs } from './inspectJobs';
import { cachedJobs } from './cachedSamples';
import { priceJobs } from './priceJobs';
import { sampledJobs } from './sampledJobs';
import { SharedReading } from './readingProgress';
import { tensorJobs } from './tensorJobs';
import { withModel } from './withModel';
import { workerKernel } from './workerKernel';

/** The methods of the worker: name → function. Arguments and results must survive structured cloning. */
export const jobs = {
  warm,
  open,
  expectUnchanged,
  metrics,
  ...inspectJobs,
  ...priceJobs,
  ...aheadJobs,
  ...sampledJobs,
  ...cachedJobs,
  ...fullJobs,
  ...tensorJobs,
};
export type Jobs = typeof jobs;

/** Prepares what any job may need. */
function warm(): void {
  workerKernel();
}

export interface OpenJob {
  subject: Subject;
  /** Where progress is shared, see `SharedReading`. */
  reading?: SharedArrayBuffer;
}

const OPEN: Record<WeightKind, (job: OpenJob) => OpenedCheckpoint> = {
  stored: openStored,
  init: openInitial,
  gaussian: openGaussian,
};

/** Reads headers, finds the network and plans where its weights come from. */
function open(job: OpenJob): OpenedCheckpoint {
  return OPEN[job.subject.weights.kind](job);
}

/** @throws NeuroMfaError where a file is not what it was. */
function expectUnchanged(job: { files: readonly StampedFile[] }): void {
  checkUnchanged(job.files);
}

/** See `Engine.metrics`. */
function metrics(job: { run: LogRun }): Metrics {
  return metricsOf(job.run);
}

function openStored({ subject, reading }: OpenJob): OpenedCheckpoint {
  const { onTensors, onBlocks } = new SharedReading(reading).begin();
  const openModel = (model: Model): OpenedCheckpoint => {
    const { path } = model.checkpoint;
    const view = architectureView(model);
    const whole = buildNetwork({ ...view, onBlocks }, path);
    const network = selectProjections(whole, subject.part, path);
    return {
      info: describeModel(model, network.architecture),
      files: model.stamps,
      config: view.config,
      network: { ...network, skipped: storedSkipped(model, network.skipped) },
      plan: planAnalysis(network, model.tensors),
      weights: 'stored',
    };
  };
  return withModel(subject, openModel, onTensors);
}

/** The same network before training, with weights drawn from the architecture's initializer. */
function openInitial({ subject, reading }: OpenJob): OpenedCheckpoint {
  const { onTensors, onBlocks } = new SharedReading(reading).begin();
  const openModel = (opened: Model): OpenedCheckpoint => {
    const model = beforeTraining(opened);
    const { path } = model.checkpoint;
    const view = architectureView(model);
    // The initializer and its label are those of the whole network, also where a part is analyzed.
    const whole = buildNetwork({ ...view, onBlocks }, path);
    const plan = planAnalysis(whole, model.tensors);
    const template = describeModel(model, whole.architecture);
    const { info, weights } = initialNetwork(template, whole, plan, view.config);
    const drawn = drawnPlan(plan, weights);
    const network = selectProjections(whole, subject.part, path);
    const kept = new Set(network.projections);
    return {
      info,
      files: opened.stamps,
      config: view.config,
      network,
      plan: { ...drawn, projections: drawn.projections.filter((_, i) => kept.has(whole.projections[i]!)) },
      weights: 'init',
    };
  };
  return withModel(subject, openModel, onTensors);
}

/** The same network with Gaussian weights of each tensor's own moments. */
function openGaussian(job: OpenJob): OpenedCheckpoint {
  const opened = openStored(job);
  return { ...opened, info: gaussianInfo(opened.info), weights: 'gaussian' };
}

/** @throws NeuroMfaError `unsupported` for updates alone. */
function beforeTraining(model: Model): Model {
  if (!model.adapter) return model;
  if (model.base) return { ...storedModel(model.base), set: model.set };
  throw new NeuroMfaError(
    'unsupported',
    model.checkpoint.path,
    'a low-rank update is 0 before training, so its network has no edges then',
    'Choose the first checkpoint or a step as the baseline, or analyze the adapter with its base',
  );
}
