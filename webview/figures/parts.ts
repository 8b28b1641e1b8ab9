/** What E of a run is made of: three bands whose sum is E, between the E of its null models. */
import type { Value } from '../../src/protocol/nulls';
import type { RunPoint } from '../../src/protocol/run';
import { bracketed } from '../../src/protocol/format';
import { targetOf, type ShownRun } from '../data/shownRuns';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { zeroLine } from './emergence';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { band, curve, options } from './options';
import { breakMark } from './overTraining';
import { stepName, stepOptions, type StepAxis } from './stepAxis';
import type { SeriesStyle } from './styles';

/** From the bottom up. */
const PARTS = ['size', 'tails', 'arrangement'] as const;
type Part = (typeof PARTS)[number];

/** Whether any checkpoint knows what its E is made of. */
export const knowsParts = ({ series }: Pick<ShownRun, 'series'>): boolean =>
  series.points.some(({ parts }) => parts !== null);

export const partName = (part: Part): string =>
  ({
    size: t('size: E of Gaussian weights'),
    tails: t('tails: what reshuffled weights add'),
    arrangement: t('arrangement: the rest of E'),
  })[part];

/** The bands of one run; it has parts at some checkpoint. */
export function partsFigure(run: ShownRun, axis: StepAxis, theme: Theme): Figure {
  const known = run.series.points.flatMap((point, index) =>
    point.parts && PARTS.every((part) => point.parts![part].value !== null)
      ? [{ point, index, x: axis.place(run, index), parts: point.parts }]
      : [],
  );
  const heightOf = ({ parts }: (typeof known)[number], upTo: number): number =>
    PARTS.slice(0, upTo).reduce((sum, part) => sum + parts[part].value!, 0);
  const datasets = PARTS.flatMap((part, level): FigureDataset[] => {
    const style: SeriesStyle = {
      color: theme.hues[level]!,
      dash: [[4, 3], [2, 3], []][level]!,
      marker: (['triangle', 'rect', 'circle'] as const)[level]!,
    };
    const top = known.map((each): CurvePoint => ({
      x: each.x,
      y: heightOf(each, level + 1),
      hover: hover(each.point, each.index, part, each.parts[part]),
      opens: targetOf(run, each.point),
    }));
    const bottom = known.map((each) => ({ x: each.x, y: heightOf(each, level) }));
    return [
      curve(partName(part), top, style, theme, () => known.length < 2),
      band(
        partName(part),
        top.map(({ x, y }) => ({ x, y })),
        bottom,
        style,
      ),
    ];
  });
  return {
    id: 'parts',
    title: t('What E is made of: {0}', run.name),
    caption: [
      t(
        'The bands add up to E. Size: E of Gaussian weights with the mean and deviation of every tensor, or of its edges in a sample. Tails: what the real values, reshuffled within their tensors, add. Arrangement: the rest, which depends only on where the weights are.',
      ),
      t(
        'Where a band is negative it lies below the one before. Each null is compared with its own at the baseline.',
      ),
    ].join(' '),
    description: [t('Bands over training that add up to E.'), ends(known.map(({ point }) => point))].join(
      ' ',
    ),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: stepOptions(axis),
        y: { title: t('E, degree of emergence'), grace: '8%' },
        annotations: { ...zeroLine(theme), ...breakMark(axis, theme) },
        legend: 'lines',
        crosshair: true,
      }),
    },
  };
}

function hover(point: RunPoint, index: number, part: Part, { value, ci95 }: Value): string {
  const { emergence } = point;
  const lines = [stepName(point.step, index), bracketed(value, ci95)];
  if (part === 'arrangement') lines.push(`E = ${bracketed(emergence.value, emergence.ci95)}`);
  return lines.join('\n');
}

/** The last checkpoint in words. */
function ends(points: readonly RunPoint[]): string {
  const last = points.at(-1);
  if (!last?.parts) return '';
  const { size, tails, arrangement } = last.parts;
  return t(
    'At the last checkpoint: size {0}, tails {1}, arrangement {2}.',
    bracketed(size.value, size.ci95),
    bracketed(tails.value, tails.ci95),
    bracketed(arrangement.value, arrangement.ci95),
  );
}
