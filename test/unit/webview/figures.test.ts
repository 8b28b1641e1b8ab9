import { describe, expect, it } from 'vitest';
import { meanSpectrum } from '../../../webview/data/analyzed';
import { dimensionFigure, tauFigure } from '../../../webview/figures/exponents';
import type { Figure, FigureDataset } from '../../../webview/figures/figure';
import { fitFigure, qualityFigure, tellingOrders } from '../../../webview/figures/fit';
import { BINS, nfdFigure, sharedHistogram } from '../../../webview/figures/nfd';
import { planeFigure } from '../../../webview/figures/plane';
import { spectrumFigure } from '../../../webview/figures/spectrum';
import { rampColor, styleItems } from '../../../webview/figures/styles';
import { DARK, LIGHT } from '../../../webview/theme';
import { failOnConsole, item, run } from './support';

failOnConsole();

const one = item();
const styled = (...items: ReturnType<typeof run>) => styleItems(items, LIGHT);
const datasets = (figure: Figure) => figure.config.data.datasets as FigureDataset[];
const named = (figure: Figure) => datasets(figure).filter(({ guide }) => !guide);
const bands = (figure: Figure) => datasets(figure).filter(({ fill }) => fill === 'shape');
const annotations = (figure: Figure) =>
  figure.config.options!.plugins!.annotation!.annotations as unknown as Record<
    string,
    Record<string, number>
  >;
const axisTitle = (figure: Figure, axis: 'x' | 'y') =>
  (figure.config.options!.scales![axis] as { title: { text: string } }).title.text;

describe('spectrum', () => {
  const figure = spectrumFigure(styled(one), LIGHT);
  it('draws the mean over samples, its band, and every sample', () => {
    expect(named(figure)).toHaveLength(1);
    expect(named(figure)[0]!.data).toHaveLength(60);
    expect(bands(figure)).toHaveLength(1);
    expect(datasets(figure)).toHaveLength(2 + one.samples.length);
  });
  it('closes the band around the mean', () => {
    const [band] = bands(figure);
    const points = meanSpectrum(one);
    expect(band!.data).toHaveLength(2 * points.length);
    expect(band!.data[0]!.y).toBeCloseTo(points[0]!.f + points[0]!.fHalf!, 12);
    expect(band!.data.at(-1)!.y).toBeCloseTo(points[0]!.f - points[0]!.fHalf!, 12);
  });
  it('marks α₀ and w where they are printed', () => {
    const { alpha0, width } = one.result.summary;
    const marks = annotations(figure);
    expect(marks['alpha0']).toMatchObject({ xMin: alpha0.mean, xMax: alpha0.mean });
    expect(marks['alpha0Interval']!['xMin']).toBeCloseTo(alpha0.ci95![0], 12);
    const bracket = marks['width0']!;
    expect(bracket['xMax']! - bracket['xMin']!).toBeCloseTo(width.mean!, 12);
  });
  it('names its axes with symbol and name', () => {
    expect([axisTitle(figure, 'x'), axisTitle(figure, 'y')]).toEqual([
      'α, Lipschitz–Hölder exponent',
      'f(α), multifractal spectrum',
    ]);
  });
  it('promises no interval for one sample', () => {
    const alone = spectrumFigure(styled(item({ samples: 1 })), LIGHT);
    expect(bands(alone)).toHaveLength(0);
    expect(annotations(alone)['alpha0Interval']).toBeUndefined();
    expect(alone.caption).not.toMatch(/Band/);
  });
  it('tells few items apart by hue, dash and marker, in a legend', () => {
    const few = spectrumFigure(
      styled(item({ name: 'a/x' }), item({ name: 'b/x' }), item({ name: 'c/x' })),
      LIGHT,
    );
    for (const key of ['borderColor', 'borderDash', 'pointStyle'] as const) {
      expect(new Set(named(few).map((dataset) => JSON.stringify(dataset[key]))).size).toBe(3);
    }
    expect(few.config.options!.plugins!.legend!.display).toBe(true);
    expect(Object.keys(annotations(few)).filter((key) => key.startsWith('width'))).toHaveLength(3);
  });
  it('colors many steps along a ramp with a color bar instead of a legend', () => {
    const many = spectrumFigure(styled(...run(0, 1, 2, 3, 4, 5)), DARK);
    const { colorBar, legend } = many.config.options!.plugins!;
    expect(legend!.display).toBe(false);
    expect(colorBar).toMatchObject({ title: 'training step', labels: ['0', '1', '2', '3', '4', '5'] });
    expect((colorBar as { colors: string[] }).colors).toEqual(
      named(many).map(({ borderColor }) => borderColor),
    );
  });
  it('draws bands of the first and the last only when there are very many', () => {
    const many = run(...Array.from({ length: 20 }, (_, index) => 100 * index));
    expect(bands(spectrumFigure(styleItems(many, DARK), DARK))).toHaveLength(2);
  });
});

describe('exponents', () => {
  it('τ goes through the origin', () => {
    const curve = named(tauFigure(styled(one), LIGHT))[0]!;
    expect(curve.data.find(({ x }) => x === 0)!.y).toBeCloseTo(0, 10);
  });
  it('D has a gap at q = 1, a band on either side, and an axis that does not follow the pole', () => {
    const figure = dimensionFigure(styled(one), LIGHT);
    const gaps = named(figure)[0]!.data.filter(({ y }) => Number.isNaN(Number(y)));
    expect(gaps.map(({ x }) => x)).toEqual([1]);
    expect(bands(figure)).toHaveLength(2);
    const { max } = figure.config.options!.scales!['y'] as { max: number };
    const highest = Math.max(
      ...named(figure)[0]!
        .data.map(({ y }) => Number(y))
        .filter(Number.isFinite),
    );
    expect(max).toBeLessThan(highest);
  });
});

describe('fit', () => {
  const sample = one.samples[1]!;
  it('draws points and the fitted line of each chosen q', () => {
    const orders = tellingOrders(one.result.settings.q);
    expect(orders.map((index) => one.result.settings.q[index])).toEqual([-3, -1, 1, 3]);
    const figure = fitFigure(one, sample, orders, LIGHT);
    expect(datasets(figure)).toHaveLength(8);
    const [points, line] = datasets(figure);
    expect(points!.data).toHaveLength(sample.result.radii.length);
    expect(points!.data.at(-1)).toMatchObject({ x: 0, y: sample.lnZ[sample.result.radii.length - 1] });
    expect(line!.data.at(-1)!.y).toBeCloseTo(sample.result.intercept[0]!, 12);
    expect(points!.label).toMatch(/R² = /);
  });
  it('never proposes q = 0, where nothing is fitted', () => {
    expect(tellingOrders([0, 1, 2])).not.toContain(0);
  });
  it('shows R² with its range and the line at 0.9', () => {
    const figure = qualityFigure(styled(one), LIGHT);
    expect(annotations(figure)['poor']).toMatchObject({ yMin: 0.9, yMax: 0.9 });
    expect(
      named(figure)[0]!
        .data.filter(({ y }) => Number.isNaN(Number(y)))
        .map(({ x }) => x),
    ).toEqual([0]);
    expect(bands(figure)).toHaveLength(1);
  });
});

describe('NFD', () => {
  it('shares add up to one over the same bins for all items', () => {
    const histogram = sharedHistogram([one, item({ center: 1.4 })])!;
    for (const shares of histogram.shares) {
      expect(shares).toHaveLength(BINS);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
  });
  it('begins and ends on the ground', () => {
    const { data } = named(nfdFigure(styled(one), LIGHT)!)[0]!;
    expect([data[0]!.y, data.at(-1)!.y]).toEqual([0, 0]);
  });
  it('is no figure when no neuron has a value', () => {
    expect(nfdFigure(styled(item({ empty: true })), LIGHT)).toBeNull();
  });
});

describe('regularity and heterogeneity', () => {
  it('shows the samples of one item', () => {
    const marks = named(planeFigure(styled(one), LIGHT));
    expect(marks.map(({ data }) => data.length)).toEqual([1, one.samples.length]);
  });
  it('has the marks of the chart in its legend, not lines that it does not draw', () => {
    const { config } = planeFigure(styled(...run(0, 1, 2)), LIGHT);
    const labels = config.options!.plugins!.legend!.labels!.generateLabels!(config as never);
    expect(labels.map(({ pointStyle }) => pointStyle)).toEqual(['circle', 'rect', 'triangle']);
  });
  it('joins the steps of a run, not unrelated items', () => {
    const joined = (figure: Figure) => datasets(figure).some(({ label }) => label === 'Order of training');
    expect(joined(planeFigure(styled(...run(0, 1, 2)), LIGHT))).toBe(true);
    expect(joined(planeFigure(styled(item({ name: 'a/x' }), item({ name: 'b/x' })), LIGHT))).toBe(false);
  });
});

describe('ramp', () => {
  const luminance = (css: string): number => {
    const channel = (value: number) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = css.match(/\d+/g)!.map((text) => channel(Number(text) / 255)) as [
      number,
      number,
      number,
    ];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  it.each([
    [LIGHT, 1],
    [DARK, luminance('rgb(31, 31, 31)')],
  ])('keeps 3:1 on its ground, and the last step stands out most', (theme, ground) => {
    const contrast = (position: number) => {
      const [a, b] = [luminance(rampColor(position, theme)), ground].sort((x, y) => y - x) as [
        number,
        number,
      ];
      return (a + 0.05) / (b + 0.05);
    };
    const contrasts = [0, 0.25, 0.5, 0.75, 1].map(contrast);
    expect(Math.min(...contrasts)).toBeGreaterThan(3);
    expect(contrasts).toEqual([...contrasts].sort((a, b) => a - b));
  });
});
