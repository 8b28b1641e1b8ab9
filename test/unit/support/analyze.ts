/** Analyzes checkpoints in this thread, weight by weight: what the engine's numbers are held to. */
import { join } from 'node:path';
import type { AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import { partRows, type ReadRows } from '../../../src/core/weights/kinds';
import { describeModel } from '../../../src/core/analysis/describe';
import { planAnalysis, type AnalysisPlan } from '../../../src/core/analysis/plan';
import { summarizeAnalysis } from '../../../src/core/analysis/summarize';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { localFiles } from '../../../src/core/storage/localFiles';
import type { ByteSource } from '../../../src/core/storage/storage';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Analysis, AnalysisResult, AnalysisSettings } from '../../../src/protocol/analysis';
import { withModel } from '../../../src/worker/withModel';
import { ROOT } from './golden';
import { analyzePlainly } from './plainSample';

/** q from −3 to 3 by 0.1, built from integers. */
export const PAPER_Q = Array.from({ length: 61 }, (_, i) => (i - 30) / 10);

export const PAPER: AnalysisSettings = {
  mode: 'sampled',
  samples: 10,
  neurons: 32,
  seed: 0,
  threshold: 150,
  transfer: 'inv',
  filter: 0,
  scaleFree: false,
  radii: { rule: 'observed' },
  nulls: null,
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

/** A sample weight by weight. */
export function runSample(
  plan: AnalysisPlan,
  seed: number,
  settings: Partial<AnalysisSettings> = {},
): AnalyzedSample {
  return withRows((read) => analyzePlainly(plan, { ...PAPER, ...settings }, seed, read));
}

/** Reads rows of any file for as long as `use` takes. */
export function withRows<T>(use: (read: ReadRows) => T): T {
  const sources = new Map<string, ByteSource>();
  const read = partRows((file) => {
    let source = sources.get(file.path);
    if (!source) sources.set(file.path, (source = localFiles.open(file.path, file.stamp)));
    return source;
  });
  try {
    return use(read);
  } finally {
    for (const source of sources.values()) source.close();
  }
}

/** The result of the sampled analysis of a checkpoint. */
export function analyzeHere(path: string, settings: AnalysisSettings): AnalysisResult {
  return analyzeWhole(path, settings).result;
}

/** The sampled analysis of a checkpoint. */
export function analyzeWhole(path: string, settings: AnalysisSettings): Analysis {
  return withModel({ at: path, base: null }, (model) => {
    const network = buildNetwork(model.checkpoint, path);
    const plan = planAnalysis(network, model.tensors);
    const samples = Array.from({ length: settings.samples }, (_, index) =>
      runSample(plan, settings.seed + index, settings),
    );
    const info = describeModel(model, network.architecture);
    const timing = { wall: 0, cpu: 0, bytesRead: 0, threads: 1 };
    return summarizeAnalysis(info, network, settings, samples, timing);
  });
}
