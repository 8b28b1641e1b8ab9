import { describe, expect, it } from 'vitest';
import type { Subset } from '../../../src/protocol/analysis';
import { comparable, partsOf } from '../../../webview/data/comparable';
import { sameConditions, shownRuns, type ShownRun } from '../../../webview/data/shownRuns';
import { provenance } from '../../../webview/exporting/provenance';
import { runProvenance } from '../../../webview/exporting/runProvenance';
import { runFixture } from '../../preview/runFixtures';
import { DEFAULT_RUN_CHOICES, RUN_TABS, runFigures } from '../../../webview/runs/views';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_CHOICES, figuresOf, TABS } from '../../../webview/spectrum/views';
import { LIGHT } from '../../../webview/theme';
import { methodsParagraph } from '../../../webview/words/methods';
import { incomparable } from '../../../webview/words/runs';
import { blockRanges, partSentence, subsetName } from '../../../webview/words/subset';
import { failOnConsole, item } from './support';

failOnConsole();

const PART: Subset = { include: [], exclude: [], blocks: [[0, 2]], roles: ['attention'] };
const OTHER: Subset = { ...PART, blocks: [] };
const WORDS = 'attention; blocks 0–2';

describe('ranges of blocks', () => {
  it.each([
    ['0-5, 7', ['0-5', '7']],
    [' 0 – 5;7 \n 9', ['0-5', '7', '9']],
    ['0  -  5', ['0-5']],
    ['', []],
  ])('%j', (text, ranges) => {
    expect(blockRanges(text)).toEqual(ranges);
  });

  it('come to an end in ten million spaces', () => {
    expect(blockRanges(`0${' '.repeat(10_000_000)}1`)).toEqual(['0', '1']);
  });
});

describe('a part of the network in words', () => {
  it.each<[Subset, string]>([
    [PART, WORDS],
    [{ ...PART, roles: [], blocks: [[3, 3]] }, 'block 3'],
    [
      {
        include: ['a*', 'b'],
        exclude: ['*c'],
        blocks: [
          [0, 0],
          [2, 5],
        ],
        roles: ['attention.qkv', 'mlp'],
      },
      'attention.qkv, mlp; blocks 0, 2–5; names a*, b; without *c',
    ],
  ])('%j', (subset, words) => {
    expect(subsetName(subset)).toBe(words);
  });

  it('is said once for all, or for each', () => {
    const of = (...subsets: (Subset | null)[]): string | null =>
      partSentence(subsets.map((subset, index) => ({ name: `r${index}`, subset })));
    expect(of()).toBeNull();
    expect(of(null, null)).toBeNull();
    expect(of(PART, PART)).toBe(`Part of the network: ${WORDS}.`);
    expect(of(null, PART, OTHER)).toBe(
      `Different parts of the networks: r0, all layers · r1, ${WORDS} · r2, attention.`,
    );
    expect(of(null, ...Array.from({ length: 9 }, () => PART))).toMatch(/r3, .* · and 6 more\.$/);
  });
});

describe('results of a part', () => {
  const whole = item();
  const part = item({ name: 'neox-1m/step3000', subset: PART });

  it('say so in the title and the caption of every figure', () => {
    const figures = TABS.flatMap((tab) => figuresOf(tab, [part], DEFAULT_CHOICES, LIGHT));
    expect(figures.length).toBeGreaterThan(5);
    for (const { title, caption } of figures) {
      expect(title).toMatch(/ \(part of the network\)$/);
      expect(caption).toContain(`Part of the network: ${WORDS}.`);
    }
    for (const { title } of figuresOf('spectrum', [whole], DEFAULT_CHOICES, LIGHT))
      expect(title).not.toMatch(/part/);
  });

  it('say so in what is exported', () => {
    expect(provenance([part.result]).join('\n')).toContain(WORDS);
    expect(provenance([whole.result]).join('\n')).not.toContain('part of');
  });

  it('are never compared with others', () => {
    expect(comparable([whole, part])).toBe(false);
    expect(comparable([item({ subset: OTHER }), part])).toBe(false);
    expect(comparable([part, part])).toBe(true);
    expect(partsOf([whole, part]).map(({ subset }) => subset)).toEqual([null, PART]);
  });
});

describe('runs of a part', () => {
  const runs = (...subsets: (Subset | null)[]): ShownRun[] =>
    shownRuns(
      subsets.map((subset, index) => runFixture({ name: `r${index}`, subset })),
      (index) => seriesStyle(index, LIGHT),
    );

  it('say so in every figure', () => {
    const large = runFixture({ name: 'large', subset: PART, parameters: 1e8 });
    const sizes = [...runs(PART), ...shownRuns([large], (index) => seriesStyle(index, LIGHT))];
    const figures = [...RUN_TABS.trends, ...RUN_TABS.emergence].flatMap((tab) =>
      runFigures(tab, sizes, DEFAULT_RUN_CHOICES, LIGHT),
    );
    expect(figures.length).toBeGreaterThan(6);
    for (const { title, caption } of figures) {
      expect(title).toMatch(/ \(part of the network\)$/);
      expect(caption).toContain(WORDS);
    }
  });

  it('say so in exports and in the methods', () => {
    expect(runProvenance(runs(PART)).join('\n')).toContain(WORDS);
    expect(methodsParagraph(runs(PART))).toContain(`Only a part of each network was analyzed: ${WORDS}.`);
    expect(methodsParagraph(runs(null))).not.toContain('part of');
    expect(methodsParagraph(runs(null))).not.toContain('Null models');
    const [run] = runs(null);
    const settings = { ...run!.series.settings, nulls: { draws: 20 } };
    expect(methodsParagraph([{ ...run!, series: { ...run!.series, settings } }])).toMatch(
      /Null models are 20 draws of the weights of each tensor, permuted .* mean over its draws/,
    );
  });

  it('are never compared with others', () => {
    expect(sameConditions(runs(PART, PART))).toBe(true);
    expect(sameConditions(runs(PART, null))).toBe(false);
    expect(sameConditions(runs(PART, OTHER))).toBe(false);
    expect(incomparable(runs(PART, null), 'emergence')).toHaveLength(1);
  });
});
