/** Makes the result of a checkpoint from its samples. */
import {
  ALGORITHM_VERSION,
  ANALYSIS_SCHEMA,
  type Analysis,
  type AnalysisResult,
  type AnalysisSettings,
  type AnalysisSummary,
  type CheckpointInfo,
  type Estimate,
  type SampleResult,
} from '../../protocol/analysis';
import { largest, smallest } from '../../protocol/extremes';
import { distinctFacts, type Fact } from '../../protocol/facts';
import { adapterWarnings } from '../adapter/warnings';
import { MIN_EDGES } from '../multifractal/edges';
import { usedDraws } from '../network/select';
import { networkStructure } from '../network/structure';
import type { Network } from '../network/types';
import { sampleSize, wholeLayers } from '../sampling/drawNeurons';
import { sampleOverlap } from '../sampling/overlap';
import { estimate } from '../stats/estimate';
import { VERSION } from '../version';
import { droppedWarning } from './alwaysDropped';
import type { AnalyzedSample } from './analyzeSample';
import { extremesOf } from './extremeNeurons';
import { faultWarnings, type Faults } from './examine';
import { expectFinite } from './expectFinite';
import { scalingOf } from './scaling';
import { beyondOf, summarizeNulls } from './nulls/summarizeNulls';

/** Below this share of nodes among the neurons, the numbers describe a minority of the network. */
const FEW_NODES = 0.5;

/**
 * @param samples in the order of their seeds, at least one.
 * @param faults the findings of a second look at the weights.
 */
export function summarizeAnalysis(
  checkpoint: CheckpointInfo,
  network: Pick<Network, 'projections' | 'blocks' | 'draws' | 'skipped' | 'warnings'>,
  settings: AnalysisSettings,
  samples: readonly AnalyzedSample[],
  timing: AnalysisResult['timing'],
  faults: Faults = {},
): Analysis {
  const results = samples.map(({ result }) => result);
  const draws = usedDraws(network);
  const whole = wholeLayers(draws, settings.neurons);
  const same = draws.every((draw) => sampleSize(draw, settings.neurons) >= draw.width);
  const summary = summarize(results, same);
  const extremes = extremesOf(samples, network.projections, same);
  const nulls = summarizeNulls(results, settings);
  const overlap = sampleOverlap(network.projections, network.draws, settings.neurons);
  const { beyond, warnings } = beyondOf(results, settings, { edges: samples[0]!.edges, overlap });
  return {
    result: expectFinite({
      schema: ANALYSIS_SCHEMA,
      version: { engine: VERSION, algorithm: ALGORITHM_VERSION },
      checkpoint,
      settings,
      network: {
        projections: network.projections.length,
        blocks: network.blocks,
        sources: samples[0]!.sources,
        edges: samples[0]!.edges,
        wholeLayers: whole,
        ...(overlap > 0 && { overlap }),
        skipped: [...network.skipped],
        structure: networkStructure(network),
      },
      samples: results,
      summary,
      perProjection: null,
      bootstrap: null,
      ...faults,
      ...(extremes && { extremes }),
      nulls,
      beyond,
      warnings: [
        ...adapterWarnings(checkpoint),
        ...resultWarnings(results, summary, faults, whole.length),
        ...warnings,
        ...network.warnings,
        ...droppedWarning(network.projections),
      ],
      timing,
    }),
    arrays: samples.map(({ arrays }) => arrays),
  };
}

/**
 * Means over the accepted samples (outcome `kept`).
 * @param same whether every layer is taken whole, so that all samples are one network.
 */
export function summarize(samples: readonly SampleResult[], same = false): AnalysisSummary {
  const kept = samples.filter(({ outcome }) => outcome === 'kept');
  const of = (pick: (sample: SampleResult) => number | null): number[] =>
    kept.map(pick).filter((value) => value !== null);
  const estimateOf = (values: number[]): Estimate =>
    same ? { ...estimate(values), sd: null, ci95: null } : estimate(values);
  const worst = of(({ minR2 }) => minR2);
  const shares = samples.map(({ nodes, nodesDropped }) => nodes / (nodes + nodesDropped));
  return {
    samplesKept: kept.length,
    samplesDropped: samples.length - kept.length,
    reason: kept.length > 0 ? null : leftOut(samples),
    noInterval: same && kept.length > 1 ? { code: 'same-samples' } : null,
    alpha0: estimateOf(of(({ alpha0 }) => alpha0)),
    alpha0Exact: estimateOf(of(({ alpha0Exact }) => alpha0Exact)),
    width: estimateOf(of(({ width }) => width)),
    r2Mean: estimate(of(({ meanR2 }) => meanR2)).mean,
    r2Min: worst.length > 0 ? smallest(worst) : null,
    scaling: scalingOf(kept),
    nodesKept: estimate(shares).mean,
  };
}

function leftOut(samples: readonly SampleResult[]): Fact {
  const reasons = samples.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  return {
    code: 'samples-left-out',
    leftOut: samples.filter(({ outcome }) => outcome !== 'kept').length,
    of: samples.length,
    reasons: distinctFacts(reasons),
  };
}

/** Things a careful reader should know. */
export function resultWarnings(
  samples: readonly SampleResult[],
  summary: AnalysisSummary,
  faults: Faults,
  narrowLayers: number,
): Fact[] {
  const list: Fact[] = [];
  if (summary.samplesKept > 0 && summary.samplesDropped > 0) list.push(leftOut(samples));
  if (summary.samplesKept > 0 && summary.nodesKept !== null && summary.nodesKept < FEW_NODES) {
    list.push({ code: 'few-neurons', share: summary.nodesKept, edges: MIN_EDGES });
  }
  const unsound = samples.filter(({ outcome, sound }) => outcome === 'kept' && !sound);
  if (unsound.length > 0) {
    const f = largest(unsound.flatMap((sample) => sample.f));
    list.push({ code: 'unsound-spectrum', samples: unsound.length, of: summary.samplesKept, f });
  }
  const shuffled = samples.flatMap(({ outcome, nulls }) =>
    outcome === 'kept' && nulls ? nulls.shuffled.draws.width : [],
  );
  const missing = shuffled.filter((width) => width === null).length;
  if (missing > 0) list.push({ code: 'nulls-incomplete', missing, of: shuffled.length });
  const narrow: Fact[] = narrowLayers > 0 ? [{ code: 'narrow-layers', layers: narrowLayers }] : [];
  return [...list, ...faultWarnings(faults), ...narrow];
}
