/** Samples as workers take them: packed, and counted by a kernel. */
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import { packedLayout, packRows, packWeights } from '../../../src/core/counting/pack';
import { codePasses } from '../../../src/core/counting/passes';
import type { PickedWeights } from '../../../src/core/counting/sampleSums';
import type { ReadRows } from '../../../src/core/weights/kinds';
import { drawingOf } from '../../../src/core/sampling/drawNeurons';
import type { AnalysisPlan } from '../../../src/core/analysis/plan';
import { createKernel } from '../../../src/core/multifractal/kernel';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { PAPER, runSample, withRows } from './analyze';

export const WAYS = ['plain', 'packed'] as const;
/** How a sample is analyzed: weight by weight, or by a kernel that counts packed weights. */
export type Way = (typeof WAYS)[number];

export function runSampleIn(
  way: Way,
  plan: AnalysisPlan,
  seed: number,
  settings: Partial<AnalysisSettings> = {},
): AnalyzedSample {
  if (way === 'plain') return runSample(plan, seed, settings);
  return withRows((read) => runPacked(plan, seed, { ...PAPER, ...settings }, read));
}

/** @param kernel that counts. */
export function runPacked(
  plan: AnalysisPlan,
  seed: number,
  settings: AnalysisSettings,
  read: ReadRows,
  kernel = createKernel(),
): AnalyzedSample {
  const neurons = sampleNetwork(plan, drawingOf(settings), seed);
  const layout = packedLayout(plan, settings.neurons);
  const buffer = new Uint8Array(layout.bytes);
  const checkCancelled = (): void => undefined;
  for (const [i, projection] of plan.projections.entries()) {
    packWeights(projection, [neurons[i]!], [buffer], layout.offsets[i]!, read, checkCancelled);
  }
  const weights: PickedWeights = {
    read(i, at, _picked, _rows, into) {
      const from = layout.offsets[i]! + at;
      into.set(buffer.subarray(from, from + into.length));
    },
  };
  return analyzeSample(plan, settings, seed, {
    kernel,
    passes: codePasses,
    weights,
    neurons,
    checkCancelled,
  });
}

/** The same, with rows that are read when they are asked for. */
export function runUnpacked(
  plan: AnalysisPlan,
  seed: number,
  settings: AnalysisSettings,
  read: ReadRows,
): AnalyzedSample {
  const checkCancelled = (): void => undefined;
  const weights: PickedWeights = {
    read(_i, _at, picked, rows, into) {
      packRows(picked, rows, into, read, checkCancelled);
    },
  };
  return analyzeSample(plan, settings, seed, {
    kernel: createKernel(),
    passes: codePasses,
    weights,
    checkCancelled,
  });
}
