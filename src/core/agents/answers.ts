/**
 * Makes answers from results that are small enough for a language model: rounded numbers with intervals, null models
 * and cautions.
 */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Comparison } from '../../protocol/comparison';
import { figureSentences, largestChanges, tensorSentences } from '../../protocol/comparisonWords';
import type { Fact } from '../../protocol/facts';
import { factText } from '../../protocol/factWords';
import { nearest } from '../../protocol/format';
import { metricSentences, withinOneRun } from '../../protocol/metricWords';
import type { Beyond, Value } from '../../protocol/nulls';
import type { RunPoint, RunSeries } from '../../protocol/run';
import { english } from '../../protocol/translate';
import type { TrainingRun } from '../run/trainingRun';

/** Largest number of rows from a long list, evenly spaced where the list is a course of training. */
const MAX_ROWS = 20;
const MAX_SENTENCES = 8;
/** Number of significant digits. */
const DIGITS = 4;

const round = (value: number | null): number | null => (value === null ? null : nearest(value, DIGITS));

const rounded = ({ value, ci95 }: Value): { value: number | null; ci95: number[] | null } => ({
  value: round(value),
  ci95: ci95?.map((end) => nearest(end, DIGITS)) ?? null,
});

const estimate = ({ mean, ci95 }: { mean: number | null; ci95: Value['ci95'] }): ReturnType<typeof rounded> =>
  rounded({ value: mean, ci95 });

/** The first, the last and evenly spaced ones in between. */
function evenly<T>(all: readonly T[]): T[] {
  if (all.length <= MAX_ROWS) return [...all];
  const step = (all.length - 1) / (MAX_ROWS - 1);
  return Array.from({ length: MAX_ROWS }, (_, i) => all[Math.round(i * step)]!);
}

const cautions = (facts: readonly Fact[]): string[] => [
  ...facts.slice(0, MAX_SENTENCES).map((fact) => factText(fact)),
  ...(facts.length > MAX_SENTENCES ? [`and ${facts.length - MAX_SENTENCES} more`] : []),
];

export const runsAnswer = (runs: readonly TrainingRun[]): object => ({
  runs: runs.slice(0, MAX_ROWS).map(({ name, path, orderedBy, checkpoints }) => ({
    ...{ name, path, orderedBy, checkpoints: checkpoints.length },
    some: evenly(checkpoints).map((each) => ({ name: each.name, step: each.step, path: each.path })),
  })),
  leftOut: Math.max(0, runs.length - MAX_ROWS),
});

const beyondWidth = (beyond: Beyond | null | undefined): ReturnType<typeof rounded> | null =>
  beyond ? rounded(beyond.width) : null;

export function analysisAnswer(result: AnalysisResult): object {
  const { checkpoint, settings, summary, beyond, warnings } = result;
  const { reason, alpha0, width, r2Mean, scaling, nodesKept } = summary;
  return {
    checkpoint: { name: checkpoint.name, path: checkpoint.path, step: checkpoint.step },
    mode: settings.mode,
    alpha0: estimate(alpha0),
    width: estimate(width),
    beyondWidth: beyondWidth(beyond),
    r2: round(r2Mean),
    scaling,
    neuronsKept: round(nodesKept),
    ...(reason && { reason: factText(reason) }),
    cautions: cautions(warnings),
  };
}

export function seriesAnswer(series: RunSeries): object {
  const { run, settings, baseline, points, warnings, correlations = [] } = series;
  const about = metricSentences(correlations, english).slice(0, MAX_SENTENCES);
  return {
    run,
    mode: settings.mode,
    baseline: { kind: baseline.kind, step: baseline.step },
    points: evenly(points).map(pointAnswer),
    pointsLeftOut: Math.max(0, points.length - MAX_ROWS),
    ...(about.length > 0 && { metrics: [...about, withinOneRun(english)] }),
    cautions: cautions(warnings),
  };
}

function pointAnswer({
  step,
  checkpoint,
  alpha0,
  width,
  emergence,
  beyond,
  nulls,
  nonFinite,
}: RunPoint): object {
  const { reason } = emergence;
  return {
    step,
    checkpoint: checkpoint.name,
    alpha0: estimate(alpha0),
    width: estimate(width),
    emergence: { ...rounded(emergence), ...(reason && { reason: factText(reason) }) },
    ...(nulls && { emergenceOfGaussian: rounded(nulls.gaussian.emergence) }),
    beyondWidth: beyondWidth(beyond),
    ...(nonFinite.weights > 0 && { nonFiniteWeights: nonFinite.weights }),
  };
}

export function comparisonAnswer(comparison: Comparison): object {
  const { tensors } = comparison;
  const figures =
    comparison.kind === 'checkpoints' ? comparison.figures : (comparison.points.at(-1)?.figures ?? null);
  return {
    a: comparison.kind === 'runs' ? comparison.a : tensors.a.path,
    b: comparison.kind === 'runs' ? comparison.b : tensors.b.path,
    ...(comparison.kind === 'checkpoints'
      ? { same: comparison.same }
      : {
          steps: evenly(comparison.points).map(({ step, figures: { lnAlpha0, lnWidth } }) => ({
            step,
            lnAlpha0: rounded(lnAlpha0),
            lnWidth: rounded(lnWidth),
          })),
        }),
    says: [...(figures ? figureSentences(figures) : []), ...tensorSentences(tensors)].slice(0, MAX_ROWS),
    ...(figures && {
      lnAlpha0: rounded(figures.lnAlpha0),
      lnWidth: rounded(figures.lnWidth),
      beyondWidth: figures.beyond && rounded(figures.beyond.width),
      ...(figures.reason && { reason: factText(figures.reason) }),
    }),
    largestChanges: largestChanges(tensors, MAX_ROWS).map(({ name, relative, cosine, equal }) => ({
      ...{ name, relative: round(relative), cosine: round(cosine), equal: round(equal) },
    })),
    onlyA: tensors.onlyA.slice(0, MAX_ROWS).map(({ name }) => name),
    onlyB: tensors.onlyB.slice(0, MAX_ROWS).map(({ name }) => name),
    reshaped: tensors.reshaped.slice(0, MAX_ROWS),
  };
}
