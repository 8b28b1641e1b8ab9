/** A checkpoint's network before training: the same neurons, joined by weights drawn from its initialiser. */
import { createHash } from 'node:crypto';
import type { CheckpointInfo } from '../../protocol/analysis';
import type { AnalysisPlan, PlannedPart } from '../analysis/plan';
import type { RowReader } from '../analysis/sampleWeights';
import { rounder } from '../checkpoint/rounding';
import { Mt19937 } from '../sampling/mt19937';
import { standardNormal } from '../stats/normal';
import type { Initialiser } from './initialiser';

/** Weights come from the upper half of the seeds, so that they do not repeat the stream that draws the neurons. */
const WEIGHT_SEEDS = 2 ** 31;

/** What stands in a result for the files of `template`, which lends its architecture, shapes and element types. */
export function describeInitial(
  template: CheckpointInfo,
  plan: AnalysisPlan,
  initialiser: Initialiser,
): CheckpointInfo {
  const run = template.name.split('/').slice(0, -1).join('/') || template.name;
  return {
    ...template,
    name: `${run}/synthetic step 0`,
    step: 0,
    bytes: 0,
    fingerprint: fingerprint(plan, initialiser),
    synthetic: initialiser.words,
  };
}

/** Names what is drawn, wherever the template lies: all checkpoints of a run have the same step 0. */
function fingerprint({ projections, draws }: AnalysisPlan, initialiser: Initialiser): string {
  const shapes = projections.map(({ name, layout, sampling, parts }) => ({
    name,
    layout,
    sampling,
    parts: parts.map(({ dtype, rows, columns, kernel, groups }) => [dtype, rows, columns, kernel, groups]),
  }));
  return createHash('sha256').update(JSON.stringify({ initialiser, draws, shapes })).digest('hex');
}

/**
 * Draws weights in the order in which they are asked for, rounded to the type they would be stored in: only the edges
 * of a sample are ever drawn, from one generator per sample.
 */
export function drawnRows(
  { projections }: AnalysisPlan,
  deviations: readonly number[],
  seed: number,
): RowReader {
  const next = standardNormal(new Mt19937((seed + WEIGHT_SEEDS) % 2 ** 32));
  const deviationOf = new Map<PlannedPart, number>(
    projections.flatMap(({ parts }, i) => parts.map((part) => [part, deviations[i]!])),
  );
  return (part) => {
    const deviation = deviationOf.get(part)!;
    const round = rounder(part.dtype);
    return () => round(deviation * next());
  };
}
