/** What reading the weights of an analysis takes over a network: the ranges that its samples, or its whole network, need. */
import { sampleNetwork } from '../core/analysis/analyzeSample';
import { momentRowsByPart } from '../core/analysis/full/gaussianNull';
import type { AnalysisPlan } from '../core/analysis/plan';
import { runsOf } from '../core/counting/pack';
import { pickParts } from '../core/counting/pick';
import { drawingOf } from '../core/sampling/drawNeurons';
import type { ByteRange } from '../core/storage/storage';
import { foretoldRanges, rowBytesOf, storedBytes, type PlannedPart } from '../core/weights/kinds';
import { coalesce, MOST_REQUEST_BYTES } from '../remote/coalesce';
import type { AnalysisSettings } from '../protocol/analysis';
import { areKept, type KeptSamples } from './keptSamples';

/** Of one checkpoint. */
export interface ReadPrice {
  bytes: number;
  requests: number;
}

/** @param gap ranges no farther apart are read together, in bytes. */
function price(job: {
  plan: AnalysisPlan;
  settings: AnalysisSettings;
  gap: number;
  kept: KeptSamples | null;
}): ReadPrice {
  const { plan, settings, gap, kept } = job;
  const total: ReadPrice = { bytes: 0, requests: 0 };
  const take = (ranges: readonly ByteRange[]): void => {
    for (const { bytes } of coalesce(ranges, gap)) {
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
  for (const [i, projection] of plan.projections.entries()) {
    // Of the Gaussian network that a whole projection is compared with.
    if (!samples)
      for (const [part, rows] of momentRowsByPart(projection))
        for (const ranges of rangesOf(part, Uint32Array.from(rows))) take(ranges);
    const picks = samples?.map((neurons) => pickParts(projection, neurons[i]!));
    for (const [j, part] of projection.parts.entries()) {
      if (!picks) {
        const bytes = storedBytes(part, part.rows);
        total.bytes += bytes;
        total.requests += Math.ceil(bytes / MOST_REQUEST_BYTES);
        continue;
      }
      const rows = Uint32Array.from(new Set(picks.flatMap((parts) => [...parts[j]!.rows.neurons]))).sort();
      for (const ranges of rangesOf(part, rows)) take(ranges);
    }
  }
  return total;
}

/** What is read of each file for some rows, ascending. */
function rangesOf(part: PlannedPart, rows: Uint32Array): ByteRange[][] {
  const { weights } = part;
  const runs = runsOf(rows, part);
  if (weights.kind !== 'stored') return (foretoldRanges(part, runs) ?? []).map(({ ranges }) => ranges);
  const size = rowBytesOf(part);
  return [runs.map((run) => ({ offset: weights.offset + run.first * size, bytes: run.rows * size }))];
}

export const priceJobs = { price };
