/** Where exported numbers of training runs come from: one line per fact. */
import { CITATION } from '../../src/protocol/citation';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import { baselineName, emergenceInterval, emergenceSourceName } from '../words/emergence';
import { drawnWords, wordsOf } from '../words/facts';
import { modelName } from '../words/model';
import { seriesInterval } from '../words/runUncertainty';
import { settingsLine } from '../words/settings';
import { stepName } from '../figures/stepAxis';
import { compact } from '../../src/protocol/format';
import { computedBy, distinct, oneLine } from './provenance';

/** Facts about `runs`, of which there is at least one, then how to cite the method. */
export function runProvenance(runs: readonly RunResults[]): string[] {
  const names = runs.map(({ name, series: { points } }) => {
    const [{ checkpoint, step }, last] = [points[0]!, points.at(-1)!];
    return t(
      '{0} ({1}, {2} parameters, {3}, {4} checkpoints, {5} to {6})',
      name,
      modelName(checkpoint),
      compact(checkpoint.parameters),
      checkpoint.dtype,
      points.length,
      stepName(step, 0),
      stepName(last.step, points.length - 1),
    );
  });
  const { series } = runs[0]!;
  const drawn = runs.flatMap(({ series: { baseline } }) =>
    baseline.point ? (drawnWords(baseline.point.checkpoint) ?? []) : [],
  );
  return [
    t('Runs: {0}', names.join('; ')),
    ...distinct(runs.map((run) => t('Settings: {0}', settingsLine(run.series.settings)))),
    t('Uncertainty: {0}.', seriesInterval(runs)),
    t(
      'Emergence: E(t) = (w(t)/w(0)) ln(α₀(0)/α₀(t)); 0 is {0}. {1} {2}',
      baselineName(runs),
      emergenceSourceName(series.emergence.from),
      emergenceInterval(runs),
    ),
    ...distinct(drawn.map((words) => t('Baseline: {0}', words))),
    ...distinct(
      runs.flatMap((run) => run.series.warnings.map((warning) => t('Note: {0}', wordsOf(warning)))),
    ),
    ...distinct(runs.map(({ series: { version } }) => computedBy(version))),
    t('Method: {0}', CITATION.text),
  ].map(oneLine);
}
