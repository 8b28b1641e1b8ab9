/** What reading the weights of an analysis takes over a network: the ranges that its samples, or its whole network, need. */
import { sampleNetwork } from '../core/analysis/analyzeSample';
import { momentRowsByPart, momentsPass } from '../core/analysis/full/gaussianNull';
import { MIN_SLICE_BYTES, projectionBytes } from '../core/analysis/full/units';
import type { AnalysisPlan } from '../core/analysis/plan';
import { drawingOf } from '../core/sampling/drawNeurons';
import type { ByteRange } from '../core/storage/storage';
import { announcedRows } from '../core/counting/chunks';
import { storedBytes, type PlannedPart } from '../core/weights/kinds';
import { requestsFor } from '../remote/aheadPlan';
import { bestGap, MAX_REQUEST_BYTES, usualGap, type Pace } from '../remote/coalesce';
import type { AnalysisSettings } from '../protocol/analysis';
import { areKept, type CachedSamples } from './cachedSamples';
import { rangesOf, sampledRows, storedRanges } from './readRanges';

/** Of one checkpoint. */
export interface ReadPrice {
  bytes: number;
  requests: number;
}

/**
 * About what reading all rows of a part by a recipe takes of each file, as it is announced. Decoding so many zeros to predict it would
 * take longer than the price may: what the first row takes of each tensor, and the second does not, is extended to the others.
 */
function* extentsOf(part: PlannedPart): Generator<ByteRange[]> {
  const nameOf = ({ offset, bytes }: ByteRange): string => `${offset} ${bytes}`;
  const second = part.rows > 1 ? rangesOf(part, Uint32Array.of(1)).flat().map(nameOf) : [];
  const shared = new Set(second);
  const ofFiles = rangesOf(part, Uint32Array.of(0));
  const announced = announcedRows(part);
  for (let from = 0; from < part.rows; from += announced) {
    const rows = Math.min(announced, part.rows - from);
    for (const ranges of ofFiles)
      yield ranges.flatMap((range) => {
        if (shared.has(nameOf(range))) return from === 0 ? [range] : [];
        return [{ offset: range.offset + from * range.bytes, bytes: rows * range.bytes }];
      });
  }
}

/** @param pace by which it is decided what is read together. */
function price(job: {
  plan: AnalysisPlan;
  settings: AnalysisSettings;
  pace: Pace;
  kept: CachedSamples | null;
}): ReadPrice {
  const { plan, settings, pace, kept } = job;
  const total: ReadPrice = { bytes: 0, requests: 0 };
  const take = (ranges: readonly ByteRange[], gap = usualGap(pace)): void => {
    for (const { bytes } of requestsFor(ranges, gap)) {
      total.bytes += bytes;
      total.requests++;
    }
  };
  const all = Array.from({ length: settings.samples }, (_, i) => settings.seed + i);
  // What was read before is read no more.
  const recalled = kept ? areKept(kept, all) : [];
  const seeds = all.filter((_, i) => recalled[i] !== true);
  const samples =
    settings.mode === 'full' ? null : seeds.map((seed) => sampleNetwork(plan, drawingOf(settings), seed));
  const rowsOf = samples ? sampledRows(plan, samples) : () => null;
  for (const { ranges } of storedRanges(plan, rowsOf)) take(ranges, bestGap(ranges, pace));
  for (const [i, projection] of plan.projections.entries()) {
    // Of the Gaussian network that a whole projection is compared with.
    if (!samples && !(momentsPass(projection) && projectionBytes(projection) <= MIN_SLICE_BYTES))
      for (const [part, rows] of momentRowsByPart(projection))
        for (const ranges of rangesOf(part, Uint32Array.from(rows))) take(ranges);
    for (const [j, part] of projection.parts.entries()) {
      if (part.weights.kind === 'stored') continue;
      const rows = rowsOf(i, j);
      if (rows) {
        for (const ranges of rangesOf(part, rows)) take(ranges);
        continue;
      }
      const bytes = storedBytes(part, part.rows);
      total.bytes += bytes;
      if (part.weights.kind !== 'recipe') total.requests += Math.ceil(bytes / MAX_REQUEST_BYTES);
      else for (const ranges of extentsOf(part)) total.requests += requestsFor(ranges, usualGap(pace)).length;
    }
  }
  return total;
}

export const priceJobs = { price };
