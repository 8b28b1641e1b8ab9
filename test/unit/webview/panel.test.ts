import { afterEach, describe, expect, it } from 'vitest';
import { packArrays } from '../../../src/protocol/packing';
import type { SpectrumItem } from '../../../src/protocol/panel';
import { setWords, t } from '../../../webview/l10n';
import { fixture } from '../../preview/fixtures';
import { Model } from '../../../webview/spectrum/model';
import { fitWarning, headline, scalingTexts } from '../../../webview/spectrum/sentences';
import { neuronsKept } from '../../../webview/spectrum/strip';
import { DEFAULT_CHOICES, figuresOf, fitChoice, tableOf, TABS } from '../../../webview/spectrum/views';
import { LIGHT } from '../../../webview/theme';
import { settingsLine } from '../../../webview/words/settings';
import { failOnConsole, item, run } from './support';

failOnConsole();

describe('first line', () => {
  it('of one checkpoint names both numbers with their intervals', () => {
    expect(headline([item()])).toMatch(
      /neox-1m\/step4000: regularity α₀ is \d\.\d+ ± \d.* and heterogeneity w is \d\.\d+ ± \d/,
    );
  });
  it('keeps its order whatever a file is called', () => {
    expect(headline([item({ name: 'r/\u202ea' })])).toContain('r/\\u202ea: regularity');
  });
  it('says fell or rose only where the interval of the difference leaves out 0', () => {
    expect(headline(run(0, 1000, 2000))).toMatch(/^Between steps 0 and 1|^Between steps 0 and 2/);
    expect(headline(run(0, 2000, 4000))).toMatch(/regularity α₀ fell from/);
    const same = [item({ name: 'r/a', step: 0 }), item({ name: 'r/b', step: 1 })];
    expect(headline(same)).toMatch(/no clear change in regularity α₀ \(/);
    const up = [item({ name: 'r/a', step: 0, center: 0.8 }), item({ name: 'r/b', step: 1, center: 1 })];
    expect(headline(up)).toMatch(/α₀ rose from/);
  });
  it('gives no verdict without intervals', () => {
    const single = [
      item({ name: 'r/a', step: 0, samples: 1 }),
      item({ name: 'r/b', step: 1, samples: 1, center: 0.5 }),
    ];
    expect(headline(single)).toMatch(/without an interval of the difference/);
    expect(headline(single)).not.toMatch(/fell|rose/);
  });
  it('refuses to compare different shapes', () => {
    expect(headline([item(), item({ parameters: 7 })])).toMatch(/cannot be compared/);
  });
  it('says which steps of a long run cannot be told from the last', () => {
    const centres = [0.97, 0.95, 0.88, 0.87, 0.87, 0.87];
    const early = centres.map((center, i) => item({ name: `r/step${i}`, step: 100 * i, center }));
    expect(headline(early)).toMatch(
      /step 300 is the first and step 400 the last whose α₀ cannot be distinguished/,
    );
    expect(headline(run(0, 1, 2, 3, 4, 5))).not.toMatch(/cannot be distinguished/);
  });
});

it('of each checkpoint it is said whether its counts are a power law', () => {
  const of = (kind: 'power law' | 'rough' | 'none') => {
    const made = item();
    made.result.summary.scaling = {
      ...{ kind, ratio: 11, gaussianR2: 0.84 },
      steepest: { near: 15, slope: 2.1 },
      flattest: { near: 120, slope: 0.18 },
    };
    return scalingTexts([made]);
  };
  expect(of('none')).toEqual([
    expect.stringMatching(
      /^neox-1m\/step4000: not a power law: local exponent 2\.1 near r = 15, 0\.18 near r = 120; .*Gaussian weights 0\.84\.$/,
    ),
  ]);
  expect(of('rough')[0]).toContain(': roughly a power law: ');
  expect(of('power law')[0]).toContain(': a power law: ');
});

it('the poorest fit is called out below 0.9 only', () => {
  const good = item();
  expect(fitWarning([good])).toBeNull();
  const bad = item();
  bad.samples[3]!.result.r2[0] = 0.7;
  expect(fitWarning([good, bad])).toMatch(/R² 0\.700 at q = −3 \(neox-1m\/step4000, seed 3\)/);
});

it('the strip words settings and neurons', () => {
  const { result } = item({ samples: 10 });
  expect(settingsLine(result.settings)).toBe(
    '10 samples, k = 32, T = 150, d = 1/|w|, q = −3 … 3, step 0.1, filter 0, seeds 0 … 9',
  );
  expect(settingsLine({ ...result.settings, radii: { rule: 'fixed', lo: 6 }, nulls: { draws: 20 } })).toBe(
    '10 samples, k = 32, T = 150, d = 1/|w|, radii: all from 6 to T, q = −3 … 3, step 0.1, filter 0, seeds 0 … 9, null models of 20 draws',
  );
  expect(neuronsKept(result)).toBe('24 / 24');
  result.samples[0]!.nodes = 20;
  result.samples[0]!.nodesDropped = 4;
  expect(neuronsKept(result)).toBe('20 … 24 / 24');
});

describe('tabs', () => {
  it('hold figures for every kind of result', () => {
    for (const items of [[item()], [item({ samples: 1 })], run(0, 1, 2, 3, 4, 5)]) {
      const ids = TABS.map((tab) => figuresOf(tab, items, DEFAULT_CHOICES, LIGHT).map(({ id }) => id));
      expect(ids).toEqual([
        ['spectrum', 'plane'],
        ['tau', 'dimension'],
        ['fit', 'slopes', 'quality'],
        ['nfd'],
        [],
        [],
      ]);
    }
  });
  it('fall back when the chosen sample or order is gone', () => {
    const items = [item()];
    const choice = fitChoice(items, { ...DEFAULT_CHOICES, fitPath: '/gone', fitSeed: 99, orders: 1000 });
    expect([choice.item, choice.sample.result.seed, choice.orders.length]).toEqual([items[0], 0, 4]);
    expect(tableOf('table', items, { ...DEFAULT_CHOICES, table: 'gone' }).id).toBe('samples');
    expect(tableOf('fit', items, DEFAULT_CHOICES).id).toBe('fit');
  });
});

describe('model', () => {
  const done = (path: string, options = {}): SpectrumItem => {
    const { result, arrays } = fixture({ samples: 2, neurons: 24, ...options });
    return { path, name: path, state: { kind: 'done', result, packed: packArrays(arrays) } };
  };
  const running = (path: string, count = 1): SpectrumItem => ({
    path,
    name: path,
    state: { kind: 'running', progress: { done: count, total: 10, bytesRead: 0 } },
  });
  const of = (...items: SpectrumItem[]): Model => {
    const model = new Model();
    model.show({ items, asked: null, askedMode: 'sampled', settings: null, l10n: {} });
    return model;
  };
  const failed: SpectrumItem = {
    path: 'f',
    name: 'f',
    state: { kind: 'failed', error: { code: 'damaged', subject: 'f', cause: 'c', nextStep: 'n' } },
  };
  it.each([
    ['none', []],
    ['running', [running('a'), failed]],
    ['partial', [done('a'), running('b')]],
    ['done', [done('a'), failed]],
    ['failed', [failed]],
    ['cancelled', [{ path: 'a', name: 'a', state: { kind: 'cancelled' } } satisfies SpectrumItem]],
    ['empty', [done('a', { empty: true })]],
  ] as const)('is %s', (state, items) => {
    expect(of(...items).state).toBe(state);
  });
  it('redraws for news, not for progress', () => {
    const model = of(running('a'));
    expect(model.update(running('a', 2))).toBe(false);
    expect(model.update(done('a'))).toBe(true);
    expect(model.drawable.map(({ path }) => path)).toEqual(['a']);
    expect(model.update(running('b'))).toBe(true);
    expect(model.items).toHaveLength(2);
  });
  it('draws what it had before until there is something new', () => {
    const model = of(done('a'));
    model.update(running('a'));
    expect([model.state, model.outdated, model.drawable.length]).toEqual(['running', true, 1]);
    model.update({ path: 'a', name: 'a', state: failed.state });
    expect([model.state, model.outdated, model.drawable.length]).toEqual(['failed', true, 1]);
    model.update(done('a'));
    expect([model.state, model.outdated]).toEqual(['done', false]);
    const { state } = done('b');
    if (state.kind !== 'done') throw new Error(state.kind);
    const back = of({ ...running('b'), former: { result: state.result, packed: state.packed } });
    expect([back.state, back.outdated, back.drawable.map(({ path }) => path)]).toEqual([
      'running',
      true,
      ['b'],
    ]);
  });
  it('draws the last result of before a reload as soon as it is found', () => {
    const { state } = done('a');
    if (state.kind !== 'done') throw new Error(state.kind);
    const former = { result: state.result, packed: state.packed };
    const model = of(running('a'));
    expect(model.update({ ...running('a', 2), former })).toBe(true);
    expect([model.outdated, model.drawable.map(({ path }) => path)]).toEqual([true, ['a']]);
    expect(model.update(running('a', 3))).toBe(false);
    expect(model.outdated).toBe(true);
  });
  it('shows damaged arrays as a failure, not as a curve', () => {
    const broken = done('a');
    if (broken.state.kind === 'done') broken.state.packed = broken.state.packed.slice(0, 40);
    const model = of(broken);
    expect(model.state).toBe('failed');
    expect(model.items[0]!.state).toMatchObject({ kind: 'failed', error: { subject: 'a' } });
  });
});

describe('words', () => {
  afterEach(() => {
    setWords({});
  });
  it('are translated and filled in', () => {
    expect(t('{0} of {1} samples', 3, 10)).toBe('3 of 10 samples');
    setWords({ '{0} of {1} samples': '{1} Stichproben, davon {0}' });
    expect(t('{0} of {1} samples', 3, 10)).toBe('10 Stichproben, davon 3');
    expect(t('untranslated')).toBe('untranslated');
  });
  it('do not find what objects inherit', () => {
    expect(t('constructor')).toBe('constructor');
  });
});
