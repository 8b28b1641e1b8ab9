import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/analysis/summarize';
import { makeSettings } from '../../../src/core/analysis/settings';
import {
  byEmergence,
  specificationOf,
  variantsOf,
  withNullModels,
} from '../../../src/core/emergence/specifications';
import { specify } from '../../../src/core/emergence/specify';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { SCALES, type AnalysisResult, type AnalysisSettings } from '../../../src/protocol/analysis';
import { runSeriesSchema, type Specification } from '../../../src/protocol/run';
import {
  sideOfGaussian,
  specificationName,
  specificationText,
} from '../../../src/protocol/specificationWords';
import { makeResult } from '../support/results';

const LAST = { checkpoint: 'run/step9', step: 9 };
const SAMPLES = [0, 0.01, 0.02, 0.03];

/** Four samples of these means, analyzed with these settings. */
function end(alpha0: number, settings: AnalysisSettings, { dropped = 0, r2 = 0.95 } = {}): AnalysisResult {
  const made = makeResult(
    SAMPLES.map((extra) => ({ alpha0: alpha0 + extra, width: 0.5 + extra / 2, dropped })),
    { settings },
  );
  const structure = {
    kinds: [['attention.qkv 64→192', 'mlp.up 64→256'], ['linear 64→10']],
    blocks: [
      [0, 0],
      [1, 0],
      [2, 0],
      [null, 1],
    ] as [number | null, number][],
  };
  const samples = made.samples.map((sample) => ({ ...sample, meanR2: r2 }));
  return { ...made, samples, summary: summarize(samples), network: { ...made.network, structure } };
}

const preset = withNullModels(makeSettings());
const names = (settings: AnalysisSettings): string[] =>
  variantsOf(settings, end(1, settings)).map((each) =>
    specificationName(specificationOf(each, null, LAST, 'alpha0')),
  );

describe('the specifications', () => {
  it('change one setting at a time, none twice, and the one that is chosen never', () => {
    const all = variantsOf(preset, end(1, preset));
    expect(names(preset)).toEqual([
      'as chosen',
      ...['T 50', 'T 100', 'T 300', 'k 16', 'k 64', 'd 1/w²', 'd −ln|w|', 'd 1/√|w|'],
      ...SCALES.map((scale) => `scale-free, ${scale}`),
      ...['radii 2 to T', 'q −1 to 1', 'q −2 to 2', 'q −5 to 5'],
      ...['attention', 'mlp', 'linear', 'blocks 0–1', 'block 2'],
    ]);
    for (const { settings } of all.slice(1)) {
      const changed = (Object.keys(preset) as (keyof AnalysisSettings)[]).filter(
        (key) => JSON.stringify(settings[key]) !== JSON.stringify(preset[key]),
      );
      expect(changed).toHaveLength(1);
    }
  });

  it('go back to the paper where the settings have another choice', () => {
    const own = withNullModels(makeSettings({ threshold: 70, scaleFree: true, qMin: -2, qMax: 2 }));
    expect(names({ ...own, radii: { rule: 'fixed', lo: 4 } })).toEqual(
      expect.arrayContaining(['T 150', 'absolute lengths', 'radii that occur', 'q −3 to 3']),
    );
    expect(names(own)).not.toContain('q −2 to 2');
  });

  it('of a full network sample nothing', () => {
    const all = variantsOf(withNullModels(makeSettings({ mode: 'full' })), end(1, preset));
    expect(all.filter(({ factor }) => factor === 'neurons')).toEqual([]);
    for (const { settings } of all) expect(settings.nulls).toEqual({ draws: 5 });
  });

  it('take parts of the whole network only, and orders only in steps that hold 0', () => {
    const subset = { include: [], exclude: [], blocks: [], roles: ['mlp'] };
    expect(names({ ...preset, subset }).some((name) => name.startsWith('block'))).toBe(false);
    const coarse = withNullModels(makeSettings({ qMin: -4.5, qMax: 4.5, qStep: 1.5 }));
    expect(names(coarse).filter((name) => name.startsWith('q'))).toEqual(['q −3 to 3']);
  });
});

describe('a specification', () => {
  const variant = { factor: 'threshold', settings: preset } as const;

  it('tells E with its interval, and the worse of its two ends', () => {
    const made = specificationOf(
      variant,
      { now: end(0.8, preset, { dropped: 400 }), baseline: end(1, preset, { r2: 0.7 }) },
      LAST,
      'alpha0',
    );
    expect(made.emergence.value).toBeCloseTo(Math.log(1.015 / 0.815), 12);
    expect(made.emergence.ci95![0]).toBeLessThan(made.emergence.value!);
    expect(made).toMatchObject({ nodesKept: 0.6, scales: false, ...LAST });
    expect(made.r2).toBeCloseTo(0.7, 12);
  });

  it('that failed says so, and comes last', () => {
    const failed = specificationOf(variant, null, LAST, 'alpha0');
    expect(failed.emergence).toMatchObject({ value: null, reason: { code: 'specification-failed' } });
    const known = specificationOf(
      variant,
      { now: end(0.8, preset), baseline: end(1, preset) },
      LAST,
      'alpha0',
    );
    expect(byEmergence([failed, known])).toEqual([known, failed]);
  });
});

describe('the curve of a run', () => {
  const analyze = (which: 'now' | 'baseline', settings: AnalysisSettings): Promise<AnalysisResult | null> =>
    Promise.resolve(
      settings.threshold === 50 ? null : end(which === 'now' ? 1 - settings.threshold / 1000 : 1, settings),
    );

  it('is sorted, is part of a valid series, and tells how far it has come', async () => {
    const told: [number, number][] = [];
    const found = await specify({
      settings: makeSettings(),
      last: LAST,
      from: 'alpha0',
      population: 'all',
      analyze,
      onProgress: (soFar, of) => {
        told.push([soFar.length, of]);
      },
    });
    const values = found.map(({ emergence }) => emergence.value);
    expect(values.slice(0, -1)).toEqual([...values.slice(0, -1)].sort((a, b) => a! - b!));
    // What cannot be analyzed takes nothing else with it.
    expect(values.at(-1)).toBeNull();
    expect(told.at(-1)).toEqual([found.length, found.length]);
    expect(told).toHaveLength(found.length + 1);
    const reference = { step: 0, result: end(1, preset) };
    const series = runSeries({
      run: { name: 'run', path: '/run', orderedBy: 'step' },
      results: [reference],
      baseline: { kind: 'first' },
      reference,
      from: 'alpha0',
    });
    expect(
      v.safeParse(runSeriesSchema, JSON.parse(JSON.stringify({ ...series, specifications: found }))).issues,
    ).toBeUndefined();
  });

  it('is empty where the baseline cannot be analyzed, and ends with what interrupts it', async () => {
    const input = { settings: makeSettings(), last: LAST, from: 'alpha0', population: 'all' } as const;
    expect(await specify({ ...input, analyze: () => Promise.resolve(null) })).toEqual([]);
    let calls = 0;
    const interrupted = specify({
      ...input,
      analyze: (which, settings) =>
        ++calls > 4 ? Promise.reject(new Error('stop')) : analyze(which, settings),
    });
    await expect(interrupted).rejects.toThrow('stop');
    expect(calls).toBe(5);
  });
});

describe('the curve over common neurons', () => {
  const input = { settings: makeSettings(), last: LAST, from: 'alpha0', population: 'common' } as const;
  const name = ({ checkpoint }: AnalysisResult, which: string): AnalysisResult['checkpoint'] => ({
    ...checkpoint,
    fingerprint: which,
  });
  /** Over common neurons α₀ of the last checkpoint is 0.95, else 0.9. */
  const analyze = (
    which: 'now' | 'baseline',
    settings: AnalysisSettings,
    common: boolean,
  ): Promise<AnalysisResult | null> => {
    const alpha0 = which === 'baseline' ? 1 : common ? 0.95 : 0.9;
    const made = end(alpha0, settings, { dropped: common ? 300 : 200 });
    return Promise.resolve({ ...made, checkpoint: name(made, which) });
  };

  it('has E of these, without one of Gaussian weights, and says so', async () => {
    const found = await specify({ ...input, analyze });
    expect(found.length).toBeGreaterThan(10);
    for (const { emergence, common, gaussian, nodesKept } of found) {
      expect(emergence.value).toBeCloseTo(Math.log(1.015 / 0.965), 12);
      expect({ common, gaussian, nodesKept }).toEqual({
        common: true,
        gaussian: { value: null, ci95: null },
        nodesKept: 0.7,
      });
    }
    const text = specificationText(found);
    expect(text).toContain('E is over the neurons that both checkpoints keep');
    expect(text).not.toContain('Compared with E of Gaussian weights');
  });

  it('says where an end could not be analyzed over them', async () => {
    const found = await specify({
      ...input,
      analyze: (which, settings, common) =>
        common ? Promise.resolve(null) : analyze(which, settings, common),
    });
    for (const { emergence } of found)
      expect(emergence).toMatchObject({ value: null, reason: { code: 'common-missing' } });
  });
});

describe('its words', () => {
  const made = (
    factor: Specification['factor'],
    value: number | null,
    gaussian: [number, number, number] | null,
    more: Partial<Specification> = {},
  ): Specification => {
    const base = specificationOf({ factor, settings: preset }, null, LAST, 'alpha0');
    return {
      ...base,
      emergence:
        value === null
          ? base.emergence
          : { ...base.emergence, value, ci95: [value - 0.01, value + 0.01], reason: null },
      gaussian: gaussian
        ? { value: gaussian[1], ci95: [gaussian[0], gaussian[2]] }
        : { value: null, ci95: null },
      ...more,
    };
  };

  it('tell the ends, the choice, and which side of Gaussian weights', () => {
    const all = [
      made('q', 0.01, [0.03, 0.04, 0.05]),
      made('preset', 0.1, [0.1, 0.11, 0.12]),
      made('neurons', 0.2, [0.1, 0.11, 0.12], { nodesKept: 0.25, scales: false }),
      made('radii', null, null),
    ];
    expect(all.map(sideOfGaussian)).toEqual([-1, 0, 1, null]);
    expect(specificationText(all)).toBe(
      'Over 3 choices of settings E goes from 0.010 [0.000, 0.020] (q −3 to 3) to 0.200 [0.190, 0.210] (k 32, 25\u202f% of the neurons). ' +
        'With your settings it is 0.100 [0.090, 0.110]. ' +
        'Compared with E of Gaussian weights, the interval of E lies above in 1, below in 1, and overlaps in 1. ' +
        'Neighbor counts do not scale there, so E means little: k 32.',
    );
  });

  it('compare nothing where neither number has an interval, and are empty without an E', () => {
    const bare = made('preset', 0.1, null);
    const exact = {
      ...bare,
      emergence: { ...bare.emergence, ci95: null },
      gaussian: { value: 0.3, ci95: null },
    };
    expect(sideOfGaussian(exact)).toBeNull();
    expect(specificationText([exact])).toBe('With one choice of settings E is 0.100.');
    expect(specificationText([made('preset', null, null)])).toBe('');
  });
});
