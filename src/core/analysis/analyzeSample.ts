/** One sample of one checkpoint: draw neurons, read their weights, grow boxes, take the spectrum. */
import type { AnalysisSettings, NfdSummary, SampleArrays, SampleResult } from '../../protocol/analysis';
import { EdgeCounts } from '../multifractal/boxGrowing';
import { NFD_RULE, neuronFractalDimensions } from '../multifractal/nfd';
import { partitionSums, type PartitionSums } from '../multifractal/partition';
import { filteredOut } from '../multifractal/sampleFilter';
import { missingSpectrum, multifractalSpectrum } from '../multifractal/spectrum';
import { lengthScale, TRANSFER } from '../multifractal/transfer';
import { drawNeurons, sampledNeurons } from '../sampling/drawNeurons';
import { histogram, median, quantiles } from '../stats/estimate';
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
  const { spectrum, nfd, edges, ...counted } = countEdges(plan, settings, seed, io);
  const sums = partitionSums(spectrum, settings.q);
  io.checkpoint();
  const dimensions = neuronFractalDimensions(nfd);
  const { result, lnZ } = sampleResult(sums, settings, { seed, ...counted }, dimensions);
  return { result, arrays: { lnZ, nfd: dimensions }, sources: spectrum.sources, edges };
}

/** The sampled network's edge counts, sources in network order (and in drawing order within a projection). */
function countEdges(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  seed: number,
  io: SampleIo,
): { spectrum: EdgeCounts; nfd: EdgeCounts; edges: number; nonFinite: number; medianLength: number | null } {
  const drawn = drawNeurons(plan.draws, settings.neurons, seed);
  const neurons = plan.projections.map((projection) => sampledNeurons(projection, drawn));
  const sources = neurons.reduce((sum, each) => sum + each.sources.length, 0);
  const distance = TRANSFER[settings.transfer];
  /** Visits all edges, sources numbered through the whole network. */
  const visitEdges = (visit: (source: number, d: number, weight: number) => void): void => {
    let first = 0;
    for (const [i, projection] of plan.projections.entries()) {
      const { sources: from, targets: to } = neurons[i]!;
      visitSampledWeights(
        projection,
        from,
        to,
        io.read,
        io.checkpoint.bind(io),
        (source, _target, weight) => {
          visit(first + source, distance(Math.abs(weight)), weight);
        },
      );
      first += from.length;
    }
  };

  let medianLength: number | null = null;
  if (settings.scaleFree) {
    const lengths: number[] = [];
    visitEdges((_source, d, weight) => {
      if (weight !== 0 && Number.isFinite(weight)) lengths.push(d);
    });
    medianLength = lengths.length > 0 ? median(Float64Array.from(lengths).sort()) : null;
  }
  const scale = lengthScale(medianLength);
  const spectrum = EdgeCounts.forSpectrum(sources, settings.threshold, settings.digits);
  const nfd = EdgeCounts.forNfd(sources, settings.digits);
  let edges = 0;
  let nonFinite = 0;
  visitEdges((source, d, weight) => {
    edges++;
    if (!Number.isFinite(weight)) nonFinite++;
    spectrum.add(source, scale * d);
    nfd.add(source, scale * d);
  });
  return { spectrum, nfd, edges, nonFinite, medianLength };
}

/** A sample's result from its partition sums; one of the full network too. */
export function sampleResult(
  sums: PartitionSums,
  settings: AnalysisSettings,
  counted: Pick<SampleResult, 'seed' | 'nonFinite' | 'medianLength'>,
  dimensions: Float64Array,
): { result: SampleResult; lnZ: Float64Array } {
  const { nodes, nodesDropped, edgesKept, radii } = sums;
  const counts = { ...counted, nodes, nodesDropped, edgesKept, radii, nfd: summarizeNfd(dimensions) };
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

export function summarizeNfd(dimensions: Float64Array): NfdSummary {
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
