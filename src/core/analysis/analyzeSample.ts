/** One sample of one checkpoint: draw neurons, read their weights, grow boxes, take the spectrum. */
import type { AnalysisSettings, NfdSummary, SampleArrays, SampleResult } from '../../protocol/analysis';
import { EdgeCounts } from '../multifractal/boxGrowing';
import { NFD_RULE, neuronFractalDimensions } from '../multifractal/nfd';
import { partitionSums, type PartitionSums } from '../multifractal/partition';
import { filteredOut } from '../multifractal/sampleFilter';
import { missingSpectrum, multifractalSpectrum } from '../multifractal/spectrum';
import { TRANSFER } from '../multifractal/transfer';
import { drawNeurons, sampledNeurons } from '../sampling/drawNeurons';
import { histogram, quantiles } from '../stats/estimate';
import type { AnalysisPlan } from './plan';
import { visitSampledWeights, type RowReader } from './sampleWeights';

const NFD_QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
const NFD_BINS = 64;

export interface SampleIo {
  read: RowReader;
  /** Called often; throws to stop the work. */
  checkpoint(): void;
}

export interface AnalyzedSample {
  result: SampleResult;
  arrays: SampleArrays;
  /** Sampled sources and edges, before any filter. */
  sources: number;
  edges: number;
}

export function analyzeSample(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  seed: number,
  io: SampleIo,
): AnalyzedSample {
  const { spectrum, nfd, edges, nonFinite } = countEdges(plan, settings, seed, io);
  const sums = partitionSums(spectrum, settings.q);
  io.checkpoint();
  const dimensions = neuronFractalDimensions(nfd);
  const { result, lnZ } = sampleResult(sums, settings, seed, nonFinite, dimensions);
  return { result, arrays: { lnZ, nfd: dimensions }, sources: spectrum.sources, edges };
}

/** The sampled network's edge counts, sources in network order (and in drawing order within a projection). */
function countEdges(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  seed: number,
  io: SampleIo,
): { spectrum: EdgeCounts; nfd: EdgeCounts; edges: number; nonFinite: number } {
  const drawn = drawNeurons(plan.draws, settings.neurons, seed);
  const neurons = plan.projections.map((projection) => sampledNeurons(projection, drawn));
  const sources = neurons.reduce((sum, each) => sum + each.sources.length, 0);
  const spectrum = EdgeCounts.forSpectrum(sources, settings.threshold, settings.digits);
  const nfd = EdgeCounts.forNfd(sources, settings.digits);
  const distance = TRANSFER[settings.transfer];
  let first = 0;
  let edges = 0;
  let nonFinite = 0;
  for (const [i, projection] of plan.projections.entries()) {
    const { sources: from, targets: to } = neurons[i]!;
    visitSampledWeights(projection, from, to, io.read, io.checkpoint.bind(io), (source, _target, weight) => {
      edges++;
      if (!Number.isFinite(weight)) nonFinite++;
      const d = distance(Math.abs(weight));
      spectrum.add(first + source, d);
      nfd.add(first + source, d);
    });
    first += from.length;
  }
  return { spectrum, nfd, edges, nonFinite };
}

function sampleResult(
  sums: PartitionSums,
  settings: AnalysisSettings,
  seed: number,
  nonFinite: number,
  dimensions: Float64Array,
): { result: SampleResult; lnZ: Float64Array } {
  const { nodes, nodesDropped, edgesKept, radii } = sums;
  const counts = { seed, nodes, nodesDropped, edgesKept, nonFinite, radii, nfd: summarizeNfd(dimensions) };
  const missing = missingSpectrum(sums);
  if (missing) {
    const nothing = { tau: [], intercept: [], r2: [], alpha: [], f: [] };
    const none = { rMax: null, meanR2: null, minR2: null, alpha0: null, alpha0Exact: null, width: null };
    return {
      result: { ...counts, ...nothing, ...none, outcome: 'empty', reason: missing },
      lnZ: new Float64Array(),
    };
  }
  const { lnZ, ...spectrum } = multifractalSpectrum(sums, settings.q);
  const reason = filteredOut(spectrum, settings.filter);
  return { result: { ...counts, ...spectrum, outcome: reason ? 'filtered' : 'kept', reason }, lnZ };
}

function summarizeNfd(dimensions: Float64Array): NfdSummary {
  const sorted = dimensions.filter((value) => !Number.isNaN(value)).sort();
  const none = sorted.length === 0;
  return {
    rule: NFD_RULE,
    values: sorted.length,
    missing: dimensions.length - sorted.length,
    quantiles: none ? null : quantiles(sorted, NFD_QUANTILES),
    histogram: none ? null : histogram(sorted, NFD_BINS),
  };
}
