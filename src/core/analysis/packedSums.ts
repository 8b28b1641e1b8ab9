/**
 * The sums of a sample whose weights are packed: the kernel counts them by their bit patterns, as it does those of a full
 * network. What it cannot count is left to the plain way, weight by weight (analyzeSample.ts), whose sums differ by
 * rounding alone.
 */
import type { AnalysisSettings } from '../../protocol/analysis';
import type { Kernel } from '../multifractal/kernel/kernel';
import { momentSteps } from '../multifractal/momentSteps';
import type { PartitionSums } from '../multifractal/partition';
import { MAX_FULL_THRESHOLD } from '../multifractal/radiusCodes';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { partitionOf } from './full/merge';
import { sumsOfCounts, type ProjectionSums } from './full/projectionSums';
import type { CodePass, EdgeLengths } from './full/tables';
import type { PackedWeights } from './packedWeights';
import { rowBytesOf } from './partRows';
import type { AnalysisPlan, PlannedPart } from './plan';
import { pickParts, type PickedPart } from './sampleWeights';

/** A kernel and its tables, which last longer than a sample. */
export interface PackedCounter {
  kernel: Kernel;
  passes: (lengths: EdgeLengths) => readonly CodePass[];
}

export interface PackedSums {
  sums: PartitionSums;
  /** Of every source, in network order and in drawing order within a projection. */
  dimensions: Float64Array;
  edges: number;
  nonFinite: number;
}

/** Column counters of the kernel have 16 bits. */
const MOST_ROWS = 65_535;

/**
 * @param scale multiplies every edge length.
 * @param checkpoint called often; throws to stop.
 * @returns null where the kernel cannot count weights of these types with these settings.
 */
export function sumPacked(
  { kernel, passes }: PackedCounter,
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  scale: number,
  neurons: readonly SampledNeurons[],
  packed: PackedWeights,
  checkpoint: () => void,
): PackedSums | null {
  const { transfer, threshold, digits, q } = settings;
  if (digits !== 0 || threshold > MAX_FULL_THRESHOLD) return null;
  const picks = plan.projections.map((projection, i) => pickParts(projection, neurons[i]!));
  if (!picks.flat().every(isCountable)) return null;
  const [pass, second] = passes({ transfer, threshold, scale });
  if (!pass || second) return null;

  const sources = neurons.reduce((sum, each) => sum + each.sources.length, 0);
  const largest = Math.max(...neurons.map(({ targets }) => targets.length)) + 1;
  kernel.begin(sources, largest, Math.max(...picks.flat().map(bytesOf)));
  /** Where each counted source belongs. */
  const order = new Uint32Array(sources);
  let first = 0;
  let edges = 0;
  for (const [i, { layout }] of plan.projections.entries()) {
    for (const picked of picks[i]!) {
      const { rows, columns, part } = picked;
      const { dtype } = part as CountablePart;
      kernel.input(bytesOf(picked)).set(packed.stored(picked));
      if (pass.select(kernel, dtype)) return null;
      const matrix = {
        offset: 0,
        bits: dtype === 'F32' ? 32 : 16,
        rows: rows.neurons.length,
        columns: columns.neurons.length,
      } as const;
      if (layout === 'in-out') kernel.countRows(matrix, first);
      else kernel.countColumns(matrix, first);
      const { positions } = layout === 'in-out' ? rows : columns;
      for (let source = 0; source < positions.length; source++)
        order[first + source] = first + positions[source]!;
      edges += matrix.rows * matrix.columns;
    }
    first += neurons[i]!.sources.length;
    checkpoint();
  }
  const found = sumsOfCounts(kernel, pass.codes, sources, momentSteps(q)) as ProjectionSums;
  const dimensions = new Float64Array(sources);
  for (let source = 0; source < sources; source++) dimensions[order[source]!] = found.nfd[source]!;
  return { sums: partitionOf({ ...found, sources }), dimensions, edges, nonFinite: found.nonFinite };
}

type CountablePart = PlannedPart & { dtype: 'F16' | 'BF16' | 'F32' };

function isCountable({ part, rows }: PickedPart): boolean {
  const { dtype, kernel, groups } = part;
  const tabled = dtype === 'F16' || dtype === 'BF16' || dtype === 'F32';
  return tabled && kernel === 1 && groups === 1 && rows.neurons.length <= MOST_ROWS;
}

/** Of the packed weights. */
function bytesOf({ part, rows, columns }: PickedPart): number {
  return (rowBytesOf(part) / part.columns) * rows.neurons.length * columns.neurons.length;
}
