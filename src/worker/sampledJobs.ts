/** The jobs of sampled networks. */
import { createHash } from 'node:crypto';
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../core/analysis/analyzeSample';
import { examineProjection, type ExaminedPart } from '../core/analysis/examine';
import { partMoments } from '../core/analysis/moments';
import type { Moments } from '../core/stats/moments';
import { packRows, packWeights, type PackedLayout } from '../core/counting/pack';
import type { PickedWeights } from '../core/counting/sampleSums';
import type { ReadRows } from '../core/weights/kinds';
import type { AnalysisPlan, PlannedProjection } from '../core/analysis/plan';
import { drawingOf, type Drawing, type SampledNeurons } from '../core/sampling/drawNeurons';
import type { AnalysisSettings } from '../protocol/analysis';
import { examinedOnce, type KeptSamples } from './keptSamples';
import { JobSession } from './session';
import { workerKernel, workerPasses } from './workerKernel';

/** The neurons of each of some samples, by projection. */
function sampleNeurons(job: { plan: AnalysisPlan; drawing: Drawing; seeds: number[] }): SampledNeurons[][] {
  return job.seeds.map((seed) => sampleNetwork(job.plan, job.drawing, seed));
}

/** Reads projections once and packs the weights of every sample. */
function packSamples(job: {
  projections: readonly PlannedProjection[];
  /** Where each of them begins in a sample's buffer. */
  offsets: readonly number[];
  /** By projection: the neurons of every sample. */
  neurons: readonly SampledNeurons[][];
  /** One per sample. */
  buffers: readonly SharedArrayBuffer[];
  control: SharedArrayBuffer;
}): void {
  const buffers = job.buffers.map((buffer) => new Uint8Array(buffer));
  JobSession.run(job.control, 'reading weights', ({ read, checkCancelled }) => {
    for (const [i, projection] of job.projections.entries()) {
      packWeights(projection, job.neurons[i]!, buffers, job.offsets[i]!, read, checkCancelled);
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

/** What {@link packSamples} made ready for one sample. */
export interface PackedSample {
  neurons: SampledNeurons[];
  layout: PackedLayout;
  buffer: SharedArrayBuffer;
}

function sample(job: {
  plan: AnalysisPlan;
  settings: AnalysisSettings;
  seed: number;
  /** Null: the sample reads its own rows. */
  packed: PackedSample | null;
  /** The network whose nodes count alone. */
  common: AnalysisPlan | null;
  control: SharedArrayBuffer;
}): AnalyzedSample {
  const { plan, settings, seed, packed, common, control } = job;
  return JobSession.run(control, `sample with seed ${seed}`, ({ read, checkCancelled }) => {
    const neurons = packed?.neurons ?? sampleNetwork(plan, drawingOf(settings), seed);
    const weights = packed ? packedWeights(packed) : ownWeights(read, checkCancelled);
    const counter = { kernel: workerKernel(), passes: workerPasses, weights, checkCancelled };
    const other = common && { plan: common, weights: ownWeights(read, checkCancelled) };
    return analyzeSample(plan, settings, seed, { ...counter, neurons, ...(other && { common: other }) });
  });
}

/** Weights that were read before. */
function packedWeights({ layout, buffer }: PackedSample): PickedWeights {
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
  plan: AnalysisPlan;
  indices: readonly number[];
  drawing: Drawing;
  seeds: readonly number[] | null;
  counting: boolean;
  kept: KeptSamples | null;
  control: SharedArrayBuffer;
}): ExaminedPart[][] {
  const { plan, indices, drawing, seeds, counting, kept } = job;
  return JobSession.run(job.control, 'examining weights', (session) => {
    const samples = seeds?.map((seed) => {
      const drawn = sampleNetwork(plan, drawing, seed);
      return indices.map((index) => drawn[index]!);
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
