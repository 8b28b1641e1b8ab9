/** From the results of a run's checkpoints to its series. */
import { ALGORITHM_VERSION } from '../../protocol/analysis';
import {
  RUN_SCHEMA,
  type BaselineChoice,
  type EmergenceSource,
  type RunInfo,
  type RunMeasure,
  type RunPoint,
  type RunSeries,
} from '../../protocol/run';
import { BOOTSTRAP_DRAWS, BOOTSTRAP_SEED } from '../stats/bootstrap';
import { structureDigest } from '../network/structure';
import { VERSION } from '../version';
import { emergence } from './emergence';
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
}

export function runSeries({ run, results, baseline, reference, from }: SeriesInput): RunSeries {
  const points = results.map(({ step, result }): RunPoint => ({
    ...measure({ step, result }),
    emergence: reference
      ? emergence(result, reference.result, from)
      : { value: null, ci95: null, reason: { code: 'baseline-missing' } },
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
    emergence: { from, draws: BOOTSTRAP_DRAWS, seed: BOOTSTRAP_SEED },
    points,
    warnings: seriesWarnings(run, results, reference),
  };
}

function measure({ step, result: { checkpoint, network, summary } }: RunResult): RunMeasure {
  const { samplesKept, alpha0, alpha0Exact, width, r2Mean, r2Min, nodesKept } = summary;
  return {
    step,
    // The run may know a step that the checkpoint's own path does not tell.
    checkpoint: { ...checkpoint, step },
    ...(network.structure && { network: structureDigest(network.structure) }),
    samplesKept,
    alpha0,
    alpha0Exact,
    width,
    r2Mean,
    r2Min,
    nodesKept,
  };
}
