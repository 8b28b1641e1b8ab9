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

/** @param drawn weights are not stored: they are drawn when a sample asks for them. */
export function workload(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  threads: number,
  drawn = false,
): Workload {
  return settings.mode === 'full'
    ? fullWorkload(plan, settings, threads)
    : sampledWorkload(plan, settings, drawn);
}

function fullWorkload(
  { projections }: AnalysisPlan,
  { scaleFree }: AnalysisSettings,
  threads: number,
): Workload {
  const divided = divideWork(projections, threads);
  const rooms = projections.map((projection) => kernelRoom(projection, 0));
  // Before lengths relative to their median can be counted, the median has to be found.
  const wide = needsWideMedian({ projections });
  const passes = (part: PlannedPart): number => (scaleFree ? medianPasses(part, wide) : 0);
  const median = sumParts(projections, (part) => passes(part) * storedBytes(part, part.rows));
  const seconds = sumParts(
    projections,
    (part) => countingSeconds(part) + passes(part) * countingSeconds(part, wide),
  );
  const bytes = sumParts(projections, (part) => storedBytes(part, part.rows));
  const terms =
    (scaleFree && wide ? 1 + WIDE_PASSES : 1) *
    sumParts(projections, (part) => productTerms(part, part.rows));
  return {
    bytes: bytes + median,
    seconds: seconds + terms / TERMS_PER_SECOND,
    workerBytes:
      IDLE_WORKER_BYTES +
      KERNEL_BYTES +
      mostHeld(projections) +
      most(rooms, ({ counters, largest }) => 4 * CODES * counters + BYTES_PER_N * largest),
    sharedBytes: sum(projections, ({ sources }, i) => (divided[i]!.length > 1 ? 4 * CODES * sources : 0)),
    leastChunk: most(rooms, ({ input }) => input),
  };
}

/** What it takes to draw weights of a network with the moments that those stored have: these are all read first. */
export function momentsWorkload(work: Workload, { projections }: AnalysisPlan): Workload {
  const weights = sumParts(projections, (part) => part.rows * part.columns * part.kernel);
  const terms = sumParts(projections, (part) => productTerms(part, part.rows));
  const longestRow = most(projections, ({ parts }) => most(parts, rowBytesOf));
  return {
    ...work,
    bytes: sumParts(projections, (part) => storedBytes(part, part.rows)),
    seconds: work.seconds + weights / MOMENT_WEIGHTS_PER_SECOND + terms / TERMS_PER_SECOND,
    leastChunk: longestRow,
  };
}

/** Of one thread, for one pass. @param wide all types are widened. */
function countingSeconds({ rows, columns, kernel, dtype }: PlannedPart, wide = dtype === 'F64'): number {
  const rate = wide ? WIDE_WEIGHTS_PER_SECOND : FULL_WEIGHTS_PER_SECOND;
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
  return most(projections, ({ parts }) => most(parts, heldBytes));
}

function sampledWorkload(plan: AnalysisPlan, settings: AnalysisSettings, drawn: boolean): Workload {
  const { samples, neurons, threshold, digits, scaleFree } = settings;
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
  const layout = packedLayout(plan, neurons);
  const counters =
    !drawn && countsPacked(plan, settings)
      ? 4 * CODES * Math.max(mostSources, Math.min(sources, COUNTED_SOURCES)) + 2 * layout.most // and what is counted
      : 4 * radii * sources;
  const waits = !drawn && layout.bytes <= MOST_PACKED_BYTES;
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
      (scaleFree ? Float64Array.BYTES_PER_ELEMENT * edges : 0), // their lengths, for the median
    sharedBytes: waits ? Math.min(MOST_PACKED_BYTES, samples * layout.bytes) : 0,
    leastChunk: 0,
  };
}

function sumParts(projections: readonly PlannedProjection[], of: (part: PlannedPart) => number): number {
  return sum(projections, ({ parts }) => sum(parts, of));
}

function most<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((largest, each) => Math.max(largest, of(each)), 0);
}

function sum<T>(list: readonly T[], of: (each: T, index: number) => number): number {
  return list.reduce((total, each, index) => total + of(each, index), 0);
}
