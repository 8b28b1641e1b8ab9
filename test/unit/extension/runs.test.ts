import { describe, expect, it, vi } from 'vitest';
import { readResults, writeResults } from '../../../src/core/store/resultsFile';
import type { RunsChange } from '../../../src/extension/runs/runs';
import { listedResults } from '../../../src/extension/runs/savedRuns';
import { PLAIN_RUN, type RunSettings } from '../../../src/protocol/chosenSettings';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { RunPoint } from '../../../src/protocol/run';
import { makeAnalysis, settings } from '../support/analysis';
import { run, RunBench } from './runBench';

const a = run('a');

describe('Runs', () => {
  it('show a run before anything is analyzed', () => {
    expect(new RunBench(a).runs.model(a.id)).toEqual({
      id: a.id,
      name: 'a',
      folder: 'a',
      readOnly: false,
      orderedBy: 'step',
      checkpoints: a.checkpoints.map((checkpoint) => ({ ...checkpoint, state: { kind: 'missing' } })),
      series: null,
      unrefined: false,
      spectra: [],
      specifying: null,
      baselineProblem: null,
    });
  });

  it('know no others', () => {
    expect(new RunBench(a).runs.model('/elsewhere')).toBeUndefined();
  });

  it('show the series of what has a result, with a spectrum each', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeCheckpoints(a, ['/a/a', '/a/c']);
    const { series, spectra, checkpoints } = bench.runs.model(a.id)!;
    expect(checkpoints.map(({ state }) => state.kind)).toEqual(['done', 'missing', 'done']);
    expect(series?.points.map(({ step }) => step)).toEqual([0, 20]);
    expect(series?.run).toEqual({ name: 'a', path: '/a', orderedBy: 'step' });
    expect(series?.baseline).toMatchObject({ kind: 'first', step: 0 });
    expect(series?.points[0]?.emergence.value).toBe(0);
    expect(spectra).toHaveLength(2);
    expect(spectra[0]?.alpha).toHaveLength(settings.q.length - 1);
  });

  it('analyze what is missing, once', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeCheckpoints(a, ['/a/b']);
    await bench.actions.analyzeRuns([a]);
    expect(bench.engine.analyzed).toEqual(['/a/b', '/a/a', '/a/c']);
    await bench.actions.analyzeRuns([a]);
    expect(bench.engine.analyzed).toHaveLength(3);
  });

  it('analyze once what several checkpoints hold; all are points, these without an E', async () => {
    const sameAs = ['step0', 'step10'];
    const [first, second, third] = a.checkpoints;
    const twins = {
      ...a,
      checkpoints: [{ ...first!, sameAs }, { ...second!, sameAs, resultOf: first!.path }, third!],
    };
    const bench = new RunBench(twins);
    await bench.actions.analyzeRuns([twins]);
    expect(bench.engine.analyzed).toEqual(['/a/a', '/a/c']);
    const { checkpoints, series } = bench.runs.model(a.id)!;
    expect(checkpoints.map(({ state }) => state.kind)).toEqual(['done', 'done', 'done']);
    expect(series!.points.map(({ checkpoint: { path } }) => path)).toEqual(['/a/a', '/a/b', '/a/c']);
    expect(series!.points[1]!.alpha0).toEqual(series!.points[0]!.alpha0);
    const identical = { value: null, reason: { code: 'identical-weights', checkpoints: sameAs } };
    expect(series!.points.map(({ emergence }) => emergence)).toMatchObject([
      ...[identical, identical, { value: 0 }],
    ]);
    expect(series!.baseline.step).toBe(20);
    expect(series!.warnings.map(({ code }) => code)).toContain('baseline-after-first');
    await bench.actions.analyzeCheckpoints(twins, ['/a/b']);
    expect(bench.engine.analyzed).toEqual(['/a/a', '/a/c', '/a/a']);
    // Saved and read again, it is the same.
    const saved = listedResults(
      '/saved',
      readResults(writeResults((await bench.runs.resultsToSave(twins))!), '/saved'),
    );
    const again = new RunBench(saved).runs.model('/saved')!.series!;
    expect(again.points.map(({ emergence }) => emergence)).toEqual(
      series!.points.map(({ emergence }) => emergence),
    );
    expect(again.warnings).toEqual(series!.warnings);
  });

  it('analyze a checkpoint again when asked to', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeCheckpoints(a, ['/a/a']);
    await bench.actions.analyzeCheckpoints(a, ['/a/a', '/elsewhere/a']);
    expect(bench.engine.analyzed).toEqual(['/a/a', '/a/a']);
  });

  it('show a failure at its checkpoint', async () => {
    const bench = new RunBench(a);
    bench.engine.failures.set('/a/b', new NeuroMfaError('damaged', '/a/b', 'it is cut short', ''));
    await bench.actions.analyzeRuns([a]);
    const { checkpoints, series } = bench.runs.model(a.id)!;
    expect(checkpoints[1]!.state).toMatchObject({ kind: 'failed', error: { cause: 'it is cut short' } });
    expect(series?.points).toHaveLength(2);
  });

  it('keep the last numbers of what was overwritten, in no curve and no E', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    const before = bench.runs.model(a.id)!.series!.points;
    bench.engine.contents.set('/a/b', 'other');
    bench.findings.rewritten(new Set(['/a']));
    // The files of the others are what they were.
    await bench.actions.analyzeCheckpoints(a, ['/a/a', '/a/c']);
    const { series, overwritten } = bench.runs.model(a.id)!;
    expect(series!.points.map(({ step }) => step)).toEqual([0, 20]);
    expect(overwritten).toHaveLength(1);
    expect(overwritten![0]).toMatchObject({
      step: 10,
      alpha0: before[1]!.alpha0,
      width: before[1]!.width,
      emergence: { value: null, ci95: null },
    });
    await bench.actions.analyzeCheckpoints(a, ['/a/b']);
    expect(bench.runs.model(a.id)).not.toHaveProperty('overwritten');
  });

  it('report settings that are not valid', async () => {
    const bench = new RunBench(a);
    Object.defineProperty(bench, 'settings', {
      get: () => {
        throw new NeuroMfaError('usage', 'neurons', '0 is not a whole number', '');
      },
    });
    await bench.actions.analyzeRuns([a]);
    expect(bench.failures).toMatchObject([{ code: 'usage' }]);
  });

  it('tell what has changed: states one by one, results as a run', async () => {
    const bench = new RunBench(a);
    const heard: RunsChange[] = [];
    bench.runs.onChange((change) => heard.push(change));
    await bench.actions.analyzeCheckpoints(a, ['/a/b']);
    expect(heard[0]).toEqual({ kind: 'checkpoint', run: a.id, path: '/a/b' });
    expect(heard).toContainEqual({ kind: 'run', run: a.id, path: '/a/b' });
    heard.length = 0;
    bench.list.set([a, run('b')]);
    await bench.choices.setEmergenceFrom('exact');
    expect(heard).toEqual([{ kind: 'all' }, { kind: 'all' }]);
  });
});

describe('settings of runs', () => {
  const COMMON: RunSettings = { ...PLAIN_RUN, population: 'common' };

  it('ask for more than the plain series, which stands with a word until it is there', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    expect(bench.runs.model(a.id)).toMatchObject({ unrefined: false });
    bench.runSettings = COMMON;
    bench.runs.settingsChanged();
    const plain = bench.runs.model(a.id)!;
    expect(plain.unrefined).toBe(true);
    expect(plain.series?.emergence.population).toBeUndefined();
    const heard: RunsChange[] = [];
    bench.runs.onChange((change) => heard.push(change));
    await bench.actions.analyzeRuns([a]);
    expect(heard).toContainEqual({ kind: 'run', run: a.id });
    const { series, unrefined } = bench.runs.model(a.id)!;
    expect(unrefined).toBe(false);
    expect(series?.emergence.population).toBe('common');
    expect(series?.points.map(({ common }) => common !== undefined)).toEqual([false, true, true]);
    bench.runSettings = PLAIN_RUN;
    bench.runs.settingsChanged();
    expect(bench.runs.model(a.id)!.series?.emergence.population).toBeUndefined();
  });

  it('go with exported results: read again, they draw the series that is shown', async () => {
    for (const own of [COMMON, { ...PLAIN_RUN, radii: 'fixed' as const }]) {
      const bench = new RunBench(a);
      bench.runSettings = own;
      await bench.actions.analyzeRuns([a]);
      const shown = bench.runs.model(a.id)!.series!;
      const saved = readResults(writeResults((await bench.runs.resultsToSave(a))!), '/saved.json');
      const again = new RunBench(listedResults('/saved.json', saved));
      const { series, readOnly } = again.runs.model('/saved.json')!;
      expect(readOnly).toBe(true);
      expect(series!.emergence).toEqual(shown.emergence);
      expect(series!.settings).toEqual(shown.settings);
      const figures = ({ emergence, common, alpha0 }: RunPoint) => ({ emergence, common, alpha0 });
      expect(series!.points.map(figures)).toEqual(shown.points.map(figures));
    }
  });

  it('of exported results are over all neurons with another baseline', async () => {
    const bench = new RunBench(a);
    bench.runSettings = COMMON;
    await bench.actions.analyzeRuns([a]);
    const saved = readResults(writeResults((await bench.runs.resultsToSave(a))!), '/saved.json');
    const again = new RunBench(listedResults('/saved.json', saved));
    await again.choices.setBaseline({ kind: 'step', step: 10 });
    const { series } = again.runs.model('/saved.json')!;
    expect(series!.emergence.population).toBeUndefined();
    expect(series!.points.map(({ emergence }) => emergence.value)).toEqual([
      expect.any(Number) as number,
      0,
      expect.any(Number) as number,
    ]);
  });

  it('take ten samples where more would make no interval narrower', async () => {
    const bench = new RunBench(a);
    bench.runSettings = { ...PLAIN_RUN, autoSamples: true };
    await bench.actions.analyzeRuns([a]);
    const { series } = bench.runs.model(a.id)!;
    expect([settings.samples, series!.settings.samples]).toEqual([2, 10]);
  });

  it('take the radii that edges of the baseline tell', async () => {
    const bench = new RunBench(a);
    bench.runSettings = { ...PLAIN_RUN, radii: 'fixed' };
    await bench.actions.analyzeRuns([a]);
    const { series, unrefined } = bench.runs.model(a.id)!;
    expect({ unrefined, rule: series!.settings.radii.rule }).toEqual({ unrefined: false, rule: 'fixed' });
  });

  it('do without a checkpoint that cannot be read', async () => {
    const bench = new RunBench(a);
    bench.runSettings = COMMON;
    bench.engine.failures.set('/a/b', new NeuroMfaError('damaged', '/a/b', 'it is cut short', ''));
    await bench.actions.analyzeRuns([a]);
    expect(bench.runs.model(a.id)!.series?.points.map(({ step }) => step)).toEqual([0, 20]);
    expect(bench.runs.model(a.id)!.series?.emergence.population).toBe('common');
  });

  it('are looked for no longer under others, nor after a stop', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    bench.runSettings = COMMON;
    let open = (): void => undefined;
    bench.engine.gate = new Promise((resolve) => {
      open = resolve;
    });
    const refining = bench.actions.analyzeRuns([a]);
    await vi.waitFor(() => {
      expect(bench.scheduler.progress).not.toBeNull();
    });
    bench.scheduler.cancel();
    await refining;
    expect(bench.runs.model(a.id)!.unrefined).toBe(true);
    open();
    await bench.actions.analyzeRuns([a]);
    expect(bench.runs.model(a.id)!.unrefined).toBe(false);
  });
});

describe('baselines', () => {
  it('are a step of the run', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    await bench.choices.setBaseline({ kind: 'step', step: 10 });
    const { series, baselineProblem } = bench.runs.model(a.id)!;
    expect(series?.baseline).toMatchObject({ kind: 'step', step: 10 });
    expect(series?.points.map(({ emergence }) => emergence.value === 0)).toEqual([false, true, false]);
    expect(baselineProblem).toBeNull();
  });

  it('are a problem where the run has no such step', async () => {
    const bench = new RunBench(a);
    await bench.actions.analyzeRuns([a]);
    await bench.choices.setBaseline({ kind: 'step', step: 15 });
    const { series, baselineProblem } = bench.runs.model(a.id)!;
    expect(baselineProblem).toBe('This run has no checkpoint of step 15.');
    expect(series?.baseline.point).toBeNull();
    expect(series?.points[1]?.emergence.value).toBeNull();
  });

  it('are analyzed on their own where only they are missing', async () => {
    const bench = new RunBench(a);
    await bench.choices.setBaseline({ kind: 'init' });
    await bench.actions.analyzeBaselines([a]);
    // A run without results has no E to wait for.
    expect(bench.engine.analyzed).toEqual([]);
    await bench.actions.analyzeCheckpoints(a, ['/a/c']);
    await bench.actions.analyzeBaselines([a]);
    expect(bench.engine.analyzed).toEqual(['/a/c', 'untrained /a/a']);
    const { series } = bench.runs.model(a.id)!;
    expect(series?.baseline).toMatchObject({ kind: 'init', step: 0 });
    expect(series?.baseline.point?.checkpoint.weights.kind).toBe('init');
    expect(series?.points[0]?.emergence.value).not.toBeNull();
  });

  it('belong to what analyzing a run means', async () => {
    const bench = new RunBench(a);
    await bench.choices.setBaseline({ kind: 'init' });
    await bench.actions.analyzeRuns([a]);
    expect(bench.engine.analyzed).toEqual(['untrained /a/a', '/a/a', '/a/b', '/a/c']);
  });

  it('may be Gaussian weights of the first checkpoint, which go with its results', async () => {
    const bench = new RunBench(a);
    await bench.choices.setBaseline({ kind: 'gaussian' });
    await bench.actions.analyzeRuns([a]);
    expect(bench.engine.analyzed).toEqual(['gaussian /a/a', '/a/a', '/a/b', '/a/c']);
    const { series } = bench.runs.model(a.id)!;
    expect(series?.baseline).toMatchObject({ kind: 'gaussian', step: 0 });
    expect(series?.baseline.point?.checkpoint.weights.kind).toBe('gaussian');
    const { initial, gaussian } = (await bench.runs.resultsToSave(a))!;
    expect(initial).toBeNull();
    expect(gaussian?.checkpoint.weights.kind).toBe('gaussian');
  });

  it('say why there is none', async () => {
    const bench = new RunBench(a);
    bench.engine.failures.set(
      'untrained /a/a',
      new NeuroMfaError('unsupported', '/a/a', 'no documented initializer is known', 'Choose another'),
    );
    await bench.choices.setBaseline({ kind: 'init' });
    await bench.actions.analyzeRuns([a]);
    expect(bench.runs.model(a.id)!.baselineProblem).toBe(
      'Translated: no documented initializer is known. Choose another.',
    );
  });
});

describe('saved results', () => {
  const saved = {
    ...a,
    saved: {
      results: new Map(a.checkpoints.map(({ path }) => [path, makeAnalysis(path, path).result])),
      drawn: {},
    },
  };

  it('are a run that is read-only and done', async () => {
    const bench = new RunBench(saved);
    await bench.runs.load(saved.id);
    await bench.actions.analyzeRuns([saved]);
    await bench.actions.analyzeCheckpoints(saved, ['/a/a']);
    expect(bench.engine.analyzed).toEqual([]);
    const model = bench.runs.model(saved.id)!;
    expect(model.readOnly).toBe(true);
    expect(model.checkpoints.map(({ state }) => state.kind)).toEqual(['done', 'done', 'done']);
    expect(model.series?.points).toHaveLength(3);
  });

  it('have no synthetic step 0 where none was saved', async () => {
    const bench = new RunBench(saved);
    await bench.choices.setBaseline({ kind: 'init' });
    expect(bench.runs.model(saved.id)!.baselineProblem).toBe('These saved results have no synthetic step 0.');
    await bench.choices.setBaseline({ kind: 'gaussian' });
    expect(bench.runs.model(saved.id)!.baselineProblem).toBe(
      'These saved results have no Gaussian weights to compare with.',
    );
  });

  it('have the synthetic step 0 that was saved', async () => {
    const init = makeAnalysis('untrained', '/a/a').result;
    const run = { ...saved, saved: { ...saved.saved, drawn: { init } } };
    const bench = new RunBench(run);
    await bench.choices.setBaseline({ kind: 'init' });
    const { series, baselineProblem } = bench.runs.model(run.id)!;
    expect(baselineProblem).toBeNull();
    expect(series?.baseline).toMatchObject({ kind: 'init', step: 0 });
    expect(series?.baseline.point).not.toBeNull();
  });

  it('are what an analyzed run can be saved as', async () => {
    const bench = new RunBench(a);
    expect(await bench.runs.resultsToSave(a)).toBeNull();
    await bench.choices.setBaseline({ kind: 'init' });
    await bench.actions.analyzeRuns([a]);
    const results = (await bench.runs.resultsToSave(a))!;
    expect(results.run).toEqual({ name: 'a', path: '/a', orderedBy: 'step' });
    expect(results.checkpoints.map(({ name, step }) => [name, step])).toEqual([
      ['step0', 0],
      ['step10', 10],
      ['step20', 20],
    ]);
    expect(results.initial?.checkpoint.weights.kind).toBe('init');
  });
});
