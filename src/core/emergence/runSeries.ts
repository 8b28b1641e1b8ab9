/** From the results of a run's checkpoints to its series. */
import { ALGORITHM_VERSION } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import {
  RUN_SCHEMA,
  type BaselineChoice,
  type Emergence,
  type EmergenceSource,
  type RunInfo,
  type RunMeasure,
  type RunPoint,
  type RunSeries,
} from '../../protocol/run';
import { structureDigest } from '../network/structure';
import { VERSION } from '../version';
import { differenceOf } from './differences';
import { emergence } from './emergence';
import { nonFiniteShare } from './nonFinite';
import { nullEmergence } from './nulls';
import type { RunResult } from './runResult';
import { seriesWarnings } from './seriesWarnings';

export interface SeriesInput {
  run: RunInfo;
  /** At least one, in the run's order. */
  results: readonly RunResult[];
  baseline: BaselineChoice;
  /**
   * What E compares with: the result of the run's first checkpoint, of the chosen step, or of the drawn step 0; null
   * where there is none, because it could not be analyzed.
   */
  reference: RunResult | null;
  from: EmergenceSource;
  /** Checkpoints beside the run that are not in it. */
  leftOut?: readonly Fact[];
}

export function runSeries({ run, results, baseline, reference, from, leftOut = [] }: SeriesInput): RunSeries {
  const [first, last] = [results[0]!.result, results.at(-1)!.result];
  const points = results.map(({ step, epoch, result }): RunPoint => ({
    ...measure({ step, epoch: epoch ?? null, result }),
    emergence: reference ? emergence(result, reference.result, from) : withoutBaseline(from),
    ...(reference ? nullEmergence(result, reference.result, from) : { nulls: null, parts: null }),
    sinceFirst: differenceOf(first, result),
    untilLast: differenceOf(result, last),
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
    emergence: { from },
    points,
    warnings: seriesWarnings(run, results, reference, from, leftOut),
  };
}

function withoutBaseline(from: EmergenceSource): Emergence {
  const reason: Fact = { code: 'baseline-missing' };
  return { value: null, ci95: null, reason, method: null, from, acrossBlocks: null };
}

function measure({ step, epoch, result }: RunResult): RunMeasure {
  const { checkpoint, network, summary, beyond } = result;
  const { samplesKept, alpha0, alpha0Exact, width, r2Mean, r2Min, scaling, nodesKept } = summary;
  return {
    step,
    ...(epoch != null && { epoch }),
    // The run may know a step that the checkpoint's own path does not tell.
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
