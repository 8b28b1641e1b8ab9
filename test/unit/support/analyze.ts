/** Analyses checkpoints in this thread, without the pool. */
import { join } from 'node:path';
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import { codePasses } from '../../../src/core/analysis/full/tables';
import { packedLayout, PackedWeights, packWeights } from '../../../src/core/analysis/packedWeights';
import { partRows, type ReadRows } from '../../../src/core/analysis/partRows';
import { describeModel } from '../../../src/core/analysis/describe';
import { planAnalysis, type AnalysisPlan } from '../../../src/core/analysis/plan';
import { checkpointRows } from '../../../src/core/analysis/sampleWeights';
import { summarizeAnalysis } from '../../../src/core/analysis/summarize';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { FileSource } from '../../../src/core/checkpoint/source';
import { createKernel } from '../../../src/core/multifractal/kernel';
import { buildNetwork } from '../../../src/core/network/adapters';
import type { AnalysisResult, AnalysisSettings } from '../../../src/protocol/analysis';
import { withModel } from '../../../src/worker/withModel';
import { ROOT } from './golden';

/** q from −3 to 3 by 0.1, built from integers. */
export const PAPER_Q = Array.from({ length: 61 }, (_, i) => (i - 30) / 10);

export const PAPER: AnalysisSettings = {
  mode: 'sampled',
  samples: 10,
  neurons: 32,
  seed: 0,
  threshold: 150,
  digits: 0,
  transfer: 'inv',
  filter: 0,
  scaleFree: false,
  q: PAPER_Q,
  subset: null,
};

export function samplePath(step: number): string {
  return join(ROOT, `samples/neox-1m/step${step}`);
}

export function planOf(path: string): AnalysisPlan {
  const checkpoint = openCheckpoint(path);
  try {
    return planAnalysis(buildNetwork(checkpoint, path), checkpoint.tensors);
  } finally {
    checkpoint.close();
  }
}

/** How a sample gets its weights: reading its own rows, or packed and counted by a kernel. */
export type Way = 'plain' | 'packed';

export function runSample(
  plan: AnalysisPlan,
  seed: number,
  settings: Partial<AnalysisSettings> = {},
  way: Way = 'plain',
): AnalyzedSample {
  const all = { ...PAPER, ...settings };
  const sources = new Map<string, FileSource>();
  const read = partRows((file) => {
    let source = sources.get(file);
    if (!source) sources.set(file, (source = new FileSource(file)));
    return source;
  });
  try {
    return way === 'packed'
      ? runPacked(plan, seed, all, read)
      : analyzeSample(plan, all, seed, { read: checkpointRows(read), checkpoint });
  } finally {
    for (const source of sources.values()) source.close();
  }
}

/** Analyses a sample whose weights have been packed. @param kernel that counts them. */
export function runPacked(
  plan: AnalysisPlan,
  seed: number,
  settings: AnalysisSettings,
  read: ReadRows,
  kernel = createKernel(),
): AnalyzedSample {
  const neurons = sampleNetwork(plan, settings.neurons, seed);
  const layout = packedLayout(plan, settings.neurons);
  const room = new Uint8Array(layout.bytes);
  for (const [i, projection] of plan.projections.entries()) {
    packWeights(projection, [neurons[i]!], [room], layout.offsets[i]!, read, checkpoint);
  }
  return analyzeSample(plan, settings, seed, {
    read: new PackedWeights(plan, layout, room),
    counter: { kernel, passes: codePasses, packed: (i) => room.subarray(layout.offsets[i]) },
    neurons,
    checkpoint,
  });
}

const checkpoint = (): void => undefined;

/** The sampled analysis of a checkpoint. */
export function analyzeHere(path: string, settings: AnalysisSettings): AnalysisResult {
  return withModel(path, null, (model) => {
    const network = buildNetwork(model.checkpoint, path);
    const plan = planAnalysis(network, model.tensors);
    const samples = Array.from({ length: settings.samples }, (_, index) =>
      runSample(plan, settings.seed + index, settings),
    );
    const info = describeModel(model, network.architecture);
    const timing = { wall: 0, cpu: 0, bytesRead: 0, threads: 1 };
    return summarizeAnalysis(info, network, settings, samples, timing).result;
  });
}
