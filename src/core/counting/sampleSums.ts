/**
 * The partition sums and fractal dimensions of a sample: its weights are packed piece by piece, and counted like any
 * others.
 */
import type { AnalysisPlan, PlannedPart, PlannedProjection } from '../analysis/plan';
import type { AnalysisSettings } from '../../protocol/analysis';
import { largest } from '../../protocol/extremes';
import { CODES, type Kernel } from '../multifractal/kernel/kernel';
import { momentSteps } from '../multifractal/momentSteps';
import type { RadiusCodes } from '../multifractal/radiusCodes';
import type { PartitionSums } from '../multifractal/partition';
import type { Layout } from '../network/types';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { CHUNK_BYTES, type RowRange } from './chunks';
import { PartCounter, spareSources, type CountedPart } from './countPart';
import { pairBytes } from './pack';
import type { CodePass, EdgeLengths } from './passes';
import { pickParts, piecesOf, type PickedPart, type Piece } from './pick';
import { sumsOfCounts, type ProjectionSums } from './projectionSums';
import { addTotals, emptyTotals, partitionOf } from './totals';

/** The source of a sample's weights. */
export interface PickedWeights {
  /**
   * Fills `into` with some of the rows that a sample takes of a part: of each row, the weights that join it to picked
   * columns.
   * @param at number of the projection's bytes before them.
   */
  read(projection: number, at: number, picked: PickedPart, rows: RowRange, into: Uint8Array): void;
}

export interface SampleCounter {
  kernel: Kernel;
  passes: (lengths: EdgeLengths) => readonly CodePass[];
  weights: PickedWeights;
  /** Called often; throws to stop the work. */
  checkCancelled: () => void;
}

/** Follows a sample while it is counted by the codes of the spectrum. */
export interface CountListener {
  /** Called with the weights of a part, as stored, right before they are counted. */
  onWeights(projection: number, part: PlannedPart, bytes: Uint8Array, elements: number): void;
  /**
   * Called when a part has been counted, into the kernel's counters from row `first` on, in addition to the parts
   * before it.
   */
  onPart(projection: number, part: PlannedPart, codes: RadiusCodes, first: number, sources: number): void;
  /**
   * Called when projections with `sources` together have been counted and folded; from then on the counters may be
   * reused.
   */
  onBatch(pass: CodePass, sources: number, largest: number): void;
}

/** The counts of some of a sample's sources, by the codes of the spectrum. */
export interface CountedNodes {
  /** Shape [sources, codes.size]; valid during the call. */
  counts: Uint32Array;
  codes: RadiusCodes;
  sources: number;
  /** Which neuron a source is: its projection in the network, and its index there. */
  neuronOf: (source: number) => { projection: number; neuron: number };
}

export interface SampleSums {
  sums: PartitionSums;
  /** For every source, in network order and, within a projection, in drawing order. */
  dimensions: Float64Array;
  edges: number;
  nonFinite: number;
}

/** Up to this many sources with one-byte codes are counted together, which bounds the memory for their counters. */
export const COUNTED_SOURCES = 16_384;

/** The largest number of sources that are counted together; a single projection always is. */
export function countedSources(codes: number): number {
  return Math.floor((COUNTED_SOURCES * CODES) / codes);
}

/** Approximate size of the weights that are counted together. */
export const PIECE_BYTES = CHUNK_BYTES;

/** @param scales factors for the edge lengths of each projection: which radii exist does not depend on them. */
export function sumSample(
  counter: SampleCounter,
  { projections }: AnalysisPlan,
  { transfer, threshold, q, radii }: Pick<AnalysisSettings, 'transfer' | 'threshold' | 'q' | 'radii'>,
  scales: readonly number[],
  neurons: readonly SampledNeurons[],
  listener?: CountListener,
  onNodes?: (nodes: CountedNodes) => void,
): SampleSums {
  const passesOf = (scale: number): readonly CodePass[] => counter.passes({ transfer, threshold, scale });
  const passes = passesOf(scales[0] ?? 1);
  const { codes } = passes.find((pass) => pass.codes.spectrum)!;
  const totals = emptyTotals(codes.radius[codes.spectrum!.last]!, q.length);
  const dimensions = new Float64Array(neurons.reduce((sum, { sources }) => sum + sources.length, 0));
  const together = countedSources(largest(passes.map((pass) => pass.codes.size)));
  let edges = 0;
  let nonFinite = 0;
  for (let from = 0, to; from < projections.length; from = to) {
    to = batchEnd(neurons, from, together);
    const batch = projections.slice(from, to).map((projection, i): Counted => {
      return { index: from + i, projection, neurons: neurons[from + i]! };
    });
    const sources = batch.reduce((sum, each) => sum + each.neurons.sources.length, 0);
    let found: Partial<ProjectionSums> = {};
    let places = new Uint32Array();
    let spectrum = { pass: passes[0]!, largest: 0 };
    for (const [i, pass] of passes.entries()) {
      const own = pass.codes.spectrum ? listener : undefined;
      const passOf = (index: number): CodePass => passesOf(scales[index]!)[i]!;
      const counted = countBatch(counter, pass.codes.size, passOf, batch, sources, own);
      if (pass.codes.spectrum)
        onNodes?.({
          counts: counter.kernel.counts,
          codes: pass.codes,
          sources,
          neuronOf: (source) => neuronAt(batch, counted, source),
        });
      if (pass.codes.spectrum) spectrum = { pass, largest: counted.largest };
      found = { ...found, ...sumsOfCounts(counter.kernel, pass.codes, sources, momentSteps(q)) };
      places = counted.places;
      if (pass.codes.nfd) edges += counted.edges;
    }
    const sums = found as ProjectionSums;
    scatter(sums.nfd, places, dimensions.subarray(totals.sources));
    nonFinite += sums.nonFinite;
    addTotals(totals, { ...sums, sources });
    listener?.onBatch(spectrum.pass, sources, spectrum.largest);
  }
  return { sums: partitionOf(totals, radii), dimensions, edges, nonFinite };
}

interface Counted {
  /** Its index in the network. */
  index: number;
  projection: PlannedProjection;
  neurons: SampledNeurons;
}

// Short loops have functions of their own: otherwise the optimizing compiler would compile all of a long function for
// their sake, which takes longer than a sample.

function scatter(values: Float64Array, places: Uint32Array, into: Float64Array): void {
  for (let i = 0; i < values.length; i++) into[places[i]!] = values[i]!;
}

function addTo(values: Uint32Array, by: number, into: Uint32Array, at: number): void {
  for (let i = 0; i < values.length; i++) into[at + i] = by + values[i]!;
}

/** The neuron that a counted source of a batch represents. */
function neuronAt(
  batch: readonly Counted[],
  { places, owners, starts }: CountedBatch,
  source: number,
): { projection: number; neuron: number } {
  const owner = owners[source]!;
  const { index, neurons } = batch[owner]!;
  return { projection: index, neuron: neurons.sources[places[source]! - starts[owner]!]! };
}

/** The end of the projections from `from` on whose sources are counted together: at least one. */
function batchEnd(neurons: readonly SampledNeurons[], from: number, most: number): number {
  let sources = 0;
  let to = from;
  do sources += neurons[to++]!.sources.length;
  while (to < neurons.length && sources + neurons[to]!.sources.length <= most);
  return to;
}

interface CountedBatch {
  /**
   * For each counted source its position, in drawing order, among those of the batch; drawing order applies within its
   * projection.
   */
  places: Uint32Array<ArrayBuffer>;
  /** By counted source: its projection's index in the batch. */
  owners: Uint32Array;
  /** By projection of the batch: the position of its first source. */
  starts: number[];
  edges: number;
  largest: number;
}

function countBatch(
  sampleCounter: SampleCounter,
  size: number,
  passOf: (projection: number) => CodePass,
  batch: readonly Counted[],
  sources: number,
  listener: CountListener | undefined,
): CountedBatch {
  const { kernel, checkCancelled } = sampleCounter;
  const sizes = batch.map(({ projection, neurons }) =>
    sampledKernel(projection, { sources: neurons.sources.length, targets: neurons.targets.length }, size),
  );
  const most = largest(sizes.map((each) => each.largest));
  kernel.begin(
    sources + largest(sizes.map(({ spare }) => spare)),
    most,
    largest(sizes.map(({ input }) => input)),
    size,
  );
  const places = new Uint32Array(sources);
  const owners = new Uint32Array(sources);
  const starts: number[] = [];
  let edges = 0;
  let first = 0;
  for (const [i, each] of batch.entries()) {
    const { index, projection, neurons } = each;
    const own = neurons.sources.length;
    const pass = passOf(index);
    let at = 0;
    for (const picked of pickParts(projection, neurons)) {
      const { part, rows, columns } = picked;
      const counter = new PartCounter(kernel, pass, countedPart(projection, picked, own), first, sources);
      const counted = countPicked(sampleCounter, counter, index, picked, projection.layout, at, listener);
      at += counted.bytes;
      edges += counted.elements;
      listener?.onPart(index, part, pass.codes, first, own);
      // The same for every part: each has all sources.
      addTo((projection.layout === 'in-out' ? rows : columns).positions, first, places, first);
    }
    owners.fill(i, first, first + own);
    starts.push(first);
    first += own;
    checkCancelled();
  }
  return { places, owners, starts, edges, largest: most };
}

/** Counts what a sample takes of a part. @param before number of the projection's bytes before it. */
function countPicked(
  { kernel, weights, checkCancelled }: SampleCounter,
  counter: PartCounter,
  index: number,
  picked: PickedPart,
  layout: Layout,
  before: number,
  listener: CountListener | undefined,
): { bytes: number; elements: number } {
  const { part } = picked;
  let [at, elements] = [before, 0];
  for (const piece of piecesOf(picked, layout, pieceElements(picked))) {
    const bytes = kernel.input((piece.elements / part.taps) * pairBytes(part));
    weights.read(index, at, picked, piece, bytes);
    at += bytes.length;
    elements += piece.elements;
    listener?.onWeights(index, part, bytes, piece.elements);
    counter.count(bytes, piece.elements, piece.matrices);
    checkCancelled();
  }
  counter.finish();
  return { bytes: at - before, elements };
}

function countedPart({ layout }: PlannedProjection, { part }: PickedPart, sources: number): CountedPart {
  return { dtype: part.dtype, taps: part.taps, layout, sources };
}

/** Approximate number of elements of a piece. */
export function pieceElements({ part }: Pick<PickedPart, 'part'>): number {
  return (PIECE_BYTES * part.taps) / pairBytes(part);
}

/**
 * The greatest sizes that the kernel needs memory for: additional rows of counters, the largest N, and bytes of a
 * piece.
 */
export function sampledKernel(
  { parts, layout }: PlannedProjection,
  { sources, targets }: { sources: number; targets: number },
  codes: number,
): { spare: number; largest: number; input: number } {
  const positions = largest(parts.map(({ taps }) => taps));
  const spare = parts.map(({ dtype, taps }) => spareSources({ dtype, taps, layout, sources }, codes));
  const rowWidth = layout === 'in-out' ? targets : sources;
  const input = parts.map((part) =>
    Math.min(PIECE_BYTES + rowWidth * pairBytes(part), sources * targets * pairBytes(part)),
  );
  return { spare: largest(spare), largest: targets * positions + 1, input: largest(input) };
}

/**
 * Passes all weights of some of a sample's projections to `use`, piece by piece, as stored; each piece is valid during
 * the call.
 */
export function forEachPickedPiece(
  { weights, checkCancelled }: Pick<SampleCounter, 'weights' | 'checkCancelled'>,
  { projections }: AnalysisPlan,
  indices: readonly number[],
  neurons: readonly SampledNeurons[],
  use: (picked: PickedPart, piece: Piece, bytes: Uint8Array) => void,
): void {
  let buffer = new Uint8Array();
  for (const i of indices) {
    const projection = projections[i]!;
    let at = 0;
    for (const picked of pickParts(projection, neurons[i]!)) {
      for (const piece of piecesOf(picked, projection.layout, pieceElements(picked))) {
        const length = (piece.elements / picked.part.taps) * pairBytes(picked.part);
        if (buffer.length < length) buffer = new Uint8Array(length);
        const bytes = buffer.subarray(0, length);
        weights.read(i, at, picked, piece, bytes);
        at += length;
        use(picked, piece, bytes);
        checkCancelled();
      }
    }
  }
}
