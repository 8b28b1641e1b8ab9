/** Samples as workers take them: packed, and counted by a kernel. */
import { analyzeSample, sampleNetwork, type AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import { codePasses } from '../../../src/core/counting/passes';
import { packedLayout, PackedWeights, packWeights } from '../../../src/core/analysis/packedWeights';
import type { ReadRows } from '../../../src/core/weights/kinds';
import type { AnalysisPlan } from '../../../src/core/analysis/plan';
import { createKernel } from '../../../src/core/multifractal/kernel';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { PAPER, runSample, withRows } from './analyze';

export const WAYS = ['plain', 'packed'] as const;
/** How a sample gets its weights: row by row, one by one, or packed and counted by a kernel. */
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
  const neurons = sampleNetwork(plan, settings.neurons, seed);
  const layout = packedLayout(plan, settings.neurons);
  const room = new Uint8Array(layout.bytes);
  const checkpoint = (): void => undefined;
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
