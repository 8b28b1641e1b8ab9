/** The jobs of sampled networks. */
import { createHash } from 'node:crypto';
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../core/analysis/analyzeSample';
import { examineProjection, type ExaminedPart } from '../core/analysis/examine';
import { partMoments } from '../core/analysis/moments';
import type { Moments } from '../core/stats/moments';
import { packRows, packWeights, type PackedLayout } from '../core/counting/pack';
import type { PickedWeights } from '../core/counting/sampleSums';
import type { ReadRows } from '../core/weights/kinds';
import type { PlannedProjection } from '../core/analysis/plan';
import { drawingOf, drawNeurons, sampledNeurons, type Drawing } from '../core/sampling/drawNeurons';
import type { AnalysisSettings } from '../protocol/analysis';
import { examinedOnce, type CachedSamples } from './cachedSamples';
import { neuronsOf, drawShared, sampleLayout } from './sampleLayout';
import { JobSession } from './session';
import { planOf, type GivenPlan } from './sharedPlan';
import { workerKernel, workerPasses } from './workerKernel';

/** The neurons of each of some samples, see `drawShared`. */
function sampleNeurons(job: { plan: GivenPlan; drawing: Drawing; seeds: number[] }): SharedArrayBuffer[] {
  const plan = planOf(job.plan);
  return job.seeds.map((seed) => drawShared(plan, job.drawing, seed));
}

/** Reads projections once and packs the weights of every sample. */
function packSamples(job: {
  plan: GivenPlan;
  /** Projections `from` to `to`, exclusive. */
  from: number;
  to: number;
  /** k, per layer. */
  neurons: number;
  samples: readonly PackedSample[];
  control: SharedArrayBuffer;
}): void {
  const { from, to, neurons, samples } = job;
  const plan = planOf(job.plan);
  const { offsets } = sampleLayout(plan, neurons).packed;
  const buffers = samples.map(({ buffer }) => new Uint8Array(buffer));
  const drawn = samples.map((sample) => neuronsOf(plan, neurons, sample.drawn, from, to));
  JobSession.run(job.control, 'reading weights', ({ read, checkCancelled }) => {
    for (let i = from; i < to; i++) {
      const own = drawn.map((each) => each[i - from]!);
      packWeights(plan.projections[i]!, own, buffers, offsets[i]!, read, checkCancelled);
    }
  });
}

/** SHA-256, in hexadecimal, of each sample's buffer. */
function hashSamples(job: { buffers: readonly SharedArrayBuffer[]; control: SharedArrayBuffer }): string[] {
  return JobSession.run(job.control, 'recognizing weights', ({ checkCancelled }) =>
    job.buffers.map((buffer) => {
      checkCancelled();
      return createHash('sha256').update(new Uint8Array(buffer)).digest('hex');
    }),
  );
}

/** What one sample takes, in shared memory. */
export interface PackedSample {
  /** Its neurons, see `drawShared`. */
  drawn: SharedArrayBuffer;
  /** Its weights, which {@link packSamples} fills in. */
  buffer: SharedArrayBuffer;
}

function sample(job: {
  plan: GivenPlan;
  settings: AnalysisSettings;
  seed: number;
  /** Null: the sample reads its own rows. */
  packed: PackedSample | null;
  /** The network whose nodes count alone. */
  common: GivenPlan | null;
  control: SharedArrayBuffer;
}): AnalyzedSample {
  const { settings, seed, packed, control } = job;
  const plan = planOf(job.plan);
  const common = job.common && planOf(job.common);
  return JobSession.run(control, `sample with seed ${seed}`, ({ read, checkCancelled }) => {
    const neurons = packed
      ? neuronsOf(plan, settings.neurons, packed.drawn)
      : sampleNetwork(plan, drawingOf(settings), seed);
    const weights = packed
      ? packedWeights(sampleLayout(plan, settings.neurons).packed, packed.buffer)
      : ownWeights(read, checkCancelled);
    const counter = { kernel: workerKernel(), passes: workerPasses, weights, checkCancelled };
    const other = common && { plan: common, weights: ownWeights(read, checkCancelled) };
    return analyzeSample(plan, settings, seed, { ...counter, neurons, ...(other && { common: other }) });
  });
}

/** Weights that were read before. */
function packedWeights(layout: PackedLayout, buffer: SharedArrayBuffer): PickedWeights {
  const bytes = new Uint8Array(buffer);
  return {
    read(projection, at, _picked, _rows, into) {
      const from = layout.offsets[projection]! + at;
      into.set(bytes.subarray(from, from + into.length));
    },
  };
}

/** Weights that are read when they are needed. */
function ownWeights(read: ReadRows, checkCancelled: () => void): PickedWeights {
  return {
    read(_projection, _at, picked, rows, into) {
      packRows(picked, rows, into, read, checkCancelled);
    },
  };
}

/** Mean and deviation of all weights of each part. */
function moments(job: {
  projection: PlannedProjection;
  chunkBytes: number;
  control: SharedArrayBuffer;
}): Moments[] {
  return JobSession.run(job.control, job.projection.name, ({ read, checkCancelled }) => {
    const io = { read, advance: checkCancelled, chunkBytes: job.chunkBytes };
    return job.projection.parts.map((part) => partMoments(part, io));
  });
}

/** Examines projections again, by their places in the plan. @param seeds of the samples; null: all weights. */
function examine(job: {
  plan: GivenPlan;
  indices: readonly number[];
  drawing: Drawing;
  seeds: readonly number[] | null;
  counting: boolean;
  kept: CachedSamples | null;
  control: SharedArrayBuffer;
}): ExaminedPart[][] {
  const { indices, drawing, seeds, counting, kept } = job;
  const plan = planOf(job.plan);
  return JobSession.run(job.control, 'examining weights', (session) => {
    const samples = seeds?.map((seed) => {
      const drawn = drawNeurons(plan.draws, drawing, seed);
      return indices.map((index) => sampledNeurons(plan.projections[index]!, drawn));
    });
    return indices.map((index, i) => {
      const own = samples?.map((drawn) => drawn[i]!) ?? null;
      return examinedOnce(kept, { index, seeds, counting }, () =>
        examineProjection(plan.projections[index]!, own, counting, session),
      );
    });
  });
}

export const sampledJobs = { sampleNeurons, packSamples, hashSamples, sample, moments, examine };
