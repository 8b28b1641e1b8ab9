/** Local slopes of ln N on ln r, octave by octave, with those of the null models: a power law has one slope. */
import { NULL_KINDS, type Fit } from '../../src/protocol/nulls';
import type { Analyzed, KeptSample } from '../data/analyzed';
import { decimal, integer } from '../../src/protocol/format';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { isFull } from '../words/uncertainty';
import { nullName } from '../words/nulls';
import type { CurvePoint, Figure } from './figure';
import { curve, options } from './options';
import { NULL_DASH, type SeriesStyle } from './styles';

/** Builds the figure of one sample; null where its result is of a version that did not compute local slopes. */
export function slopesFigure(item: Analyzed, { result }: KeptSample, theme: Theme): Figure | null {
  const { fit, nulls, seed, alpha0Exact } = result;
  if (!fit) return null;
  const own: SeriesStyle = { color: theme.hues[0]!, dash: [], marker: 'circle' };
  const ofNulls = NULL_KINDS.flatMap((kind) => {
    const found = nulls?.[kind].first?.fit;
    const style: SeriesStyle = { color: theme.muted, dash: NULL_DASH[kind], marker: 'circle' };
    return found
      ? [{ ...curve(nullName(kind), steps(found), style, theme), borderWidth: 1.5, order: 2 }]
      : [];
  });
  const edges = [...fit.octaves.map(({ from }) => from), fit.octaves.at(-1)!.to];
  return {
    id: 'slopes',
    title: isFull(item.result)
      ? t('Local slopes: {0}, full network', item.name)
      : t('Local slopes: {0}, seed {1}', item.name, seed),
    caption: [
      t(
        'How fast the mean of ln N grows with ln r within each octave of radii. A power law has one slope; α₀ averages over them. Dashed: τ′(0).',
      ),
      fit.ratio === null ? '' : t('Largest slope over smallest: {0}.', decimal(fit.ratio, 2)),
    ]
      .filter(Boolean)
      .join(' '),
    description: [
      t('Local slope of ln N by octave of radius.'),
      fit.octaves.map((octave) => `${range(octave)}: ${decimal(octave.slope, 2)}`).join('; '),
    ].join(' '),
    config: {
      type: 'line',
      data: { datasets: [curve(item.name, steps(fit), own, theme), ...ofNulls] },
      options: options(theme, {
        x: {
          title: t('r, radius, logarithmic'),
          min: Math.log2(edges[0]!),
          max: Math.log2(edges.at(-1)!),
          ticks: (min, max) =>
            edges
              .map((edge) => ({ value: Math.log2(edge), label: radiusText(edge) }))
              .filter(({ value }) => value >= min - 1e-9 && value <= max + 1e-9),
        },
        y: { title: t('local slope of ln N on ln r'), grace: '10%' },
        legend: ofNulls.length > 0 && 'lines',
        annotations:
          alpha0Exact === null
            ? {}
            : {
                mean: {
                  type: 'line',
                  yMin: alpha0Exact,
                  yMax: alpha0Exact,
                  borderColor: theme.axis,
                  borderWidth: 1,
                  borderDash: [4, 3],
                },
              },
      }),
    },
  };
}

const radiusText = (radius: number): string =>
  Number.isInteger(radius) ? integer(radius) : decimal(radius, 1);

const range = ({ from, to }: Fit['octaves'][number]): string =>
  t('r {0} to {1}', radiusText(from), radiusText(to));

/** Each octave as a horizontal line between its ends. */
const steps = ({ octaves }: Fit): CurvePoint[] =>
  octaves.flatMap((octave) =>
    [octave.from, octave.to].map((radius) => ({
      x: Math.log2(radius),
      y: octave.slope,
      hover: `${range(octave)}\n${t('local slope {0}', decimal(octave.slope, 3))}`,
    })),
  );
