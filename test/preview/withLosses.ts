/** Made-up losses and scores beside a run, with what they tell of it. */
import { correlationsOf } from '../../src/core/metrics/correlations';
import type { Metrics } from '../../src/protocol/metrics';
import type { Run } from '../../src/protocol/trends';

/** @param nth among the runs: each has losses of its own. */
export function withLosses(run: Run, nth: number): Run {
  const { series } = run;
  if (!series) return run;
  const steps = series.points.map(({ step }) => step ?? 0);
  const metrics: Metrics = {
    files: [{ path: `${run.folder}/trainer_state.json`, format: 'records' }],
    values: [
      {
        name: 'eval/loss',
        values: steps.map((step) => 3 + (6 + 0.3 * Math.sin(2 * nth)) / (1 + step / 400)),
      },
      {
        name: 'eval/lambada_openai/acc,none',
        // Not scored at each checkpoint.
        values: steps.map((step, i) => (i % 3 === 1 ? null : 0.4 - 0.4 / (1 + step / (900 + 80 * nth)))),
      },
    ],
  };
  return { ...run, series: { ...series, metrics, correlations: correlationsOf(series.points, metrics) } };
}
