/** Makes the series of a run from its settings: radii, number of samples and neurons depend on results themselves. */
import type { AnalysisResult, AnalysisSettings, RadiiRule } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { Duplicates } from '../../protocol/remote';
import type { ReportRun } from '../../protocol/report';
import {
  isDrawn,
  type BaselineChoice,
  type EmergenceSource,
  type Population,
  type RunInfo,
} from '../../protocol/run';
import type { WeightKind } from '../../protocol/weights';
import { checkpointName } from '../checkpoint/name';
import { mapInTurn } from '../mapInTurn';
import { withCommonNeurons } from './commonNeurons';
import { MIN_SAMPLES, moreSamples, samplesWarning } from './enoughSamples';
import { withRadii } from './fixedRadii';
import { meanSpectrum } from './meanSpectrum';
import type { RunResult } from './runResult';
import { runSeries } from './runSeries';

export interface RunToAnalyze extends RunInfo {
  /** In the run's order; at least one. */
  checkpoints: readonly (Duplicates & {
    path: string;
    step: number | null;
    epoch?: number | null;
    tokens?: number | null;
  })[];
  leftOut?: readonly { fact: Fact }[];
}

export interface RunChoices {
  baseline: BaselineChoice;
  emergenceFrom: EmergenceSource;
  radii: RadiiRule['rule'];
  population: Population;
  /** E also of checkpoints that hold the same weights as others. */
  keepIdentical?: boolean;
  /** Analyzes checkpoints at the same time, for other machines; otherwise one after the other. */
  together?: boolean;
}

/** The series of a run, and the results from which it is made. */
export interface AnalyzedRun extends ReportRun {
  results: readonly RunResult[];
  /** The baseline of E; null where it could not be analyzed. */
  reference: RunResult | null;
}

/** A checkpoint, or weights drawn for its network. */
export interface Analyzed {
  path: string;
  kind: WeightKind;
}

/** @param common the network whose nodes alone count. @returns null where it failed and that has been reported. */
export type AnalyzeOne = (
  which: Analyzed,
  settings: AnalysisSettings,
  common?: Analyzed,
) => Promise<AnalysisResult | null>;

/**
 * The checkpoint that E compares with, or whose network is drawn; undefined where the run has no such step. The first one
 * gives way to the first with weights of its own: nothing shows which step weights are of that several hold.
 */
export function comparedOf<T extends Duplicates & { step: number | null }>(
  { checkpoints }: { checkpoints: readonly T[] },
  baseline: BaselineChoice,
  keepIdentical = false,
): T | undefined {
  if (baseline.kind === 'step') return checkpoints.find(({ step }) => step === baseline.step);
  const own = baseline.kind === 'first' && !keepIdentical ? checkpoints.find(({ sameAs }) => !sameAs) : null;
  return own ?? checkpoints[0];
}

/**
 * Answers null where nothing of the run could be analyzed.
 * @param settings settings with a number of samples; with `auto` the number is what the intervals of E need.
 * @param onMore called before everything is analyzed again with more samples.
 * @throws NeuroMfaError `unsupported` where fixed radii have nothing to start from; whatever interrupted it.
 */
export async function analyzeRun(
  run: RunToAnalyze,
  choices: RunChoices,
  settings: AnalysisSettings | { auto: (samples: number) => AnalysisSettings },
  analyze: AnalyzeOne,
  onMore: () => void = () => undefined,
): Promise<AnalyzedRun | null> {
  if (!('auto' in settings)) return withSettings(run, choices, settings, analyze);
  let samples: number | null = MIN_SAMPLES;
  let found = await withSettings(run, choices, settings.auto(samples), analyze);
  while (found) {
    samples = moreSamples(found.series.points, samples);
    if (samples === null) break;
    onMore();
    const more = await withSettings(run, choices, settings.auto(samples), analyze);
    if (!more) break; // it has been reported
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
  const { baseline, emergenceFrom: from, population, together = false, keepIdentical = false } = choices;
  const { name, path, orderedBy, leftOut = [] } = run;
  const drawn = isDrawn(baseline.kind) ? baseline.kind : null;
  const compared = comparedOf(run, baseline, keepIdentical);
  const settings = await withRadii(asked, choices, async () => {
    const measured = { ...asked, nulls: null };
    return compared
      ? analyze({ path: compared.resultOf ?? compared.path, kind: drawn ?? 'stored' }, measured)
      : null;
  });
  if (!settings) return null;
  const once = new Map<string, Promise<AnalysisResult | null>>();
  const analyzed = await mapInTurn(run.checkpoints, together, async (checkpoint) => {
    const { path: own, step, epoch, tokens, sameAs, resultOf = own } = checkpoint;
    const at: Analyzed = { path: resultOf, kind: 'stored' };
    if (!once.has(resultOf)) once.set(resultOf, analyze(at, settings));
    const result = await once.get(resultOf)!;
    const point = { step, epoch: epoch ?? null, tokens: tokens ?? null, ...(sameAs && { sameAs }) };
    return (
      result && {
        own,
        at,
        point: {
          ...point,
          result: own === resultOf ? result : resultAt(result, own),
        } satisfies RunResult,
      }
    );
  });
  const found = analyzed.filter((each) => each !== null);
  if (found.length === 0) return null;
  const reference = drawn
    ? await drawnReference({ path: found[0]!.at.path, kind: drawn }, settings, analyze)
    : found.find(({ own }) => own === compared?.path);
  const results = await mapInTurn(found, together, ({ at, point }) =>
    population === 'common' && reference && (keepIdentical || !point.sameAs)
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
      ...{ from, population, keepIdentical },
      leftOut: leftOut.map(({ fact }) => fact),
    }),
    spectra: results.map(({ result }) => meanSpectrum(result)),
    results,
    reference: reference?.point ?? null,
  };
}

/** The result of one checkpoint as that of another with the same weights and configuration. */
export function resultAt(result: AnalysisResult, path: string): AnalysisResult {
  return { ...result, checkpoint: { ...result.checkpoint, path, name: checkpointName(path) } };
}

async function drawnReference(
  at: Analyzed,
  settings: AnalysisSettings,
  analyze: AnalyzeOne,
): Promise<{ at: Analyzed; point: RunResult } | null> {
  const result = await analyze(at, settings);
  return result && { at, point: { step: 0, epoch: null, result } };
}
