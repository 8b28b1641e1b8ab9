/** The jobs of sampled networks. */
import { createHash } from 'node:crypto';
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../core/analysis/analyzeSample';
import { partMoments, type Moments } from '../core/analysis/moments';
import { packedLayout, PackedWeights, packWeights, type PackedLayout } from '../core/analysis/packedWeights';
import type { AnalysisPlan, PlannedProjection } from '../core/analysis/plan';
import { checkpointRows } from '../core/analysis/sampleWeights';
import type { SampledNeurons } from '../core/sampling/drawNeurons';
import type { AnalysisSettings } from '../protocol/analysis';
import { JobSession } from './session';
import { workerKernel, workerPasses } from './workerKernel';

/** The neurons of each of some samples, by projection. */
function sampleNeurons(job: { plan: AnalysisPlan; neurons: number; seeds: number[] }): SampledNeurons[][] {
  return job.seeds.map((seed) => sampleNetwork(job.plan, job.neurons, seed));
}

/** Reads projections once and packs what every sample takes of them. */
function packSamples(job: {
  projections: readonly PlannedProjection[];
  /** Where each of them begins in a sample's room. */
  offsets: readonly number[];
  /** By projection: the neurons of every sample. */
  neurons: readonly SampledNeurons[][];
  /** One per sample. */
  rooms: readonly SharedArrayBuffer[];
  control: SharedArrayBuffer;
}): void {
  const rooms = job.rooms.map((room) => new Uint8Array(room));
  JobSession.run(job.control, 'reading weights', ({ read, checkpoint }) => {
    for (const [i, projection] of job.projections.entries()) {
      packWeights(projection, job.neurons[i]!, rooms, job.offsets[i]!, read, checkpoint);
    }
  });
}

/** SHA-256, in hexadecimal, of each sample's room. */
function hashSamples(job: { rooms: readonly SharedArrayBuffer[]; control: SharedArrayBuffer }): string[] {
  return JobSession.run(job.control, 'recognizing weights', ({ checkpoint }) =>
    job.rooms.map((room) => {
      checkpoint();
      return createHash('sha256').update(new Uint8Array(room)).digest('hex');
    }),
  );
}

/** What {@link packSamples} made ready for one sample. */
export interface PackedSample {
  neurons: SampledNeurons[];
  layout: PackedLayout;
  room: SharedArrayBuffer;
}

function sample(job: {
  plan: AnalysisPlan;
  settings: AnalysisSettings;
  seed: number;
  /** Null: the sample reads its own rows. */
  packed: PackedSample | null;
  control: SharedArrayBuffer;
}): AnalyzedSample {
  const { plan, settings, seed, packed, control } = job;
  return JobSession.run(control, `sample with seed ${seed}`, ({ read, checkpoint }) => {
    const neurons = packed?.neurons ?? sampleNetwork(plan, settings.neurons, seed);
    const kernel = workerKernel();
    const common = { neurons, checkpoint, addReach: kernel.addReach };
    const counter = { kernel, passes: workerPasses };
    if (packed) {
      const room = new Uint8Array(packed.room);
      const { offsets } = packed.layout;
      return analyzeSample(plan, settings, seed, {
        ...common,
        read: new PackedWeights(plan, packed.layout, room),
        counter: { ...counter, packed: (i) => room.subarray(offsets[i], offsets[i + 1]) },
      });
    }
    let room: Uint8Array | undefined;
    return analyzeSample(plan, settings, seed, {
      ...common,
      read: checkpointRows(read),
      counter: {
        ...counter,
        packed(i) {
          room ??= new Uint8Array(packedLayout(plan, settings.neurons).most);
          packWeights(plan.projections[i]!, [neurons[i]!], [room], 0, read, checkpoint);
          return room;
        },
      },
    });
  });
}

/** Mean and deviation of all weights of each part. */
function moments(job: {
  projection: PlannedProjection;
  chunkBytes: number;
  control: SharedArrayBuffer;
}): Moments[] {
  return JobSession.run(job.control, job.projection.name, ({ read, checkpoint }) => {
    const io = { read, advance: checkpoint, chunkBytes: job.chunkBytes };
    return job.projection.parts.map((part) => partMoments(part, io));
  });
}

export const sampledJobs = { sampleNeurons, packSamples, hashSamples, sample, moments };
