/** A sample weight by weight, as the method states it. */
import { lengthScales } from '../../../src/core/analysis/lengthScales';
import { sampleNetwork, sampleResult, type AnalyzedSample } from '../../../src/core/analysis/analyzeSample';
import type { AnalysisPlan, PlannedProjection } from '../../../src/core/analysis/plan';
import { decode } from '../../../src/core/checkpoint/dtype';
import { TRANSFER } from '../../../src/core/multifractal/transfer';
import { drawingOf, type SampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { rowBytesOf, type PlannedPart, type ReadRows } from '../../../src/core/weights/kinds';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { EdgeCounts, median, neuronFractalDimensions, partitionSums } from './plain';

/** An edge of a sample: the place of its source among all sampled ones, and its weight. */
type Edge = [source: number, weight: number];

export function analyzePlainly(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  seed: number,
  read: ReadRows,
): AnalyzedSample {
  const neurons = sampleNetwork(plan, drawingOf(settings), seed);
  const edges: (Edge & { projection: number })[] = [];
  let sources = 0;
  for (const [i, projection] of plan.projections.entries()) {
    for (const [source, weight] of edgesOf(projection, neurons[i]!, read))
      edges.push(Object.assign([sources + source, weight] as Edge, { projection: i }));
    sources += neurons[i]!.sources.length;
  }
  const distance = (weight: number): number => TRANSFER[settings.transfer](Math.abs(weight));
  const finite = edges.filter(([, weight]) => Number.isFinite(weight));
  const medianOf = (some: readonly Edge[]): number | null => {
    const lengths = some.filter(([, weight]) => weight !== 0).map(([, weight]) => distance(weight));
    return lengths.length > 0 ? median(Float64Array.from(lengths).sort()) : null;
  };
  const medians = {
    network: () => medianOf(finite),
    projection: () =>
      plan.projections.map((_, i) => medianOf(finite.filter((edge) => edge.projection === i))),
  };
  const lengths = lengthScales(
    plan.projections,
    settings.scaleFree === false ? null : medians[settings.scaleFree](),
  );
  const spectrum = EdgeCounts.forSpectrum(sources, settings.threshold);
  const nfd = EdgeCounts.forNfd(sources);
  for (const { 0: source, 1: weight, projection } of edges) {
    const scale = lengths.scales[projection]!;
    spectrum.add(source, scale * distance(weight));
    nfd.add(source, scale * distance(weight));
  }
  const counted = {
    seed,
    nonFinite: edges.length - finite.length,
    lengths,
  };
  const dimensions = neuronFractalDimensions(nfd);
  const { result, lnZ } = sampleResult(partitionSums(spectrum, settings.q), settings, counted, dimensions);
  return { result, arrays: { lnZ, nfd: dimensions }, sources, edges: edges.length };
}

function* edgesOf(
  { layout, parts }: PlannedProjection,
  { sources, targets }: SampledNeurons,
  read: ReadRows,
): Generator<Edge> {
  let firstTarget = 0;
  for (const part of parts) {
    const rowOf = rowsOf(part, read);
    const perGroup = part.rows / part.groups;
    for (const target of targets) {
      for (const [place, source] of sources.entries()) {
        const [row, other] =
          layout === 'out-in' ? [target - firstTarget, source] : [source, target - firstTarget];
        if (row < 0 || row >= part.rows) continue;
        const column = other - Math.floor(row / perGroup) * part.columns;
        if (column < 0 || column >= part.columns) continue;
        const weights = rowOf(row);
        for (let k = 0; k < part.taps; k++) yield [place, weights[column * part.taps + k]!];
      }
    }
    firstTarget += layout === 'out-in' ? part.rows : part.columns * part.groups;
  }
}

function rowsOf(part: PlannedPart, read: ReadRows): (row: number) => Float64Array {
  const known = new Map<number, Float64Array>();
  const bytes = new Uint8Array(rowBytesOf(part));
  return (row) => {
    let values = known.get(row);
    if (!values) {
      read(part, row, bytes);
      values = new Float64Array(part.columns * part.taps);
      decode(part.dtype, bytes, values);
      known.set(row, values);
    }
    return values;
  };
}
