/**
 * What a worker does, as pure functions of their plain-data arguments. Files are opened here, by path and byte range;
 * only figures go back.
 */
import { planAnalysis, type AnalysisPlan } from '../core/analysis/plan';
import { describeCheckpoint } from '../core/analysis/describe';
import { initialNetwork, type InitialNetwork } from '../core/emergence/initialNetwork';
import { buildNetwork } from '../core/network/adapters';
import { selectProjections } from '../core/network/select';
import type { Network } from '../core/network/types';
import type { CheckpointInfo, Subset } from '../protocol/analysis';
import { fullJobs } from './fullJobs';
import { inspectJobs } from './inspectJobs';
import { sampledJobs } from './sampledJobs';
import { withCheckpoint } from './withCheckpoint';

export interface OpenedCheckpoint {
  info: CheckpointInfo;
  network: Network;
  plan: AnalysisPlan;
  /** Null: weights are read. Else they are drawn, from these distributions. */
  drawn: InitialNetwork['weights'] | null;
}

/** The methods of the worker: name → function. Arguments and results must survive structured cloning. */
export const jobs = { open, openInitial, ...inspectJobs, ...sampledJobs, ...fullJobs };
export type Jobs = typeof jobs;

interface OpenJob {
  path: string;
  /** The part of the network to take; null for all of it. */
  subset: Subset | null;
}

/** Reads headers, finds the network and plans its reads. */
function open({ path, subset }: OpenJob): OpenedCheckpoint {
  return withCheckpoint(path, (checkpoint) => {
    const whole = buildNetwork(checkpoint, checkpoint.path);
    const network = selectProjections(whole, subset, checkpoint.path);
    return {
      info: describeCheckpoint(checkpoint, network.architecture),
      network,
      plan: planAnalysis(network, checkpoint.tensors),
      drawn: null,
    };
  });
}

/** The same network before training, its weights drawn from the architecture's initialiser. */
function openInitial({ path, subset }: OpenJob): OpenedCheckpoint {
  return withCheckpoint(path, (checkpoint) => {
    // The initialiser, and the name of what it makes, are those of the whole network, whatever is taken of it.
    const whole = buildNetwork(checkpoint, checkpoint.path);
    const plan = planAnalysis(whole, checkpoint.tensors);
    const template = describeCheckpoint(checkpoint, whole.architecture);
    const { info, weights } = initialNetwork(template, whole, plan, checkpoint.config);
    const network = selectProjections(whole, subset, checkpoint.path);
    const kept = new Set(network.projections);
    const isKept = (_: unknown, i: number): boolean => kept.has(whole.projections[i]!);
    return {
      info,
      network,
      plan: { ...plan, projections: plan.projections.filter(isKept) },
      drawn: weights.filter(isKept),
    };
  });
}
