/** E of every checkpoint against a metric beside the run, in the order of training. */
import { integer, decimal, significant } from '../../src/protocol/format';
import type { RunPoint } from '../../src/protocol/run';
import { shortened } from '../../src/protocol/visible';
import { knowsEmergence, targetOf, type ShownRun } from '../data/shownRuns';
import { t } from '../l10n';
import type { Theme } from '../theme';
import type { CurvePoint, Figure } from './figure';
import { curve, options } from './options';

/** Of suites with hundreds of tasks the first few are drawn; tables have all. */
const MAX_FIGURES = 4;

/** The metrics that any run has, each once, in the order of their files. */
export const metricNames = (runs: readonly Pick<ShownRun, 'series'>[]): string[] => [
  ...new Set(runs.flatMap(({ series }) => series.metrics?.values.map(({ name }) => name) ?? [])),
];

/** A figure for each of the first metrics; none where no run has one. */
export const metricFigures = (runs: readonly ShownRun[], theme: Theme): Figure[] =>
  metricNames(runs)
    .slice(0, MAX_FIGURES)
    .map((name, index) => metricFigure(name, index, runs, theme));

/** @param index tells figures apart that stand beside each other. */
export function metricFigure(name: string, index: number, runs: readonly ShownRun[], theme: Theme): Figure {
  const withE = knowsEmergence(runs);
  const symbol = withE ? 'E' : 'α₀';
  const value = ({ emergence, alpha0 }: RunPoint): number | null => (withE ? emergence.value : alpha0.mean);
  const metric = shortened(name, 60);
  const datasets = runs.flatMap((run) => {
    const values = run.series.metrics?.values.find((each) => each.name === name)?.values;
    const points = run.series.points.flatMap((point, i): CurvePoint[] => {
      const [x, y] = [values?.[i] ?? null, value(point)];
      if (x === null || y === null) return [];
      const hover = [
        point.step === null ? point.checkpoint.name : t('step {0}', integer(point.step)),
        `${metric} = ${significant(x)}`,
        `${symbol} = ${decimal(y, 4)}`,
      ];
      return [{ x, y, hover: hover.join('\n'), opens: targetOf(run, point) }];
    });
    return points.length > 0 ? [curve(run.name, points, run.style, theme, () => true)] : [];
  });
  return {
    id: `metric-${index}`,
    title: t('{0} against {1}', symbol, metric),
    caption: t(
      'Marks: checkpoints; line: the order of training. Within one run both follow training, whether they are related or not.',
    ),
    description: t('Marks of {0} against {1}. The table of metrics has the correlations.', symbol, metric),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: metric, grace: '5%' },
        y: { title: withE ? t('E, degree of emergence') : t('α₀, regularity'), grace: '8%' },
        legend: datasets.length > 1 ? 'lines' : false,
      }),
    },
  };
}
