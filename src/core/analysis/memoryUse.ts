/**
 * Estimates the memory of an analysis before it starts. Everything that grows with settings or shapes is counted at its
 * maximum, so the analysis stays within what was announced and allowed. docs/decisions/0011-memory.md compares the
 * estimates with measurements.
 */
import type { AnalysisSettings } from '../../protocol/analysis';
import { NULL_KINDS } from '../../protocol/nulls';
import { SUMS_AT_ONCE } from '../multifractal/kernel/kernel';
import { codeSizes } from '../multifractal/radiusCodes';
import { roundHalfEven } from '../multifractal/rounding';
import { sampleSize } from '../sampling/drawNeurons';
import { gaussianBytes } from './full/gaussianNull';
import { MAX_PACKED_BYTES, packedLayout } from '../counting/pack';
import { MAX_READ_BYTES } from '../counting/pick';
import { countedSources, PIECE_BYTES, sampledKernel } from '../counting/sampleSums';
import { kernelSizes, sharedCountBytes } from '../counting/projectionSums';
import { divideWork } from './full/units';
import { MAX_NODE_COUNTS } from './nodeCounts';
import { heldBytes, rowBytesOf } from '../weights/kinds';
import type { AnalysisPlan, PlannedProjection } from './plan';
import { most, sum } from './totals';

export interface MemoryUse {
  /** Bytes of each worker, without its chunk of input. */
  workerBytes: number;
  /** Bytes that the workers share. */
  sharedBytes: number;
  /** Bytes of the result. */
  resultBytes: number;
  /** Bytes that the requesting thread holds until the result is complete. */
  waitingBytes: number;
  /** Bytes of the largest kernel: part of a worker's bytes, and addressed with 32 bits. */
  kernelBytes: number;
  /** Least size of a chunk in bytes: a row must fit. */
  leastChunk: number;
}

const MB = 2 ** 20;
const DOUBLE = Float64Array.BYTES_PER_ELEMENT;
/** A thread with our code, and what its jobs leave behind. */
const WORKER_BYTES = 32 * MB;
/** What messages leave behind in the thread that receives them. */
const RECEIVING_BYTES = 32 * MB;
/** The kernel's fixed tables. */
const KERNEL_BYTES = 3 * MB;
/** A network and its plan, per projection: there may be hundreds of thousands. */
const PLANNED_BYTES = 3 * 2 ** 10;
/** The same in a worker, with the neurons of samples. What earlier samples leave behind does not accumulate. */
const WORKER_PLAN_BYTES = 2 * 2 ** 10;
const LEFT_BEHIND = [
  { each: 64 * 2 ** 10, most: 96 * MB },
  { each: 8 * 2 ** 10, most: 128 * MB },
] as const;
/** A projection's figures in the result of a full network. */
const FIGURES_BYTES = 2 * 2 ** 10;
/** Two lists of neurons, without the neurons themselves. */
const LISTS_BYTES = 600;
/** A number of a result, as a value and as text. */
const NUMBER_BYTES = 128;
/** Count of those numbers in a sample's result that no setting changes: its histogram, quantiles and counts. */
const NUMBERS = 100;
/** Count of a sample's numbers per projection where each has a median of its own. */
const medianNumbers = ({ scaleFree }: AnalysisSettings, projections: number): number =>
  scaleFree === 'projection' ? projections : 0;
/** Lists in a result with one number per moment order. */
const ORDER_LISTS = 6;
/** Lists in a result with one number per radius: the radii, edges and ln μ. */
const RADIUS_LISTS = 3;
/** Null models: bytes of each edge (its code, and its place while codes are shuffled) and of each code of a tensor. */
const NULL_EDGE_BYTES = 8;
const NULL_CODE_BYTES = 48;
/** Largest number of a source's edges that are drawn one by one; for more, there are tables of each code. */
const NULL_EDGES = 512;
/** Tables of both nulls, and one null's tables in the kernel: 12 bytes for each number that is likely enough. */
const nullTableBytes = (edges: number, codes: number): number =>
  3 * 12 * codes * (2 * (10 * Math.sqrt(edges / codes) + 20) + 2);
/** Figures of one draw of both nulls, and the lists by radius of the first draw. */
const NULL_FIGURES = 6;
const NULL_LISTS = 4;
/** A neuron whose counts are stored: the end of its entries, its source, its share and what is sorted by it. */
const NODE_BYTES = 24;
/** An entry of its counts: a code and a number of edges. */
const ENTRY_BYTES = Uint16Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT;
/** Per possible N of a node: its logarithm and powers, in the kernel and outside it. */
const BYTES_PER_N = 2 * 3 * DOUBLE;
/** Copies of the moments, [orders, radii], that a worker makes: sums, logarithms, kernel, message. */
const MOMENT_COPIES = 5;
/** Copies of the sums of all radii, [orders, radii], that a worker makes: one of a batch, one of the total. */
const SUM_COPIES = 2;
/** Copies of sums that are sent unchanged. */
const MESSAGE_COPIES = 3;
/** Copies of a read's bytes: read, widened to eight bytes, and picked from. */
const READ_COPIES = 6;
/** Counts of bit patterns for the median of a full network. */
const PATTERN_BYTES = 16 * MB;
/** Sums of projections that wait for all projections before them. */
const WAITING_BYTES = 32 * MB;
const WAITING_PER_THREAD = 4;

/** The largest possible number of radii in a spectrum of lengths above 1. */
export function radiusCount(threshold: number): number {
  return roundHalfEven(threshold);
}

export function sampledMemory(plan: AnalysisPlan, settings: AnalysisSettings): MemoryUse {
  const { samples, neurons, threshold, q, scaleFree, nulls } = settings;
  const { projections, draws } = plan;
  const size = (draw: number): number => sampleSize(draws[draw]!, neurons);
  const codes = most(codeSizes(threshold), (each) => each);
  const sizes = projections.map((projection) => {
    const { sampling, parts } = projection;
    const sources = size(sampling.sources);
    const targets = sum(sampling.targets, ({ draw }) => size(draw));
    const edges = sources * targets * most(parts, (part) => part.taps);
    return { sources, targets, edges, ...sampledKernel(projection, { sources, targets }, codes) };
  });
  const sources = sum(sizes, (each) => each.sources);
  const edges = sum(sizes, (each) => each.edges);
  const drawnNeurons = sum(sizes, (each) => each.sources + each.targets);
  const largest = most(sizes, (each) => each.largest);
  const radii =
    settings.radii.rule === 'fixed' ? radiusCount(threshold) : Math.min(edges, radiusCount(threshold));
  /** An array of all moments of a sample: first for radii that occur, then for all that might. */
  const moments = DOUBLE * q.length * radii;
  const sums = sumsBytes(settings);
  const numbers =
    RADIUS_LISTS * radii + ORDER_LISTS * q.length + NUMBERS + medianNumbers(settings, projections.length);
  const tensors = sum(projections, ({ parts }) => parts.length);

  const layout = packedLayout(plan, neurons);
  const waits = layout.bytes <= MAX_PACKED_BYTES;
  const together = waits ? Math.min(samples, Math.floor(MAX_PACKED_BYTES / Math.max(1, layout.bytes))) : 1;
  const counted = Math.max(
    most(sizes, (each) => each.sources),
    Math.min(sources, countedSources(codes)),
  );
  const input = most(sizes, (each) => each.input);
  const inKernel =
    4 * codes * (counted + most(sizes, ({ spare }) => spare)) + input + 3 * DOUBLE * largest + sums;
  const own = inKernel + SUM_COPIES * sums + BYTES_PER_N * largest;
  const lists = DOUBLE * drawnNeurons + LISTS_BYTES * projections.length;
  return {
    workerBytes:
      WORKER_BYTES +
      KERNEL_BYTES +
      mostHeld(projections) +
      own +
      MOMENT_COPIES * moments +
      MESSAGE_COPIES * DOUBLE * sources +
      heldNodes(sources, threshold) +
      workerPlanBytes(projections.length) +
      lists +
      4 * most(draws, ({ width }) => width) +
      (waits ? packingBytes(sizes, together) : 0) +
      READ_COPIES * most(projections, (each) => readBytes(each, size)) +
      (scaleFree ? input + DOUBLE * (PIECE_BYTES / 2) + PATTERN_BYTES : 0) +
      (nulls ? NULL_EDGE_BYTES * edges + NULL_CODE_BYTES * codes * tensors + DOUBLE * (PIECE_BYTES / 2) : 0),
    sharedBytes: waits ? together * layout.bytes : 0,
    resultBytes:
      samples *
      (moments +
        DOUBLE * sources +
        NUMBER_BYTES * (numbers + (nulls ? NULL_FIGURES * nulls.draws + NULL_LISTS * radii : 0))),
    waitingBytes: RECEIVING_BYTES + PLANNED_BYTES * projections.length + (waits ? together * lists : 0),
    kernelBytes: KERNEL_BYTES + inKernel,
    leastChunk: 0,
  };
}

/** Counts of single neurons, by radius, as far as they are stored. */
function heldNodes(sources: number, threshold: number): number {
  const radii = Math.max(1, radiusCount(threshold) - 1);
  const nodes = Math.min(sources, MAX_NODE_COUNTS / radii);
  // In the kernel, and outside it.
  return 2 * nodes * (NODE_BYTES + ENTRY_BYTES * (radii + 1));
}

function workerPlanBytes(projections: number): number {
  const left = sum(LEFT_BEHIND, ({ each, most: atMost }) => Math.min(each * projections, atMost));
  return WORKER_PLAN_BYTES * projections + left;
}

/** Places and picks of the neurons of all samples that are read together, one projection at a time. */
function packingBytes(sizes: readonly { sources: number; targets: number }[], together: number): number {
  const neurons = most(sizes, ({ sources, targets }) => sources + targets);
  return together * (40 * neurons + sum(sizes, ({ sources, targets }) => sources + targets));
}

/** Size of the largest read that a sample makes of a projection. */
function readBytes({ layout, parts, sampling }: PlannedProjection, size: (draw: number) => number): number {
  const rows = layout === 'out-in' ? sum(sampling.targets, ({ draw }) => size(draw)) : size(sampling.sources);
  return most(parts, (part) => {
    const row = rowBytesOf(part);
    return Math.min(Math.max(row, MAX_READ_BYTES), row * Math.min(rows, part.rows));
  });
}

/** @param units the resampling units of the network: its blocks, and projections outside of them. */
export function fullMemory(
  { projections }: AnalysisPlan,
  settings: AnalysisSettings,
  threads: number,
  units: number,
): MemoryUse {
  const { threshold, q, scaleFree, nulls } = settings;
  const divided = divideWork(projections, threads);
  const codes = most(codeSizes(threshold), (size) => size);
  const sizes = projections.map((projection) => kernelSizes(projection, codes, 0));
  const rows = roundHalfEven(threshold) + 1;
  const sums = sumsBytes(settings);
  const sources = sum(projections, (each) => each.sources);
  const allUnits = units * sums;
  const nullSums = nulls ? NULL_KINDS.length * nulls.draws * sums : 0;
  const counting = most(sizes, ({ counters, largest }) => 4 * codes * counters + 3 * DOUBLE * largest);
  const gaussian = most(projections, (projection) => gaussianBytes(projection, codes));
  const drawing = nulls ? most(projections, (each) => fullNullBytes(each, codes)) : 0;
  const kernelBytes =
    KERNEL_BYTES +
    Math.max(counting + drawing, gaussian, allUnits * (1 + SUMS_AT_ONCE / Math.max(1, units))) +
    sums;
  return {
    workerBytes:
      WORKER_BYTES +
      kernelBytes +
      mostHeld(projections) +
      gaussian +
      MOMENT_COPIES * sums +
      BYTES_PER_N * most(sizes, ({ largest }) => largest) +
      MESSAGE_COPIES * DOUBLE * most(projections, (each) => each.sources) +
      READ_COPIES * most(projections, ({ parts }) => most(parts, rowBytesOf)) +
      (scaleFree ? PATTERN_BYTES : 0) +
      drawing +
      MESSAGE_COPIES * nullSums,
    sharedBytes:
      sum(projections, (each, i) => (divided[i]!.length > 1 ? sharedCountBytes(each, threshold) : 0)) +
      allUnits,
    resultBytes:
      2 * sums +
      DOUBLE * sources +
      FIGURES_BYTES * projections.length +
      NUMBER_BYTES * (rows + ORDER_LISTS * q.length + medianNumbers(settings, projections.length)),
    waitingBytes:
      RECEIVING_BYTES +
      PLANNED_BYTES * projections.length +
      2 * allUnits + // as they are added up, and packed for the workers
      Math.min(projections.length, waitingProjections(settings, threads)) * (sums + nullSums) +
      nullSums +
      DOUBLE * sources + // sorted
      (scaleFree ? PATTERN_BYTES : 0),
    kernelBytes,
    leastChunk: most(sizes, ({ input }) => input),
  };
}

/**
 * Memory for drawing the null models of a projection: counters of one tensor, its edges or tables, moments of its rows.
 */
function fullNullBytes({ sources, parts }: PlannedProjection, codes: number): number {
  const rows = sum(parts, (part) => part.rows);
  const edges = sum(parts, (part) => part.rows * part.columns * part.taps) / sources;
  return (
    sources * (4 * codes + NULL_EDGE_BYTES * NULL_EDGES + 4 * Math.sqrt(edges)) +
    // In the kernel, and gathered outside.
    2 * 3 * DOUBLE * rows +
    nullTableBytes(edges, codes)
  );
}

/** Size of the sums of a projection, of a unit, or of the whole network. */
function sumsBytes({ threshold, q }: AnalysisSettings): number {
  return DOUBLE * ((roundHalfEven(threshold) + 1) * (q.length + 2) + 3);
}

/** The number of projections of a full network that may be running, or waiting for projections before them. */
export function waitingProjections(settings: AnalysisSettings, threads: number): number {
  const draws = NULL_KINDS.length * (settings.nulls?.draws ?? 0);
  const each = sumsBytes(settings) * (1 + draws);
  return Math.max(WAITING_PER_THREAD * threads, Math.floor(WAITING_BYTES / each));
}

/** A worker's memory for the moments of all weights, row by row. */
export function momentsMemory(use: MemoryUse, { projections }: AnalysisPlan): MemoryUse {
  const longestRow = most(projections, ({ parts }) => most(parts, rowBytesOf));
  return {
    ...use,
    workerBytes: use.workerBytes + READ_COPIES * longestRow,
    leastChunk: Math.max(use.leastChunk, longestRow),
  };
}

function mostHeld(projections: readonly PlannedProjection[]): number {
  return most(projections, ({ parts }) => most(parts, heldBytes));
}
