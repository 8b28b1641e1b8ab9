/** Results of the full network: one entry, no samples, intervals that tell how far layers differ. */
import { describe, expect, it } from 'vitest';
import type { Estimate, ProjectionResult } from '../../../src/protocol/analysis';
import { comparable } from '../../../webview/data/comparable';
import { gridRange, isBeyond, layerGrid, layerValue, type LayerCell } from '../../../webview/data/layers';
import type { Figure, FigureDataset } from '../../../webview/figures/figure';
import { beyondT } from '../../../webview/data/statistics';
import { divergingScale, inkOn, rampScale } from '../../../webview/figures/heat';
import { measured } from '../../../src/protocol/format';
import { fitWarning, headline, layersSentence } from '../../../webview/spectrum/sentences';
import { DEFAULT_CHOICES, figuresOf, tablesOf, TABS } from '../../../webview/spectrum/views';
import { DARK, LIGHT } from '../../../webview/theme';
import { settingsLine } from '../../../webview/words/settings';
import { intervalSentence } from '../../../webview/words/uncertainty';
import { failOnConsole, item } from './support';

failOnConsole();

const full = item({ fullBlocks: 6 });
const words = (figure: Figure): string =>
  [
    figure.title,
    figure.caption,
    ...figure.config.data.datasets.map(({ label, data }) => `${label} ${data[0]?.hover ?? ''}`),
  ].join('\n');

describe('the full network', () => {
  it('never speaks of samples, seeds or k', () => {
    for (const tab of TABS) {
      for (const figure of figuresOf(tab, [full], DEFAULT_CHOICES, LIGHT)) {
        expect(words(figure)).not.toMatch(/seed|samples|mean over/i);
      }
    }
    expect(settingsLine(full.result.settings)).toBe(
      'full network: every neuron and edge, T = 150, d = 1/|w|, q = −3 … 3, step 0.1, filter 0',
    );
    expect(headline([full])).toMatch(/all neurons counted/);
    expect(headline([full])).not.toMatch(/±/);
  });
  it('names its interval for what it is, or says why there is none', () => {
    expect(intervalSentence(full.result)).toBe(
      '95 % interval over 6 blocks: variation across layers, not sampling error.',
    );
    expect(intervalSentence(item({ fullBlocks: 3 }).result)).toBe(
      'No interval: too few blocks to resample: 3 (at least 5).',
    );
    const [spectrum] = figuresOf('spectrum', [full], DEFAULT_CHOICES, LIGHT);
    expect(spectrum!.caption).toMatch(/over 6 blocks: variation across layers, not sampling error/);
  });
  it('draws the interval where it lies, not evenly around the value', () => {
    const { alpha0 } = full.result.summary;
    expect(alpha0.ci95![1] - alpha0.mean!).not.toBeCloseTo(alpha0.mean! - alpha0.ci95![0], 3);
    const [spectrum, plane] = figuresOf('spectrum', [full], DEFAULT_CHOICES, LIGHT);
    const annotations = spectrum!.config.options!.plugins!.annotation!.annotations as Record<
      string,
      Record<string, number>
    >;
    expect([annotations['alpha0Interval']!['xMin'], annotations['alpha0Interval']!['xMax']]).toEqual(
      alpha0.ci95,
    );
    const arms = (plane!.config.data.datasets as FigureDataset[]).filter(({ guide }) => guide);
    expect(arms[0]!.data.map(({ x }) => x)).toEqual(alpha0.ci95);
    expect(measured(alpha0, 'full')).toMatch(/^0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]$/);
  });
  it('is exact: a fall is a fall, whatever the spread over layers', () => {
    const later = item({ fullBlocks: 6, name: 'neox-1m/step5000', step: 5000, center: 0.86 });
    expect(headline([full, later])).toMatch(/α₀ fell from 0\.\d{3} to 0\.\d{3};.*These are exact/);
  });
  it('is not comparable with samples, nor scale-free lengths with absolute ones', () => {
    expect(comparable([full, item()])).toBe(false);
    expect(comparable([item({ scaleFree: true }), item()])).toBe(false);
  });
  it('has no seeds in its tables', () => {
    const tables = tablesOf([full], DEFAULT_CHOICES);
    for (const { columns, rows } of tables) {
      const seed = columns.findIndex(({ key }) => key === 'seed');
      if (seed >= 0) expect(rows.every((row) => row[seed] === null)).toBe(true);
    }
    expect(tables.find(({ id }) => id === 'layers')!.rows).toHaveLength(24);
    expect(tables[0]!.title).toBe('Full network');
  });
  it('names no seed in the warning about poor fits', () => {
    const bad = item({ fullBlocks: 6 });
    bad.samples[0]!.result.r2[0] = 0.7;
    expect(fitWarning([bad])).toMatch(/R² 0\.700 at q = −3 \(neox-1m\/step4000\)/);
  });
});

describe('layers', () => {
  const projections = full.result.perProjection!;
  const at = (change: Partial<ProjectionResult>): ProjectionResult => ({ ...projections[0]!, ...change });
  it('are laid out as blocks × roles, in network order', () => {
    const { blocks, roles, cells } = layerGrid(projections, 'difference');
    expect(blocks).toEqual([0, 1, 2, 3, 4, 5]);
    expect(roles).toEqual(['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down']);
    const first = cells[0]![0]!;
    expect(first.value).toBeCloseTo(projections[0]!.alpha0! - projections[0]!.gaussian!.alpha0!, 12);
  });
  it('average experts, leave gaps, and keep what is outside blocks', () => {
    const { blocks, cells } = layerGrid(
      [
        at({ alpha0: 1 }),
        at({ alpha0: 2 }),
        at({ block: 1, role: 'expert.up' }),
        at({ block: null, alpha0: null }),
      ],
      'alpha0',
    );
    expect(blocks).toEqual([0, 1, null]);
    expect(cells[0]).toMatchObject([{ value: 1.5 }, null]);
    expect(cells[2]).toMatchObject([{ value: null }, null]);
  });
  it('have no difference without a null model', () => {
    expect(layerValue(at({ gaussian: null }), 'difference')).toBeNull();
    expect(layerValue(at({ alpha0: null }), 'difference')).toBeNull();
    expect(layerValue(at({ nodes: 3, nodesDropped: 1 }), 'kept')).toBe(0.75);
    expect(layerValue(at({ nodes: 0, nodesDropped: 0 }), 'kept')).toBeNull();
    expect(gridRange(layerGrid([at({ gaussian: null })], 'difference'))).toBeNull();
  });
  it('are summed up in a sentence that counts only what is beyond chance', () => {
    const around = (mean: number): Estimate => ({ mean, sd: 0.01, ci95: null });
    const figures = { alpha0: around(1), alpha0Exact: around(1), width: around(0.1) };
    const nulls = { shuffled: figures, gaussian: figures };
    const list = [
      at({ alpha0: 0.9, nulls }),
      at({ alpha0: 0.985, nulls, block: 2, role: 'mlp.up' }),
      at({ alpha0: 1.03, nulls }),
    ];
    const said = (perProjection: ProjectionResult[], draws: number | null): string =>
      layersSentence({
        ...full.result,
        perProjection,
        nulls: draws === null ? null : { draws, ...nulls },
      });
    expect(said(list, 5)).toBe(
      'In 2 of 3 projections α₀ differs from that of Gaussian weights by more than 2 standard deviations of the draws; by chance it would in about 0. Of these, 1 lie below and 1 above; the largest difference is in block 0, attention.qkv, −0.100.',
    );
    expect(said([list[1]!], 5)).toMatch(
      /^In 0 of 1 projections α₀ differs .* by chance it would in about 0\.$/,
    );
    expect(said([at({})], null)).toMatch(
      /^One draw of Gaussian weights does not tell which of 1 projections/,
    );
    expect(said([at({ gaussian: null })], null)).toMatch(/No projection can be compared/);
  });
  it('are colored only beyond 2 standard deviations of the mean over the projections of a cell', () => {
    const around = (sd: number): Estimate => ({ mean: 1, sd, ci95: null });
    const nulls = (sd: number): ProjectionResult['nulls'] => {
      const figures = { alpha0: around(sd), alpha0Exact: around(sd), width: around(sd) };
      return { shuffled: figures, gaussian: figures };
    };
    const cell = (...list: ProjectionResult[]): LayerCell => layerGrid(list, 'alpha0-shuffled').cells[0]![0]!;
    expect(isBeyond(cell(at({ alpha0: 1.021, nulls: nulls(0.01) })))).toBe(true);
    expect(isBeyond(cell(at({ alpha0: 1.019, nulls: nulls(0.01) })))).toBe(false);
    // The mean of two has a standard deviation of 0.03 · √2 / 2.
    const two = cell(at({ alpha0: 1.04, nulls: nulls(0.03) }), at({ alpha0: 1.04, nulls: nulls(0.03) }));
    expect(two.sd).toBeCloseTo(0.0212132, 7);
    expect(isBeyond(two)).toBe(false);
    expect(isBeyond(cell(at({ alpha0: 2 })))).toBe(false);
  });
  it('know how often chance lies beyond the standard deviations of its draws', () => {
    // Student's t, two-sided: P(|T₄| > 2.7764) = 0.05, P(|T₁| > 1) = 0.5, P(|T₂| > 2) = 1 − 2/√6.
    expect(beyondT(2.7764451, 4)).toBeCloseTo(0.05, 6);
    expect(beyondT(1, 1)).toBeCloseTo(0.5, 6);
    expect(beyondT(2, 2)).toBeCloseTo(1 - 2 / Math.sqrt(6), 6);
  });
});

describe('heat colors', () => {
  const channels = (css: string): number[] => css.match(/\d+/g)!.map(Number);
  it.each([LIGHT, DARK])('are as strong below zero as above, with readable ink', (theme) => {
    const { min, max, color } = divergingScale({ min: -0.1, max: 0.3 }, theme);
    expect([min, max]).toEqual([-0.3, 0.3]);
    const [below, above] = [channels(color(-0.3)), channels(color(0.3))];
    expect(below[2]!).toBeGreaterThan(below[0]!);
    expect(above[0]!).toBeGreaterThan(above[2]!);
    for (let place = 0; place <= 20; place++) {
      for (const css of [
        color(-0.3 + 0.03 * place),
        rampScale({ min: 0, max: 1 }, theme).color(place / 20),
      ]) {
        const ink = inkOn(css) === '#000000' ? 0 : 1;
        const luminance = channels(css)
          .map((value) => value / 255)
          .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
          .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index]!, 0);
        const contrast = (Math.max(ink, luminance) + 0.05) / (Math.min(ink, luminance) + 0.05);
        expect(contrast).toBeGreaterThan(4.5);
      }
    }
  });
  it('survive a grid of equal values', () => {
    expect(divergingScale({ min: 0, max: 0 }, LIGHT).color(0)).toBe('rgb(247, 247, 247)');
    expect(rampScale({ min: 2, max: 2 }, LIGHT).color(2)).toMatch(/^rgb/);
  });
});
