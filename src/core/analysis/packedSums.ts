/**
 * The sums of a sample whose weights are packed: the kernel counts them by their bit patterns, as it does those of a full
 * network. What it cannot count is left to the plain way, weight by weight (analyzeSample.ts), whose sums differ by
 * rounding alone.
 */
import type { AnalysisSettings } from '../../protocol/analysis';
import type { Kernel } from '../multifractal/kernel/kernel';
import { momentSteps } from '../multifractal/momentSteps';
import type { PartitionSums } from '../multifractal/partition';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { addTotals, emptyTotals, partitionOf } from './full/merge';
import { sumsOfCounts, type ProjectionSums } from '../counting/projectionSums';
import type { CodePass, EdgeLengths } from '../counting/passes';
import { MOST_PACKED_BYTES, packedLayout } from './packedWeights';
import type { AnalysisPlan, PlannedPart, PlannedProjection } from './plan';
import { pickParts } from './sampleWeights';

/** What counts packed weights. */
export interface PackedCounter {
  kernel: Kernel;
  passes: (lengths: EdgeLengths) => readonly CodePass[];
  /** The packed weights of a projection, its parts one after another; asked for once each, in network order. */
  packed: (projection: number) => Uint8Array;
}

export interface SampleSums {
  sums: PartitionSums;
  /** Of every source, in network order and in drawing order within a projection. */
  dimensions: Float64Array;
  edges: number;
  nonFinite: number;
}

/** Sources are counted together up to this many, which bounds the memory for their counters. */
export const COUNTED_SOURCES = 16_384;
/** Column counters of the kernel have 16 bits. */
const MOST_ROWS = 65_535;

type Countable = PlannedPart & { dtype: 'F16' | 'BF16' | 'F32' };

/** Whether the kernel counts this network's samples with these settings. A projection has to be held as a whole for it. */
export function countsPacked(plan: AnalysisPlan, settings: AnalysisSettings): boolean {
  const { threshold, transfer, neurons } = settings;
  if (threshold > 250) return false;
  if (packedLayout(plan, neurons).most > MOST_PACKED_BYTES) return false;
  return plan.projections.every(({ parts }) =>
    parts.every(({ dtype, kernel, groups }) => {
      // The lengths -ln |w| of the smallest 32-bit floats have no table.
      const tabled = dtype === 'F16' || dtype === 'BF16' || (dtype === 'F32' && transfer !== 'neglog');
      return tabled && kernel === 1 && groups === 1;
    }),
  );
}

/**
 * The sums of a sample for which {@link countsPacked} holds.
 *
 * @param scale multiplies every edge length.
 * @param checkpoint called often; throws to stop.
 * @returns null where that scale puts lengths beyond the tables.
 */
export function sumPacked(
  { kernel, passes, packed }: PackedCounter,
  { projections }: AnalysisPlan,
  { transfer, threshold, q }: AnalysisSettings,
  scale: number,
  neurons: readonly SampledNeurons[],
  checkpoint: () => void,
): SampleSums | null {
  const pass = passes({ transfer, threshold, scale })[0]!;
  const totals = emptyTotals(pass.codes.radius[pass.codes.spectrum!.last]!, q.length);
  const dimensions = new Float64Array(neurons.reduce((sum, { sources }) => sum + sources.length, 0));
  let edges = 0;
  let nonFinite = 0;
  for (let from = 0, to; from < projections.length; from = to) {
    to = batchEnd(neurons, from);
    const batch = neurons.slice(from, to);
    const sources = batch.reduce((sum, each) => sum + each.sources.length, 0);
    const largest = batch.reduce((most, { targets }) => Math.max(most, targets.length), 0) + 1;
    const bytes = projections.slice(from, to).map((projection, i) => mostBytes(projection, batch[i]!));
    kernel.begin(
      sources,
      largest,
      bytes.reduce((most, each) => Math.max(most, each), 0),
    );
    /** Where the dimension of each counted source belongs. */
    const places = new Uint32Array(sources);
    let first = 0;
    for (const [i, each] of batch.entries()) {
      const counted = countProjection(kernel, pass, projections[from + i]!, each, packed(from + i), first);
      if (!counted) return null;
      const before = totals.sources + first;
      for (const [source, position] of counted.positions.entries())
        places[first + source] = before + position;
      edges += counted.edges;
      first += each.sources.length;
      checkpoint();
    }
    const found = sumsOfCounts(kernel, pass.codes, sources, momentSteps(q)) as ProjectionSums;
    for (let source = 0; source < sources; source++) dimensions[places[source]!] = found.nfd[source]!;
    nonFinite += found.nonFinite;
    addTotals(totals, { ...found, sources });
  }
  return { sums: partitionOf(totals), dimensions, edges, nonFinite };
}

/** Projections from `from` on whose sources are counted together: at least one. */
function batchEnd(neurons: readonly SampledNeurons[], from: number): number {
  let sources = 0;
  let to = from;
  do sources += neurons[to++]!.sources.length;
  while (to < neurons.length && sources + neurons[to]!.sources.length <= COUNTED_SOURCES);
  return to;
}

/** Packed weights of a projection's largest part, at most. */
function mostBytes({ parts }: PlannedProjection, { sources, targets }: SampledNeurons): number {
  const size = parts.some(({ dtype }) => dtype === 'F32') ? 4 : 2;
  return size * sources.length * targets.length;
}

/** @returns the place among the sampled sources of each one counted, and the edges; null where a table leaves cells open. */
function countProjection(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  neurons: SampledNeurons,
  packed: Uint8Array,
  first: number,
): { positions: Uint32Array; edges: number } | null {
  const rowIsSource = projection.layout === 'in-out';
  let positions: Uint32Array = new Uint32Array();
  let edges = 0;
  let at = 0;
  for (const { rows, columns, part } of pickParts(projection, neurons)) {
    const { dtype } = part as Countable;
    if (pass.select(kernel, dtype) === null) return null;
    const bits = dtype === 'F32' ? 32 : 16;
    const rowBytes = (columns.neurons.length * bits) / 8;
    const bytes = rows.neurons.length * rowBytes;
    kernel.input(bytes).set(packed.subarray(at, at + bytes));
    for (let row = 0; row < rows.neurons.length; row += MOST_ROWS) {
      const matrix = {
        offset: row * rowBytes,
        bits,
        rows: Math.min(MOST_ROWS, rows.neurons.length - row),
        columns: columns.neurons.length,
      } as const;
      if (rowIsSource) kernel.countRows(matrix, first + row);
      else kernel.countColumns(matrix, first);
    }
    // The same for every part: each holds all sources.
    positions = rowIsSource ? rows.positions : columns.positions;
    edges += rows.neurons.length * columns.neurons.length;
    at += bytes;
  }
  return { positions, edges };
}
