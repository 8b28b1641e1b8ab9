/** One sample of one checkpoint: draw neurons, read their weights, grow boxes, take the spectrum. */
import { largest } from '../../protocol/extremes';
import type { AnalysisSettings, NfdSummary, SampleArrays, SampleResult } from '../../protocol/analysis';
import { decode } from '../checkpoint/dtype';
import { medianLength, medianOfHeld } from './full/wideMedian';
import { leaveOut, nodesOf } from '../counting/projectionSums';
import {
  forEachPickedPiece,
  sumSample,
  type CountedNodes,
  type PickedWeights,
  type SampleCounter,
} from '../counting/sampleSums';
import { NFD_RULE } from '../multifractal/edges';
import type { PartitionSums } from '../multifractal/partition';
import { filteredOut } from '../multifractal/sampleFilter';
import { missingSpectrum, multifractalSpectrum } from '../multifractal/spectrum';
import { TRANSFER } from '../multifractal/transfer';
import {
  drawingOf,
  drawNeurons,
  sampledNeurons,
  type Drawing,
  type SampledNeurons,
} from '../sampling/drawNeurons';
import { histogram, quantiles } from '../stats/estimate';
import { lengthScales, type LengthScales, type Medians } from './lengthScales';
import { NodeCounts, type SampleExtremes } from './nodeCounts';
import { NullDrawing } from './nulls/nullDrawing';
import type { AnalysisPlan } from './plan';

const NFD_QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
const NFD_BINS = 64;

/**
 * Largest number of weights of a projection that are sorted for their median; for so few, counting patterns takes
 * longer.
 */
const HELD_WEIGHTS = 65_536;

export interface SampleIo extends SampleCounter {
  /** The sample's neurons by projection, where they are known already. */
  neurons?: readonly SampledNeurons[];
  /** Another network of this structure: only neurons that are nodes there too count. */
  common?: { plan: AnalysisPlan; weights: PickedWeights };
}

export interface AnalyzedSample {
  result: SampleResult;
  arrays: SampleArrays;
  /** Sampled sources and edges, before any filter. */
  sources: number;
  edges: number;
  /** Absent where single neurons are unknown, or where there is no spectrum without some of them. */
  extremes?: SampleExtremes;
}

/** The neurons that the sample with this seed takes, by projection. */
export function sampleNetwork(plan: AnalysisPlan, drawing: Drawing, seed: number): SampledNeurons[] {
  const drawn = drawNeurons(plan.draws, drawing, seed);
  return plan.projections.map((projection) => sampledNeurons(projection, drawn));
}

export function analyzeSample(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  seed: number,
  io: SampleIo,
): AnalyzedSample {
  const neurons = io.neurons ?? sampleNetwork(plan, drawingOf(settings), seed);
  const lengths = lengthScales(plan.projections, mediansOf(plan, settings, neurons, io));
  const drawing = settings.nulls && new NullDrawing(io, plan, settings, seed);
  const listener = drawing ?? undefined;
  const { scales } = lengths;
  const there = io.common ? nodesThere({ ...io, ...io.common }, io.common.plan, settings, neurons) : null;
  const nodes = new NodeCounts(io.kernel);
  const { sums, dimensions, edges, nonFinite } = sumSample(
    io,
    plan,
    settings,
    scales,
    neurons,
    listener,
    (counted) => {
      if (there) leaveOutOthers(counted, there);
      nodes.add(counted);
    },
  );
  io.checkCancelled();
  const { result: observed, lnZ } = sampleResult(sums, settings, { seed, nonFinite, lengths }, dimensions);
  const result = { ...observed, nulls: drawing?.result() ?? null };
  const extremes = result.width === null ? null : nodes.extremes(sums, settings.q, result.width);
  return {
    result,
    arrays: { lnZ, nfd: dimensions },
    sources: dimensions.length,
    edges,
    ...(extremes && { extremes }),
  };
}

/** The neurons of a sample that are nodes of this network, by projection. */
function nodesThere(
  io: SampleCounter,
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  neurons: readonly SampledNeurons[],
): ReadonlySet<number>[] {
  const { scales } = lengthScales(plan.projections, mediansOf(plan, settings, neurons, io));
  const found = plan.projections.map(() => new Set<number>());
  sumSample(io, plan, settings, scales, neurons, undefined, ({ counts, codes, sources, neuronOf }) => {
    for (const [source, isNode] of nodesOf(counts, codes, sources).entries()) {
      const { projection, neuron } = neuronOf(source);
      if (isNode) found[projection]!.add(neuron);
    }
  });
  return found;
}

function leaveOutOthers(
  { counts, codes, sources, neuronOf }: CountedNodes,
  there: readonly ReadonlySet<number>[],
): void {
  leaveOut(counts, codes, sources, (source) => {
    const { projection, neuron } = neuronOf(source);
    return there[projection]!.has(neuron);
  });
}

/** The medians of the sample's edge lengths, to which its lengths are relative. */
function mediansOf(
  plan: AnalysisPlan,
  { scaleFree, transfer }: AnalysisSettings,
  neurons: readonly SampledNeurons[],
  io: SampleIo,
): Medians {
  if (!scaleFree) return null;
  let values = new Float64Array();
  const medianOf = (indices: readonly number[]): number | null =>
    medianLength((use) => {
      forEachPickedPiece(io, plan, indices, neurons, ({ part }, { elements }, bytes) => {
        if (values.length < elements) values = new Float64Array(elements);
        const weights = values.subarray(0, elements);
        decode(part.dtype, bytes, weights);
        use(weights);
      });
    }, TRANSFER[transfer]);
  const all = [...plan.projections.keys()];
  if (scaleFree === 'network') return medianOf(all);
  return all.map((index) => {
    const { sources, targets } = neurons[index]!;
    const taps = largest(plan.projections[index]!.parts.map((part) => part.taps));
    if (sources.length * targets.length * taps > HELD_WEIGHTS) return medianOf([index]);
    const held: Float64Array[] = [];
    forEachPickedPiece(io, plan, [index], neurons, ({ part }, { elements }, bytes) => {
      const weights = new Float64Array(elements);
      decode(part.dtype, bytes, weights);
      held.push(weights);
    });
    return medianOfHeld(joined(held), TRANSFER[transfer]);
  });
}

function joined(pieces: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The fields of a sample that has no spectrum. New each time, because arrays are transferred to other threads. */
const noSpectrum = () => ({
  rMax: null,
  lnMu: [],
  tau: [],
  intercept: [],
  r2: [],
  meanR2: null,
  minR2: null,
  alpha: [],
  f: [],
  alpha0: null,
  alpha0Exact: null,
  width: null,
  sound: true,
  fit: null,
  lnZ: new Float64Array(),
});

/**
 * A sample's result from its partition sums; also that of the full network. Its fields are in the order of the schema.
 */
export function sampleResult(
  sums: PartitionSums,
  settings: AnalysisSettings,
  counted: Pick<SampleResult, 'seed' | 'nonFinite'> & { lengths: LengthScales },
  dimensions: Float64Array,
): { result: SampleResult; lnZ: Float64Array } {
  const { seed, nonFinite, lengths } = counted;
  const missing = lengths.missing ?? missingSpectrum(sums);
  const spectrum = missing === null ? multifractalSpectrum(sums, settings.q) : null;
  const reason = spectrum ? filteredOut(spectrum, settings.filter) : missing;
  const { nodes, nodesDropped, edgesKept, radii, edgesAt } = sums;
  const { lnZ, rMax, ...figures } = spectrum ?? noSpectrum();
  const outcome = reason === null ? 'kept' : 'filtered';
  const result: SampleResult = {
    ...{ seed, outcome: spectrum ? outcome : 'empty', reason },
    ...{ nodes, nodesDropped, edgesKept, nonFinite },
    ...lengths.medians,
    ...{ rMax, radii, edgesAt },
    ...figures,
    nulls: null,
    nfd: summarizeNfd(dimensions),
  };
  return { result, lnZ };
}

export function summarizeNfd(dimensions: Float64Array): NfdSummary {
  // Typed arrays sort NaN to the end.
  const all = dimensions.slice().sort();
  let values = all.length;
  while (values > 0 && Number.isNaN(all[values - 1])) values--;
  const sorted = all.subarray(0, values);
  const none = sorted.length === 0;
  return {
    rule: NFD_RULE,
    values: sorted.length,
    missing: dimensions.length - sorted.length,
    quantiles: none ? null : quantiles(sorted, NFD_QUANTILES),
    histogram: none ? null : histogram(sorted, NFD_BINS),
  };
}
