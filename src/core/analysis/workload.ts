/** What an analysis will take, known before it starts: bytes, memory and, roughly, time. */
import type { AnalysisSettings } from '../../protocol/analysis';
import { CODES } from '../multifractal/kernel/kernel';
import { NFD_THRESHOLD } from '../multifractal/boxGrowing';
import { radiusGrid } from '../multifractal/radiusGrid';
import { sampleSize } from '../sampling/drawNeurons';
import { kernelRoom } from './full/projectionSums';
import { divideWork } from './full/units';
import { needsWideMedian, WIDE_PASSES } from './full/wideMedian';
import { COUNTED_SOURCES, countsPacked } from './packedSums';
import { MOST_PACKED_BYTES, packedLayout } from './packedWeights';
import { heldBytes, rowBytesOf, storedBytes } from './partRows';
import type { AnalysisPlan, PlannedPart, PlannedProjection } from './plan';

export interface Workload {
  /** That will be read. */
  bytes: number;
  /** Seconds of one thread, at rates measured on an ordinary machine: a slow disk takes longer. */
  seconds: number;
  /** Memory of every worker, in bytes, without its chunk of input. */
  workerBytes: number;
  /** Memory that the workers share, in bytes. */
  sharedBytes: number;
  /** Bytes of one chunk at least: a row must fit. */
  leastChunk: number;
}

/** A thread with our code in it and nothing to do. */
const IDLE_WORKER_BYTES = 32 * 2 ** 20;
/** Of the plan and the drawn neurons, per projection: there may be hundreds of thousands. */
const PLANNED_BYTES = 3 * 2 ** 10;
/** Per possible N of a node: its logarithm and powers, in the kernel and outside. */
const BYTES_PER_N = 2 * 3 * 8;
/** Fixed tables of the kernel. */
const KERNEL_BYTES = 3 * 2 ** 20;

/** Of one thread: weights of the full network, folding included; edges of samples; bytes of scattered rows; terms of products. */
const FULL_WEIGHTS_PER_SECOND = 5e8;
/** Those of 64 bits go one by one. */
const WIDE_WEIGHTS_PER_SECOND = 4e7;
const SAMPLED_EDGES_PER_SECOND = 5e6;
const ROW_BYTES_PER_SECOND = 1e9;
const TERMS_PER_SECOND = 6e8;
const MOMENT_WEIGHTS_PER_SECOND = 1e8;

export function workload(plan: AnalysisPlan, settings: AnalysisSettings, threads: number): Workload {
  return settings.mode === 'full' ? fullWorkload(plan, settings, threads) : sampledWorkload(plan, settings);
}

function fullWorkload(
  { projections }: AnalysisPlan,
  { scaleFree }: AnalysisSettings,
  threads: number,
): Workload {
  const divided = divideWork(projections, threads);
  const counting = sumParts(projections, countingSeconds);
  const rooms = projections.map((projection) => kernelRoom(projection, 0));
  // Before lengths relative to their median can be counted, the median has to be found.
  const wide = needsWideMedian({ projections });
  const median = scaleFree
    ? sumParts(projections, (part) => medianPasses(part, wide) * storedBytes(part, part.rows))
    : 0;
  const bytes = sumParts(projections, (part) => storedBytes(part, part.rows));
  const terms =
    (scaleFree && wide ? 1 + WIDE_PASSES : 1) *
    sumParts(projections, (part) => productTerms(part, part.rows));
  return {
    bytes: bytes + median,
    seconds: counting * (1 + median / bytes) + terms / TERMS_PER_SECOND,
    workerBytes:
      IDLE_WORKER_BYTES +
      KERNEL_BYTES +
      mostHeld(projections) +
      Math.max(...rooms.map(({ counters, largest }) => 4 * CODES * counters + BYTES_PER_N * largest)),
    sharedBytes: sum(projections, ({ sources }, i) => (divided[i]!.length > 1 ? 4 * CODES * sources : 0)),
    leastChunk: Math.max(...rooms.map(({ input }) => input)),
  };
}

/** What it takes to draw weights of a network with the moments that those stored have: these are all read first. */
export function momentsWorkload(work: Workload, { projections }: AnalysisPlan): Workload {
  const weights = sumParts(projections, (part) => part.rows * part.columns * part.kernel);
  const terms = sumParts(projections, (part) => productTerms(part, part.rows));
  const longestRow = projections.reduce((most, { parts }) => Math.max(most, ...parts.map(rowBytesOf)), 0);
  return {
    ...work,
    bytes: sumParts(projections, (part) => storedBytes(part, part.rows)),
    seconds: work.seconds + weights / MOMENT_WEIGHTS_PER_SECOND + terms / TERMS_PER_SECOND,
    leastChunk: longestRow,
  };
}

/** Of one thread, for one pass. */
function countingSeconds({ rows, columns, kernel, dtype }: PlannedPart): number {
  const rate = dtype === 'F64' ? WIDE_WEIGHTS_PER_SECOND : FULL_WEIGHTS_PER_SECOND;
  return (rows * columns * kernel) / rate;
}

/** 16-bit types need one pass, 32-bit floats two, and beside 64-bit ones all need four. */
function medianPasses({ dtype }: PlannedPart, wide: boolean): number {
  if (wide) return WIDE_PASSES;
  return dtype === 'F32' ? 2 : 1;
}

/** Terms of the sums that computing rows of a part takes. */
function productTerms({ columns, kernel, update }: PlannedPart, rows: number): number {
  return update ? rows * columns * kernel * update.rank : 0;
}

function mostHeld(projections: readonly PlannedProjection[]): number {
  return projections.reduce((most, { parts }) => Math.max(most, ...parts.map(heldBytes)), 0);
}

function sampledWorkload(plan: AnalysisPlan, settings: AnalysisSettings): Workload {
  const { samples, neurons, threshold, digits } = settings;
  const size = (draw: number): number => sampleSize(plan.draws[draw]!, neurons);
  const width = (draw: number): number => plan.draws[draw]!.width;
  let bytes = 0;
  let sources = 0;
  let mostSources = 0;
  let largest = 0;
  let edges = 0;
  let terms = 0;
  for (const { layout, parts, sampling } of plan.projections) {
    const [first] = sampling.targets;
    const rowDraw = layout === 'out-in' ? first!.draw : sampling.sources;
    /** Of a row, to be in any of the samples. */
    const chance = 1 - (1 - size(rowDraw) / width(rowDraw)) ** samples;
    bytes += sum(parts, (part) => storedBytes(part, chance * part.rows));
    terms += sum(parts, (part) => productTerms(part, chance * part.rows));
    const own = size(sampling.sources);
    const targets = sum(sampling.targets, ({ draw }) => size(draw));
    sources += own;
    mostSources = Math.max(mostSources, own);
    largest = Math.max(largest, targets + 1);
    edges += own * targets;
  }
  const radii = radiusGrid(threshold, digits).bins + radiusGrid(NFD_THRESHOLD, digits).bins;
  const counters = countsPacked(plan, settings)
    ? 4 * CODES * Math.max(mostSources, Math.min(sources, COUNTED_SOURCES))
    : 4 * radii * sources;
  const layout = packedLayout(plan, neurons);
  return {
    bytes: Math.round(bytes),
    seconds:
      bytes / ROW_BYTES_PER_SECOND + (samples * edges) / SAMPLED_EDGES_PER_SECOND + terms / TERMS_PER_SECOND,
    workerBytes:
      IDLE_WORKER_BYTES +
      KERNEL_BYTES +
      mostHeld(plan.projections) +
      counters +
      PLANNED_BYTES * plan.projections.length +
      BYTES_PER_N * largest +
      2 * layout.most, // packed, and in the kernel

    sharedBytes: layout.bytes > MOST_PACKED_BYTES ? 0 : Math.min(MOST_PACKED_BYTES, samples * layout.bytes),
    leastChunk: 0,
  };
}

function sumParts(projections: readonly PlannedProjection[], of: (part: PlannedPart) => number): number {
  return sum(projections, ({ parts }) => sum(parts, of));
}

function sum<T>(list: readonly T[], of: (each: T, index: number) => number): number {
  return list.reduce((total, each, index) => total + of(each, index), 0);
}
