/** Where exported numbers of training runs come from: one line per fact. */
import { CITATION } from '../../src/protocol/citation';
import type { RunResults } from '../data/shownRuns';
import { baselineName, emergenceInterval, emergenceSourceName } from '../words/emergence';
import { drawnWords, wordsOf } from '../words/facts';
import { modelName } from '../words/model';
import { seriesInterval } from '../words/runUncertainty';
import { settingsLine } from '../words/settings';
import { stepName } from '../figures/stepAxis';
import { compact } from '../../src/protocol/format';
import { distinct, oneLine } from './provenance';

/** Facts about `runs`, of which there is at least one, then how to cite the method. */
export function runProvenance(runs: readonly RunResults[]): string[] {
  const names = runs.map(({ name, series: { points } }) => {
    const [{ checkpoint, step }, last] = [points[0]!, points.at(-1)!];
    return `${name} (${modelName(checkpoint)}, ${compact(checkpoint.parameters)} parameters, ${checkpoint.dtype}, ${points.length} checkpoints, ${stepName(step, 0)} to ${stepName(last.step, points.length - 1)})`;
  });
  const { series } = runs[0]!;
  const drawn = runs.flatMap(({ series: { baseline } }) =>
    baseline.point ? (drawnWords(baseline.point.checkpoint) ?? []) : [],
  );
  return [
    `Runs: ${names.join('; ')}`,
    ...distinct(runs.map((run) => `Settings: ${settingsLine(run.series.settings)}`)),
    `Uncertainty: ${seriesInterval(runs)}.`,
    `Emergence: E(t) = (w(t)/w(0)) ln(α₀(0)/α₀(t)); 0 is ${baselineName(runs)}. ${emergenceSourceName(series.emergence.from)} ${emergenceInterval(runs)}`,
    ...distinct(drawn.map((words) => `Baseline: ${words}`)),
    ...distinct(runs.flatMap((run) => run.series.warnings.map((warning) => `Note: ${wordsOf(warning)}`))),
    ...distinct(
      runs.map(
        ({ series: { version } }) => `Computed by NeuroMFA ${version.engine}, algorithm ${version.algorithm}`,
      ),
    ),
    `Method: ${CITATION.text}`,
  ].map(oneLine);
}
