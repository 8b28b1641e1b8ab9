/** Networks of random weights in memory, shaped as small transformers: for null models, whose answers are known there. */
import type { AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import type { AnalysisPlan, PlannedProjection } from '../../../src/core/analysis/plan';
import { summarize } from '../../../src/core/analysis/summarize';
import { beyondOf, summarizeNulls } from '../../../src/core/analysis/nulls/summarizeNulls';
import { makeSettings } from '../../../src/core/analysis/settings';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { sampleOverlap } from '../../../src/core/sampling/overlap';
import { standardNormal } from '../../../src/core/stats/normal';
import { partRows } from '../../../src/core/weights/kinds';
import type { AnalysisResult, AnalysisSettings } from '../../../src/protocol/analysis';
import { makeAnalysis } from './analysis';
import { runPacked } from './packed';
import { Memory } from './plans';

export interface DrawnNetwork {
  plan: AnalysisPlan;
  weights: Float32Array;
}

/** @param width of every layer. @param weight of a source and projection, from a standard normal number. */
export function drawnNetwork(
  seed: number,
  width: number,
  projections: number,
  weight: (normal: number, source: number, projection: number) => number = (normal) => 0.03 * normal,
): DrawnNetwork {
  const random = standardNormal(new Mt19937(seed));
  const each = width * width;
  const weights = new Float32Array(projections * each);
  for (let i = 0; i < weights.length; i++) weights[i] = weight(random(), i % width, Math.floor(i / each));
  const planned = Array.from({ length: projections }, (_, i): PlannedProjection => ({
    name: `blocks.${i}.up`,
    layout: 'out-in',
    sources: width,
    targets: width,
    parts: [
      {
        dtype: 'F32',
        rows: width,
        columns: width,
        taps: 1,
        groups: 1,
        weights: { kind: 'stored', file: { path: 'one', stamp: null }, offset: 4 * each * i },
      },
    ],
    sampling: { sources: i, targets: [{ draw: i + 1, offset: 0 }] },
  }));
  const draws = Array.from({ length: projections + 1 }, (_, i) => ({ layer: `${i}`, width, multiple: 1 }));
  return { plan: { projections: planned, draws }, weights };
}

/** Of a network, with its null models. */
export function analyzeDrawn(
  { plan, weights }: DrawnNetwork,
  settings: AnalysisSettings = makeSettings({ samples: 4, nullDraws: 20 }),
): AnalysisResult {
  const memory = new Memory(new Uint8Array(weights.buffer));
  const analyzed = Array.from({ length: settings.samples }, (_, seed) =>
    runPacked(
      plan,
      seed,
      settings,
      partRows(() => memory),
    ),
  );
  const overlap = sampleOverlap(plan.projections, plan.draws, settings.neurons);
  return resultOf(analyzed, settings, overlap);
}

/** A result whose samples are those analyzed. */
export function resultOf(
  analyzed: readonly AnalyzedSample[],
  settings: AnalysisSettings,
  overlap = 0,
): AnalysisResult {
  const samples = analyzed.map(({ result }) => result);
  const base = makeAnalysis().result;
  const network = { ...base.network, edges: analyzed[0]!.edges, ...(overlap > 0 && { overlap }) };
  return {
    ...base,
    network,
    settings,
    samples,
    summary: summarize(samples),
    nulls: summarizeNulls(samples, settings),
    beyond: beyondOf(samples, settings, network).beyond,
  };
}
