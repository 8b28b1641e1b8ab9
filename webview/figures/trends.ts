/** The figures of the Trends panel: α₀, w, goodness of fit and neurons kept over training. */
import type { Estimate } from '../../src/protocol/analysis';
import type { RunMeasure } from '../../src/protocol/run';
import { smallest } from '../../src/protocol/extremes';
import type { RunResults, ShownRun } from '../data/shownRuns';
import { decimal, measured, percent } from '../../src/protocol/format';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { seriesCaption } from '../words/runUncertainty';
import type { Figure } from './figure';
import { POOR_FIT } from './fit';
import { overTrainingFigure, type Level, type Lines } from './overTraining';
import type { StepAxis } from './stepAxis';

type Draw = (runs: readonly ShownRun[], axis: StepAxis, theme: Theme, lines?: Lines) => Figure;

const estimateLevel =
  (symbol: string, pick: (point: RunMeasure) => Estimate) =>
  (point: RunMeasure, { series }: RunResults): Level => {
    const value = pick(point);
    return {
      value: value.mean,
      range: value.ci95,
      hover: `${symbol} = ${measured(value, series.settings.mode)}`,
    };
  };

/** α₀(t). */
export const alpha0Figure: Draw = (runs, axis, theme, lines) => {
  const level = estimateLevel('α₀', ({ alpha0 }) => alpha0);
  return overTrainingFigure(
    {
      id: 'alpha0',
      ofNull: (point, kind) => point.nulls?.[kind].alpha0.mean ?? null,
      title: t('Regularity α₀ over training'),
      y: { title: t('α₀, regularity'), grace: '8%' },
      caption: seriesCaption(runs),
      level,
      synthetic: level,
    },
    runs,
    axis,
    theme,
    lines,
  );
};

/** w(t). */
export const widthFigure: Draw = (runs, axis, theme, lines) => {
  const level = estimateLevel('w', ({ width }) => width);
  return overTrainingFigure(
    {
      id: 'width',
      ofNull: (point, kind) => point.nulls?.[kind].width.mean ?? null,
      title: t('Heterogeneity w over training'),
      y: { title: t('w, heterogeneity'), grace: '8%' },
      caption: seriesCaption(runs),
      level,
      synthetic: level,
    },
    runs,
    axis,
    theme,
    lines,
  );
};

/** Mean R², down to the poorest line. */
export const qualityOverTraining: Draw = (runs, axis, theme) => {
  const lowest = smallest(runs.flatMap(({ series }) => series.points.map(({ r2Min }) => r2Min ?? 1)));
  const level = ({ r2Mean, r2Min }: RunMeasure): Level => ({
    value: r2Mean,
    range: r2Mean === null || r2Min === null ? null : [r2Min, r2Mean],
    hover: `${t('mean R² = {0}', decimal(r2Mean, 3))}\n${t('worst R² = {0}', decimal(r2Min, 3))}`,
  });
  return overTrainingFigure(
    {
      id: 'fit-quality',
      title: t('Goodness of fit R² over training'),
      y: {
        title: t('R², goodness of fit'),
        min: Math.max(0, Math.floor((lowest - 0.02) * 20) / 20),
        max: 1,
      },
      caption: t('Line: mean over samples and q. The band reaches down to the worst fit. Dashed: 0.9.'),
      level,
      annotations: {
        poor: {
          type: 'line',
          yMin: POOR_FIT,
          yMax: POOR_FIT,
          borderColor: theme.warning,
          borderWidth: 1,
          borderDash: [4, 3],
        },
      },
    },
    runs,
    axis,
    theme,
  );
};

/** Share of neurons kept. */
export const cachedFigure: Draw = (runs, axis, theme) => {
  const shares = runs.flatMap(({ series }) => series.points.map(({ nodesKept }) => 100 * (nodesKept ?? 1)));
  const level = ({ nodesKept }: RunMeasure): Level => ({
    value: nodesKept === null ? null : 100 * nodesKept,
    range: null,
    hover: t('{0} of the neurons kept', percent(nodesKept)),
  });
  return overTrainingFigure(
    {
      id: 'kept',
      title: t('Neurons kept over training'),
      y: {
        title: t('neurons kept, %'),
        min: Math.max(0, Math.floor((smallest(shares) - 6) / 10) * 10),
        // A line at 100 % is drawn whole.
        max: 101,
      },
      caption: t(
        'Source neurons with more than 10 edges with 1 < d ≤ T. Where the share changes, so do the neurons behind α₀ and w.',
      ),
      level,
      synthetic: level,
    },
    runs,
    axis,
    theme,
  );
};
