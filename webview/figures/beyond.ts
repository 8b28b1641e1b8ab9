/** How much checkpoints differ from their own weights reshuffled, beyond chance. */
import type { BeyondValue } from '../../src/protocol/nulls';
import type { RunMeasure } from '../../src/protocol/run';
import { bracketed, significant } from '../../src/protocol/format';
import type { ShownRun } from '../data/shownRuns';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { zeroLine } from './emergence';
import type { Figure } from './figure';
import { overTrainingFigure, type Level, type Lines } from './overTraining';
import type { StepAxis } from './stepAxis';

/** Whether any checkpoint has been compared with its own weights reshuffled. */
export const knowsBeyond = ({ series }: Pick<ShownRun, 'series'>): boolean =>
  series.points.some(({ beyond }) => beyond !== null);

const levelOf =
  (pick: (point: RunMeasure) => BeyondValue | null) =>
  (point: RunMeasure): Level => {
    const found = pick(point);
    if (found?.value == null) return { value: null, range: null, hover: t('no null models here') };
    const { value, ci95, p } = found;
    return {
      value,
      range: ci95,
      hover: `${bracketed(value, ci95)}${p === null ? '' : `\np = ${significant(p, 2)}`}`,
    };
  };

/** `beyond.width` and `beyond.alpha0` over training. */
export function beyondFigures(
  runs: readonly ShownRun[],
  axis: StepAxis,
  theme: Theme,
  { smooth }: Pick<Lines, 'smooth'>,
): Figure[] {
  const caption = t(
    'Line: the checkpoint against its own weights reshuffled within their tensors; 0 is what chance gives. Band: 95 % interval. No baseline is needed, so networks of different shape can be compared.',
  );
  const drawn = (id: string, title: string, y: string, figure: 'width' | 'alpha0'): Figure =>
    overTrainingFigure(
      {
        id,
        title,
        y: { title: y, grace: '8%' },
        caption,
        level: levelOf(({ beyond }) => beyond?.[figure] ?? null),
        annotations: zeroLine(theme),
      },
      runs,
      axis,
      theme,
      { beside: null, smooth },
    );
  return [
    drawn('beyond-width', t('Heterogeneity beyond chance'), t('ln(w / reshuffled w)'), 'width'),
    drawn('beyond-alpha0', t('Regularity beyond chance'), t('ln(reshuffled τ′(0) / τ′(0))'), 'alpha0'),
  ];
}
