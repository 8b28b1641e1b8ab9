/** The series of a run by its settings: which radii, how many samples and which neurons E takes follows from results themselves. */
import type { AnalysisResult, AnalysisSettings, RadiiRule } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { ReportRun } from '../../protocol/report';
import {
  isDrawn,
  type BaselineChoice,
  type EmergenceSource,
  type Population,
  type RunInfo,
} from '../../protocol/run';
import type { WeightKind } from '../../protocol/weights';
import { mapInTurn } from '../mapInTurn';
import { withCommonNeurons } from './commonNeurons';
import { LEAST_SAMPLES, moreSamples, samplesWarning } from './enoughSamples';
import { withRadii } from './fixedRadii';
import { meanSpectrum } from './meanSpectrum';
import type { RunResult } from './runResult';
import { runSeries } from './runSeries';

export interface RunToAnalyze extends RunInfo {
  /** In the run's order; at least one. */
  checkpoints: readonly {
    path: string;
    step: number | null;
    epoch?: number | null;
    tokens?: number | null;
  }[];
  leftOut?: readonly { fact: Fact }[];
}

export interface RunChoices {
  baseline: BaselineChoice;
  emergenceFrom: EmergenceSource;
  radii: RadiiRule['rule'];
  population: Population;
  /** Analyzes checkpoints at the same time, as other machines do; else one after the other. */
  together?: boolean;
}

/** The series of a run, and the results that it is made of. */
export interface AnalyzedRun extends ReportRun {
  results: readonly RunResult[];
  /** What E compares with; null where that could not be analyzed. */
  reference: RunResult | null;
}

/** A checkpoint, or the weights that are drawn for its network. */
export interface Analyzed {
  path: string;
  kind: WeightKind;
}

/** @param common the network whose nodes count alone. @returns null where it failed, which has then been reported. */
export type AnalyzeOne = (
  which: Analyzed,
  settings: AnalysisSettings,
  common?: Analyzed,
) => Promise<AnalysisResult | null>;

/** What E compares with, or whose network is drawn; undefined where the run has no such step. */
export function comparedOf<T extends { step: number | null }>(
  { checkpoints }: { checkpoints: readonly T[] },
  baseline: BaselineChoice,
): T | undefined {
  return checkpoints.find(({ step }) => baseline.kind !== 'step' || step === baseline.step);
}

/**
 * Null where nothing of the run could be analyzed.
 * @param settings those of a number of samples; with `auto` of as many as the intervals of E take.
 * @param onMore called before everything is analyzed again, with more samples.
 * @throws NeuroMfaError `unsupported` where fixed radii have nothing to begin from; what interrupted it.
 */
export async function analyzeRun(
  run: RunToAnalyze,
  choices: RunChoices,
  settings: AnalysisSettings | { auto: (samples: number) => AnalysisSettings },
  analyze: AnalyzeOne,
  onMore: () => void = () => undefined,
): Promise<AnalyzedRun | null> {
  if (!('auto' in settings)) return withSettings(run, choices, settings, analyze);
  let samples: number | null = LEAST_SAMPLES;
  let found = await withSettings(run, choices, settings.auto(samples), analyze);
  while (found) {
    samples = moreSamples(found.series.points, samples);
    if (samples === null) break;
    onMore();
    const more = await withSettings(run, choices, settings.auto(samples), analyze);
    if (!more) break; // which has been reported
    found = more;
  }
  if (!found) return null;
  const { series } = found;
  const warning = samplesWarning(series.points, series.settings.samples);
  return warning ? { ...found, series: { ...series, warnings: [...series.warnings, warning] } } : found;
}

async function withSettings(
  run: RunToAnalyze,
  choices: RunChoices,
  asked: AnalysisSettings,
  analyze: AnalyzeOne,
): Promise<AnalyzedRun | null> {
  const { baseline, emergenceFrom: from, population, together = false } = choices;
  const { name, path, orderedBy, leftOut = [] } = run;
  const drawn = isDrawn(baseline.kind) ? baseline.kind : null;
  const compared = comparedOf(run, baseline);
  const settings = await withRadii(asked, choices, async () => {
    const measured = { ...asked, nulls: null };
    return compared ? analyze({ path: compared.path, kind: drawn ?? 'stored' }, measured) : null;
  });
  if (!settings) return null;
  const analyzed = await mapInTurn(run.checkpoints, together, async ({ path: own, step, epoch, tokens }) => {
    const at: Analyzed = { path: own, kind: 'stored' };
    const result = await analyze(at, settings);
    const point = { step, epoch: epoch ?? null, tokens: tokens ?? null };
    return result && { at, point: { ...point, result } satisfies RunResult };
  });
  const found = analyzed.filter((each) => each !== null);
  if (found.length === 0) return null;
  const reference = drawn
    ? await drawnReference({ path: found[0]!.at.path, kind: drawn }, settings, analyze)
    : found.find(({ at }) => at.path === compared?.path);
  const results = await mapInTurn(found, together, ({ at, point }) =>
    population === 'common' && reference
      ? withCommonNeurons(
          point,
          reference.point,
          (end, own) => (end === 'now' ? analyze(at, own, reference.at) : analyze(reference.at, own, at)),
          together,
        )
      : Promise.resolve(point),
  );
  return {
    series: runSeries({
      run: { name, path, orderedBy },
      results,
      baseline,
      reference: reference?.point ?? null,
      ...{ from, population },
      leftOut: leftOut.map(({ fact }) => fact),
    }),
    spectra: results.map(({ result }) => meanSpectrum(result)),
    results,
    reference: reference?.point ?? null,
  };
}

async function drawnReference(
  at: Analyzed,
  settings: AnalysisSettings,
  analyze: AnalyzeOne,
): Promise<{ at: Analyzed; point: RunResult } | null> {
  const result = await analyze(at, settings);
  return result && { at, point: { step: 0, epoch: null, result } };
}
