/**
 * What a worker does, as pure functions of their plain-data arguments. Files are opened here, by path and byte range;
 * only figures go back.
 */
import { analyzeSample, type AnalyzedSample } from '../core/analysis/analyzeSample';
import { planAnalysis, type AnalysisPlan } from '../core/analysis/plan';
import { describeCheckpoint } from '../core/analysis/describe';
import { storedRows } from '../core/analysis/sampleWeights';
import { openCheckpoint } from '../core/checkpoint/open';
import { FileSource } from '../core/checkpoint/source';
import type { Checkpoint } from '../core/checkpoint/types';
import { describeInitial, drawnRows } from '../core/emergence/initialNetwork';
import { initialiserOf } from '../core/emergence/initialiser';
import { buildNetwork } from '../core/network/adapters';
import type { Network } from '../core/network/types';
import type { AnalysisSettings, CheckpointInfo } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { INSPECTION_SCHEMA, type Inspection } from '../protocol/inspection';
import { SharedControl } from './control';

export interface OpenedCheckpoint {
  info: CheckpointInfo;
  network: Network;
  plan: AnalysisPlan;
  /** Null: weights are read. Else they are drawn, with these standard deviations of the projections. */
  deviations: readonly number[] | null;
}

export interface SampleJob extends Pick<OpenedCheckpoint, 'plan' | 'deviations'> {
  settings: AnalysisSettings;
  seed: number;
  control: SharedArrayBuffer;
}

export type SampleOutcome = AnalyzedSample & {
  /** Milliseconds of processor time of this thread. */
  cpu: number;
};

/** The methods of the worker: name → function. Arguments and results must survive structured cloning. */
export const jobs = { open, openInitial, inspect, sample };
export type Jobs = typeof jobs;

/** Reads headers, finds the network and plans its reads. */
function open({ path }: { path: string }): OpenedCheckpoint {
  return withCheckpoint(path, (checkpoint) => {
    const network = buildNetwork(checkpoint, checkpoint.path);
    return {
      info: describeCheckpoint(checkpoint, network.architecture),
      network,
      plan: planAnalysis(network, checkpoint.tensors),
      deviations: null,
    };
  });
}

/** The same network before training, its weights drawn from the architecture's initialiser. */
function openInitial({ path }: { path: string }): OpenedCheckpoint {
  const { info, network, plan } = open({ path });
  const initialiser = initialiserOf(network, info.path);
  return {
    info: describeInitial(info, plan, initialiser),
    network,
    plan,
    deviations: initialiser.deviations,
  };
}

function inspect({ path }: { path: string }): Inspection {
  return withCheckpoint(path, (checkpoint) => {
    const network = buildNetwork(checkpoint, checkpoint.path);
    return {
      schema: INSPECTION_SCHEMA,
      checkpoint: describeCheckpoint(checkpoint, network.architecture),
      metadata: { ...checkpoint.metadata },
      tensors: checkpoint.tensors.map(({ name, dtype, shape, bytes }) => ({
        name,
        dtype,
        shape: [...shape],
        bytes,
      })),
      projections: network.projections.map(({ name, block, role, parts, sources, targets, layout }) => ({
        name,
        block,
        role,
        tensors: parts.map(({ tensor }) => tensor),
        sources,
        targets,
        layout,
      })),
      skipped: [...network.skipped],
    };
  });
}

function sample({ plan, deviations, settings, seed, control }: SampleJob): SampleOutcome {
  const shared = new SharedControl(control);
  const sources = new Map<string, FileSource>();
  const begin = process.cpuUsage();
  let counted = 0;
  const stored = storedRows((file) => {
    let source = sources.get(file);
    if (!source) sources.set(file, (source = new FileSource(file)));
    return source;
  });
  try {
    const analyzed = analyzeSample(plan, settings, seed, {
      read: deviations ? drawnRows(plan, deviations, seed) : stored,
      checkpoint() {
        const read = [...sources.values()].reduce((sum, source) => sum + source.bytesRead, 0);
        shared.addBytes(read - counted);
        counted = read;
        if (shared.stopped)
          throw new NeuroMfaError('cancelled', `sample with seed ${seed}`, 'it was cancelled', '');
      },
    });
    const used = process.cpuUsage(begin);
    return { ...analyzed, cpu: (used.user + used.system) / 1000 };
  } finally {
    for (const source of sources.values()) source.close();
  }
}

function withCheckpoint<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}
