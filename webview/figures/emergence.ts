/** E over training, and E of several models against their size. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { isDrawn } from '../../src/protocol/run';
import { pointAt, syntheticPoint, targetOf, type ShownRun } from '../data/shownRuns';
import { bracketed, compact, integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import {
  acrossNetworks,
  baselineName,
  drawnName,
  emergenceInterval,
  emergenceSourceName,
} from '../words/emergence';
import { drawnWords, wordsOf } from '../words/facts';
import { besideLine, LABEL_PADDING } from './besideLine';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { curve, guide, options } from './options';
import { overTrainingFigure, type Level, type Lines } from './overTraining';
import { stepName, type StepAxis } from './stepAxis';

/** E(t) of runs that have results. */
export function emergenceFigure(
  runs: readonly ShownRun[],
  axis: StepAxis,
  theme: Theme,
  lines?: Lines,
): Figure {
  return overTrainingFigure(
    {
      id: 'emergence',
      title: t('Degree of emergence E over training'),
      y: { title: t('E, degree of emergence'), grace: '8%' },
      caption: [
        t('E(t) = (w(t) / w(0)) · ln(α₀(0) / α₀(t)), where 0 is {0}.', baselineName(runs)),
        emergenceSourceName(runs[0]!.series.emergence.from),
        emergenceInterval(runs),
        acrossNetworks(runs),
      ]
        .filter(Boolean)
        .join(' '),
      level: ({ emergence: { value, ci95, reason } }): Level => ({
        value,
        range: ci95,
        hover: `E = ${bracketed(value, ci95)}${reason === null ? '' : `\n${wordsOf(reason)}`}`,
      }),
      synthetic: (_, run): Level => ({
        value: 0,
        range: null,
        hover: ['E = 0', drawnWords(syntheticPoint(run)!.checkpoint)].join('\n'),
      }),
      ofNull: (point, kind) => point.nulls?.[kind].emergence.value ?? null,
      annotations: { ...zeroLine(theme), ...baselineMark(runs, axis, theme) },
    },
    runs,
    axis,
    theme,
    lines,
  );
}

/** Where a number is what it would be without any change. */
export function zeroLine(theme: Theme): Record<string, AnnotationOptions> {
  return {
    zero: {
      type: 'line',
      yMin: 0,
      yMax: 0,
      borderColor: translucent(theme.foreground, 0.4),
      borderWidth: 1,
      drawTime: 'beforeDatasetsDraw',
    },
  };
}

/** Where E is 0 by definition, named in the chart itself as long as it is one place for all runs. */
function baselineMark(
  runs: readonly ShownRun[],
  axis: StepAxis,
  theme: Theme,
): Record<string, AnnotationOptions> {
  const known = runs.filter(({ series }) => series.baseline.point);
  if (!known[0] || new Set(known.map(({ series }) => series.baseline.step)).size > 1) return {};
  const { baseline } = known[0].series;
  const places = known.map((run) => {
    const { points, baseline: own } = run.series;
    const at = points.findIndex(({ checkpoint }) => checkpoint.path === own.point?.checkpoint.path);
    return { index: Math.max(0, at), x: isDrawn(own.kind) ? axis.start : axis.place(run, Math.max(0, at)) };
  });
  const { index, x } = places[0]!;
  if (places.some((place) => place.x !== x)) return {};
  const words = isDrawn(baseline.kind)
    ? t('baseline: {0}', drawnName(baseline.kind))
    : t('baseline: {0}', stepName(baseline.step, index));
  return {
    baseline: {
      type: 'line',
      xMin: x,
      xMax: x,
      borderColor: theme.foreground,
      borderWidth: 1,
      borderDash: [4, 3],
      label: {
        display: true,
        content: words,
        position: 'start',
        xAdjust: besideLine(words, x, theme),
        color: theme.foreground,
        backgroundColor: theme.background,
        borderRadius: 2,
        padding: LABEL_PADDING,
        font: { family: theme.fontFamily, size: theme.fontSize, weight: 'normal' },
      },
    },
  };
}

/** E against model size at `step` (null: each run's last); runs without that step are left out. */
export function sizeFigure(runs: readonly ShownRun[], step: number | null, theme: Theme): Figure {
  const missing = runs.filter((run) => pointAt(run, step)?.emergence.value == null).map(({ name }) => name);
  const datasets = runs.flatMap((run): FigureDataset[] => {
    const point = pointAt(run, step);
    if (point?.emergence.value == null) return [];
    const { value, ci95 } = point.emergence;
    const { parameters } = point.checkpoint;
    const x = Math.log10(parameters);
    const mark: CurvePoint = {
      x,
      y: value,
      hover: [
        t('{0} parameters', compact(parameters)),
        stepName(point.step, run.series.points.indexOf(point)),
        `E = ${bracketed(value, ci95)}`,
      ].join('\n'),
      opens: targetOf(run, point),
    };
    return [
      { ...curve(run.name, [mark], run.style, theme, () => true), showLine: false, pointRadius: 6, order: 0 },
      ...(ci95
        ? [
            guide(
              t('95 % interval'),
              ci95.map((y) => ({ x, y })),
              run.style.color,
              1.5,
            ),
          ]
        : []),
    ];
  });
  return {
    id: 'size',
    title:
      step === null
        ? t('E against model size, last checkpoint of each run')
        : t('E against model size at step {0}', integer(step)),
    caption: [
      t('Bars: 95 % intervals. Baseline: {0}.', baselineName(runs)),
      missing.length === 0 ? '' : t('Not shown, because E is unknown there: {0}.', missing.join(', ')),
      acrossNetworks(runs),
      t('Runs of other data, settings or steps differ in more than size.'),
    ]
      .filter(Boolean)
      .join(' '),
    description: t('Marks of E against the number of parameters. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: {
          title: t('model size, parameters, logarithmic'),
          grace: '12%',
          ticks: (min, max) => sizeTicks(min, max),
        },
        y: { title: t('E, degree of emergence'), grace: '12%' },
        annotations: zeroLine(theme),
        legend: 'markers',
      }),
    },
  };
}

/** "1 M", "2 M", "5 M" … between two powers of ten. */
function sizeTicks(min: number, max: number): { value: number; label: string }[] {
  const wide = max - min > 2.5;
  const ticks: { value: number; label: string }[] = [];
  for (let power = Math.floor(min); power <= Math.ceil(max); power++) {
    for (const factor of wide ? [1] : [1, 2, 5]) {
      const size = factor * 10 ** power;
      const value = Math.log10(size);
      if (value >= min && value <= max) ticks.push({ value, label: compact(size).replace(/\.0+/, '') });
    }
  }
  return ticks;
}
