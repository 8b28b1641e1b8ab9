/** The mean spectra of all steps of one run, colored by step, with one of them highlighted. */
import { rampColor } from './styles';
import { targetOf, type ShownRun } from '../data/shownRuns';
import { decimal, integer, measured, order } from '../../src/protocol/format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { stepBar } from './colorBar';
import type { Figure, FigureDataset, QuietLines } from './figure';
import { curve, options } from './options';
import { extent } from './quietLines';
import { stepName } from './stepAxis';

/** More curves than this overlap: they are drawn fainter. */
const MANY = 24;

/** Builds the figure; `selected` is an index into the run's points. */
export function stepSpectraFigure(run: ShownRun, selected: number, theme: Theme): Figure {
  const { series, spectra, name } = run;
  const { points, settings } = series;
  const color = (index: number): string => stepColor(index, points.length, theme);
  const shown = points[selected]!;
  const title = stepName(shown.step, selected);
  const { alpha, f } = spectra[selected]!;
  const forward: FigureDataset = {
    ...curve(
      `${name}, ${title}`,
      alpha.map((x, i) => ({
        x,
        y: f[i]!,
        hover: `q = ${order(settings.q[i]!)}\nα = ${decimal(x)}\nf = ${decimal(f[i])}`,
        opens: targetOf(run, shown),
      })),
      { color: theme.foreground, dash: [], marker: 'circle' },
      theme,
    ),
    borderWidth: 3,
    behind: { width: 1.5, lines: linesOf(spectra, theme) },
  };
  return {
    id: 'step-spectra',
    title: t('Spectra of all steps: {0}', name),
    caption: t(
      'One line per checkpoint, mean over its samples, colored by step. Bold: {0}, α₀ {1}, w {2}.',
      title,
      measured(shown.alpha0, settings.mode),
      measured(shown.width, settings.mode),
    ),
    description: t('Curves of f(α) against α, one per checkpoint. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets: [forward] },
      options: options(theme, {
        x: {
          title: t('α, Lipschitz–Hölder exponent'),
          ...extent(
            spectra.flatMap((each) => each.alpha),
            0.03,
          ),
        },
        y: {
          title: t('f(α), multifractal spectrum'),
          ...extent(
            spectra.flatMap((each) => each.f),
            0.06,
          ),
        },
        colorBar: stepBar(
          points.map(({ step }, index) => ({
            color: color(index),
            label: step === null ? integer(index + 1) : integer(step),
          })),
          points.every(({ step }) => step !== null) ? t('training step') : t('checkpoint'),
          theme,
          selected,
        ),
      }),
    },
  };
}

const stepColor = (index: number, steps: number, theme: Theme): string =>
  rampColor(index / Math.max(1, steps - 1), theme);

const drawn = new WeakMap<ShownRun['spectra'], { theme: Theme; lines: QuietLines['lines'] }>();

/**
 * The lines of these spectra: cached as long as spectra and theme are the same, so that they need not be drawn again.
 */
function linesOf(spectra: ShownRun['spectra'], theme: Theme): QuietLines['lines'] {
  const known = drawn.get(spectra);
  if (known?.theme === theme) return known.lines;
  const lines = spectra.map(({ alpha, f }, index) => ({
    color: translucent(stepColor(index, spectra.length, theme), spectra.length > MANY ? 0.55 : 0.9),
    points: alpha.map((x, i) => ({ x, y: f[i]! })),
  }));
  drawn.set(spectra, { theme, lines });
  return lines;
}
