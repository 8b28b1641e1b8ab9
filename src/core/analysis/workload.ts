/** What an analysis will take, known before it starts: bytes, memory and, roughly, time. */
import type { AnalysisSettings } from '../../protocol/analysis';
import { sampleSize } from '../sampling/drawNeurons';
import { needsWideMedian, WIDE_PASSES } from './full/wideMedian';
import { fullMemory, momentsMemory, radiusCount, sampledMemory, type MemoryUse } from './memoryUse';
import { makingSeconds, storedBytes } from '../weights/kinds';
import type { AnalysisPlan, PlannedPart } from './plan';
import { sum, sumParts } from './totals';

export interface Workload extends MemoryUse {
  /** The number of bytes that will be read. */
  bytes: number;
  /** Seconds of one thread, at rates measured on an ordinary machine; a slow disk takes longer. */
  seconds: number;
  /** The settings that determine the memory, in words and with their names. */
  size: string;
}

/** Rates of one thread: weights of the full network, folding included; edges of samples; bytes of scattered rows. */
const FULL_WEIGHTS_PER_SECOND = 5e8;
/** 64-bit weights are counted one by one. */
const WIDE_WEIGHTS_PER_SECOND = 4e7;
const SAMPLED_EDGES_PER_SECOND = 5e6;
const NULL_WEIGHTS_PER_SECOND = 5e8;
const NULL_EDGES_PER_SECOND = 5e7;
const ROW_BYTES_PER_SECOND = 1e9;
/** What a projection of a full network takes however small it is. */
const PROJECTION_SECONDS = 1e-4;
const MOMENT_WEIGHTS_PER_SECOND = 1e8;

/** @param units the resampling units of a full network: its blocks, and projections outside of them. */
export function workload(
  plan: AnalysisPlan,
  settings: AnalysisSettings,
  threads: number,
  units: number = plan.projections.length,
): Workload {
  return settings.mode === 'full'
    ? { ...fullWork(plan, settings), ...fullMemory(plan, settings, threads, units) }
    : { ...sampledWork(plan, settings), ...sampledMemory(plan, settings) };
}

type Work = Omit<Workload, keyof MemoryUse>;

function fullWork({ projections }: AnalysisPlan, settings: AnalysisSettings): Work {
  const { scaleFree } = settings;
  // Lengths relative to their median can be counted only after the median has been found.
  const wide = needsWideMedian({ projections });
  const passes = (part: PlannedPart): number => (scaleFree ? medianPasses(part, wide) : 0);
  const median = sumParts(projections, (part) => passes(part) * storedBytes(part, part.rows));
  const seconds = sumParts(
    projections,
    (part) => countingSeconds(part) + passes(part) * countingSeconds(part, wide),
  );
  const bytes = sumParts(projections, (part) => storedBytes(part, part.rows));
  const making = sumParts(projections, (part) => (1 + passes(part)) * makingSeconds(part, part.rows));
  const drawing =
    sumParts(projections, (part) => part.rows * part.columns * part.taps) / NULL_WEIGHTS_PER_SECOND;
  const nulls = 2 * (settings.nulls?.draws ?? 0) * drawing;
  // Lengths of Gaussian weights relative to their median need the moments of all weights first.
  const first = settings.nulls && scaleFree === 'network' ? sumParts(projections, momentSeconds) : 0;
  return {
    bytes: bytes + median + (first > 0 ? bytes : 0),
    seconds: seconds + making + nulls + first + PROJECTION_SECONDS * projections.length,
    size: sizeText(settings, ''),
  };
}

/**
 * The settings that determine the memory: "10 samples of 32 neurons per layer, 61 moment orders (qMin, qMax, qStep),
 * …".
 */
function sizeText({ q, threshold }: AnalysisSettings, samples: string): string {
  return `${samples}${q.length} moment orders (qMin, qMax, qStep), up to ${radiusCount(threshold)} radii (threshold)`;
}

/** The work of drawing weights with the moments of the stored ones: these are all read first. */
export function momentsWorkload(work: Workload, plan: AnalysisPlan): Workload {
  const { projections } = plan;
  const making = sumParts(projections, (part) => makingSeconds(part, part.rows));
  return {
    ...work,
    ...momentsMemory(work, plan),
    bytes: sumParts(projections, (part) => storedBytes(part, part.rows)),
    seconds: work.seconds + sumParts(projections, momentSeconds) + making,
  };
}

/** Seconds of one thread for the moments of a part. */
const momentSeconds = ({ rows, columns, taps }: PlannedPart): number =>
  (rows * columns * taps) / MOMENT_WEIGHTS_PER_SECOND;

/** Seconds of one thread for one pass. @param wide whether all types are widened to 64 bits. */
function countingSeconds({ rows, columns, taps, dtype }: PlannedPart, wide = dtype === 'F64'): number {
  const rate = wide ? WIDE_WEIGHTS_PER_SECOND : FULL_WEIGHTS_PER_SECOND;
  return (rows * columns * taps) / rate;
}

/** 16-bit types need one pass, 32-bit floats two; beside 64-bit floats all types need four. */
function medianPasses({ dtype }: PlannedPart, wide: boolean): number {
  if (wide) return WIDE_PASSES;
  return dtype === 'F32' ? 2 : 1;
}

function sampledWork(plan: AnalysisPlan, settings: AnalysisSettings): Work {
  const { samples, neurons, nulls } = settings;
  const size = (draw: number): number => sampleSize(plan.draws[draw]!, neurons);
  const width = (draw: number): number => plan.draws[draw]!.width;
  let bytes = 0;
  let edges = 0;
  let making = 0;
  for (const { layout, parts, sampling } of plan.projections) {
    const [first] = sampling.targets;
    const rowDraw = layout === 'out-in' ? first!.draw : sampling.sources;
    /** The chance that a row is in any of the samples. */
    const chance = 1 - (1 - size(rowDraw) / width(rowDraw)) ** samples;
    bytes += sum(parts, (part) => storedBytes(part, chance * part.rows));
    making += sum(parts, (part) => makingSeconds(part, chance * part.rows));
    edges += size(sampling.sources) * sum(sampling.targets, ({ draw }) => size(draw));
  }
  return {
    bytes: Math.round(bytes),
    seconds:
      bytes / ROW_BYTES_PER_SECOND +
      (samples * edges) / SAMPLED_EDGES_PER_SECOND +
      (2 * (nulls?.draws ?? 0) * samples * edges) / NULL_EDGES_PER_SECOND +
      making,
    size: sizeText(settings, `${samples} samples of ${neurons} neurons per layer, `),
  };
}
