/** Makes the series of a run from the results of its checkpoints. */
import { ALGORITHM_VERSION, type AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import {
  RUN_SCHEMA,
  type BaselineChoice,
  type EmergenceSource,
  type Population,
  type RunInfo,
  type RunMeasure,
  type RunPoint,
  type RunSeries,
} from '../../protocol/run';
import { structureDigest } from '../network/structure';
import { VERSION } from '../version';
import { commonWarning } from './commonNeurons';
import { differenceOf } from './differences';
import { emergence, noEmergence } from './emergence';
import { nonFiniteShare } from './nonFinite';
import { nullEmergence } from './nulls';
import { identicalWarnings } from './identicalWarnings';
import type { RunResult } from './runResult';
import { seriesWarnings } from './seriesWarnings';

export interface SeriesInput {
  run: RunInfo;
  /** At least one, in the run's order. */
  results: readonly RunResult[];
  baseline: BaselineChoice;
  /**
   * The baseline of E: the result of the run's first checkpoint, of the chosen step, or of the drawn step 0; null where
   * it could not be analyzed.
   */
  reference: RunResult | null;
  from: EmergenceSource;
  /** The neurons that E is over; with `common`, results have `common` too. */
  population?: Population;
  /** E also of checkpoints that hold the same weights as others. */
  keepIdentical?: boolean;
  /** Checkpoints beside the run that are not part of it. */
  leftOut?: readonly Fact[];
}

export function runSeries(input: SeriesInput): RunSeries {
  const { run, results, baseline, reference, from, population = 'all', leftOut = [] } = input;
  const { keepIdentical = false } = input;
  const [first, last] = [results[0]!.result, results.at(-1)!.result];
  const points = results.map(({ common, sameAs, ...measured }): RunPoint => ({
    ...measure(measured),
    emergence: reference
      ? emergence(measured.result, reference.result, from)
      : noEmergence({ code: 'baseline-missing' }, from),
    ...(reference ? nullEmergence(measured.result, reference.result, from) : { nulls: null, parts: null }),
    ...(reference && common !== undefined && overCommon(common, measured.result, reference.result, from)),
    ...(sameAs && !keepIdentical && withoutEmergence(sameAs, from)),
    ...(population === 'common' && { nulls: null, parts: null }),
    sinceFirst: differenceOf(first, measured.result),
    untilLast: differenceOf(measured.result, last),
  }));
  return {
    schema: RUN_SCHEMA,
    version: { engine: VERSION, algorithm: ALGORITHM_VERSION },
    run,
    settings: results[0]!.result.settings,
    baseline: {
      kind: baseline.kind,
      step: baseline.kind === 'step' ? baseline.step : (reference?.step ?? null),
      point: reference && measure(reference),
    },
    emergence: { from, ...(population === 'common' && { population }) },
    points,
    warnings: [
      ...seriesWarnings(run, results, reference, from, population, leftOut),
      ...identicalWarnings(results, baseline, reference),
      ...commonWarnings(results, points, population),
    ],
  };
}

/** Where several checkpoints hold the same weights, nothing shows which step these are of. */
function withoutEmergence(
  checkpoints: readonly string[],
  from: EmergenceSource,
): Pick<RunPoint, 'emergence' | 'nulls' | 'parts'> {
  const reason: Fact = { code: 'identical-weights', checkpoints: [...checkpoints] };
  return { emergence: noEmergence(reason, from), nulls: null, parts: null };
}

/**
 * E over the common neurons, beside that over all. Null models are over all neurons, so they say nothing about the
 * parts of this E.
 */
function overCommon(
  common: NonNullable<RunResult['common']> | null,
  now: AnalysisResult,
  baseline: AnalysisResult,
  from: EmergenceSource,
): Pick<RunPoint, 'emergence' | 'common' | 'nulls' | 'parts'> {
  const { value, ci95 } = emergence(now, baseline, from);
  return {
    emergence: common
      ? emergence(common.now, common.baseline, from)
      : noEmergence({ code: 'common-missing' }, from),
    common: { nodesKept: common?.now.summary.nodesKept ?? null, all: { value, ci95 } },
    nulls: null,
    parts: null,
  };
}

function commonWarnings(
  results: readonly RunResult[],
  points: readonly RunPoint[],
  population: Population,
): Fact[] {
  const hasNulls = population === 'common' && results[0]!.result.settings.nulls !== null;
  return [commonWarning(points), hasNulls ? ({ code: 'nulls-of-all' } as const) : null].filter(
    (warning) => warning !== null,
  );
}

function measure({ step, epoch, tokens, result }: RunResult): RunMeasure {
  const { checkpoint, network, summary, beyond } = result;
  const { samplesKept, alpha0, alpha0Exact, width, r2Mean, r2Min, scaling, nodesKept } = summary;
  return {
    step,
    ...(epoch != null && { epoch }),
    ...(tokens != null && { tokens }),
    // The run may know a step that the checkpoint's own path does not give.
    checkpoint: { ...checkpoint, step },
    ...(network.structure && { network: structureDigest(network.structure) }),
    samplesKept,
    alpha0,
    alpha0Exact,
    width,
    r2Mean,
    r2Min,
    scaling,
    nodesKept,
    nonFinite: nonFiniteShare(result),
    beyond,
  };
}
