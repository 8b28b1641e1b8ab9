/** Training runs: axes, figures, tables and words of the Trends and Emergence panels. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/protocol/trends';
import { tally } from '../../../webview/data/runTally';
import { changingPopulation, shownRuns, stepsOf, type ShownRun } from '../../../webview/data/shownRuns';
import { runsToJson } from '../../../webview/exporting/json';
import { runProvenance } from '../../../webview/exporting/runProvenance';
import type { Figure, FigureDataset } from '../../../webview/figures/figure';
import { specificationsFigure } from '../../../webview/figures/specifications';
import { logTicks, stepAxis } from '../../../webview/figures/stepAxis';
import { seriesStyle } from '../../../webview/figures/styles';
import { EIGHTEEN, PYTHIA, runFixture, SHORT, type RunOptions } from '../../preview/runFixtures';
import { baselineOptions } from '../../../webview/runs/baselines';
import {
  DEFAULT_RUN_CHOICES,
  hasPicture,
  runFigures,
  runTable,
  runTables,
  RUN_TABS,
  sizeStep,
  spectraChoice,
  type RunTab,
} from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';
import {
  againstBaseline,
  deletedText,
  emergenceHeadline,
  emergenceSentences,
  goneText,
  incomparable,
  otherVersionText,
  overwrittenText,
  uncheckedText,
  populationWarning,
  runNotes,
  trendsHeadline,
  trendsSentences,
} from '../../../webview/words/runs';
import { seriesInterval } from '../../../webview/words/runUncertainty';
import { failOnConsole } from './support';

failOnConsole();

/** With plain spaces for the thin ones of numbers. */
const plain = (text: string): string => text.replaceAll('\u202f', ' ');
const shown = (...options: RunOptions[]): ShownRun[] =>
  shownRuns(
    options.map((each) => runFixture(each)),
    (index) => seriesStyle(index, LIGHT),
  );
const figure = (tab: RunTab, runs: readonly ShownRun[], index = 0, choices = DEFAULT_RUN_CHOICES): Figure =>
  runFigures(tab, runs, choices, LIGHT)[index]!;
const datasets = (of: Figure) => of.config.data.datasets as FigureDataset[];
const named = (of: Figure) => datasets(of).filter(({ guide }) => !guide);
const bands = (of: Figure) => datasets(of).filter(({ fill }) => fill === 'shape');
const annotations = (of: Figure) =>
  of.config.options!.plugins!.annotation!.annotations as unknown as Record<string, Record<string, unknown>>;

describe('step axis', () => {
  const runs = shown({ steps: [0, 10, 1000] });
  it('sets step 0 apart on a logarithmic axis, before a break', () => {
    const axis = stepAxis('log', runs);
    const zero = axis.place(runs[0]!, 0);
    expect(axis.start).toBe(zero);
    expect(axis.place(runs[0]!, 1)).toBe(1);
    expect(axis.place(runs[0]!, 2)).toBe(3);
    expect(zero).toBeLessThan(1);
    expect(axis.gap).toBeGreaterThan(zero);
    expect(axis.gap).toBeLessThan(1);
    expect(axis.min).toBeLessThan(zero);
    expect(axis.ticks!(axis.min, axis.max).map(({ label }) => plain(label))).toEqual([
      '0',
      '10',
      '100',
      '1,000',
    ]);
    expect(axis.note).toMatch(/break/);
  });
  it('needs no break without a step 0', () => {
    const axis = stepAxis('log', shown({ steps: [10, 1000] }));
    expect(axis.gap).toBeUndefined();
    expect(axis.note).toBe('');
  });
  it('makes room for a synthetic step 0', () => {
    expect(stepAxis('log', shown({ steps: [10, 1000] }), true).gap).toBeLessThan(1);
    expect(stepAxis('linear', shown({ steps: [10, 1000] }), true).min).toBeLessThan(0);
  });
  it('counts checkpoints where steps are not known', () => {
    const [run] = shown({ steps: [null, null, null] });
    const axis = stepAxis('log', [run!]);
    expect([0, 1, 2].map((index) => axis.place(run!, index))).toEqual([1, 2, 3]);
    expect(axis.title).toMatch(/order/);
  });
  it.each([
    [0, 5.2, ['1', '10', '100', '1,000', '10,000', '100,000']],
    [2, 3.1, ['100', '200', '500', '1,000']],
    [3, 3.25, ['1,000', '1,200', '1,400', '1,600']],
  ])('has round ticks between 10^%s and 10^%s', (min, max, labels) => {
    expect(logTicks(min, max).map(({ label }) => plain(label))).toEqual(labels);
  });
  it('has ticks for every range one can zoom to', () => {
    for (let at = 0; at < 5; at += 0.37)
      for (const span of [0.001, 0.01, 0.1, 1, 3]) expect(logTicks(at, at + span).length).toBeLessThan(30);
  });
  it('survives a single step, and step 0 alone', () => {
    for (const steps of [[0], [4000]])
      for (const kind of ['linear', 'log'] as const) {
        const [run] = shown({ steps });
        const axis = stepAxis(kind, [run!]);
        expect(axis.max).toBeGreaterThan(axis.min);
        expect(Number.isFinite(axis.place(run!, 0))).toBe(true);
      }
  });
});

describe('α₀ and w over training', () => {
  it('draws every checkpoint, its band, and names its axes', () => {
    const [run] = shown({ steps: PYTHIA });
    const alpha0 = figure('trends', [run!]);
    const [line] = named(alpha0);
    expect(line!.data).toHaveLength(154);
    expect(line!.data.map(({ y }) => y)).toEqual(run!.series.points.map((point) => point.alpha0.mean));
    expect(bands(alpha0)[0]!.data).toHaveLength(308);
    expect(alpha0.caption).toMatch(/95 % interval of the mean over 10 samples.*markers stand on every 10th/);
  });
  it('draws hollow what is left of files that are gone or others now, and opens none that is gone', () => {
    const run = runFixture({ steps: [0, 1000, 2000, 3000] });
    const { series } = run;
    const [first, lost, third, last] = series!.points;
    const points = [first!, third!, last!];
    const none = { ...lost!.emergence, value: null, ci95: null };
    const changed: Run = {
      ...run,
      checkpoints: run.checkpoints.map((each, i) => (i === 3 ? { ...each, deleted: true } : each)),
      series: { ...series!, points },
      overwritten: [{ ...lost!, step: 5000, emergence: none }],
    };
    const drawn = shownRuns([changed], (index) => seriesStyle(index, LIGHT));
    const alpha0 = figure('trends', drawn);
    const [line, marks] = named(alpha0);
    expect(line!.data.map(({ y }) => y)).toEqual(points.map((point) => point.alpha0.mean));
    const filled = seriesStyle(0, LIGHT).color;
    expect(line!.pointBackgroundColor).toEqual([filled, filled, LIGHT.background]);
    expect(line!.data.map(({ opens }) => opens?.path)).toEqual([
      first!.checkpoint.path,
      third!.checkpoint.path,
      undefined,
    ]);
    expect(line!.data[2]!.hover).toMatch(/deleted since; its last result$/);
    expect(marks!.data).toMatchObject([{ x: 5000, y: lost!.alpha0.mean }]);
    expect(marks!.data[0]!.hover).toMatch(/overwritten since; not in the curve, nor in E$/);
    expect(marks).toMatchObject({ showLine: false, pointBackgroundColor: LIGHT.background });
    expect(alpha0.config.options!.scales!['x']!.max).toBeGreaterThan(5000);
    expect(alpha0.caption).toMatch(/Hollow on the line.*Hollow beside the line/);
    // One that was deleted before it was analyzed has no mark to be told.
    const unseen: Run = { ...changed, series: { ...series!, points: points.slice(0, -1) } };
    const without = figure(
      'trends',
      shownRuns([unseen], (index) => seriesStyle(index, LIGHT)),
    );
    expect(without.caption).not.toMatch(/Hollow on the line/);
    // Neither E nor its axis knows of what was overwritten.
    const emergence = figure('emergence', drawn);
    expect(named(emergence)).toHaveLength(1);
    expect(emergence.caption).not.toMatch(/beside the line/);
    // Results without checkpoints open nothing; those elsewhere cannot be shown in the explorer.
    const opens = (of: Run) =>
      named(
        figure(
          'trends',
          shownRuns([of], (index) => seriesStyle(index, LIGHT)),
        ),
      )[0]!.data[0]!.opens;
    expect(opens({ ...run, readOnly: true })).toBeUndefined();
    expect(opens({ ...run, remote: true })).toMatchObject({ local: false });
  });
  it('tells runs apart by hue, dash and marker', () => {
    const runs = shown({ name: 'a' }, { name: 'b' }, { name: 'c' });
    for (const key of ['borderColor', 'borderDash', 'pointStyle'] as const) {
      expect(new Set(named(figure('trends', runs)).map((each) => JSON.stringify(each[key]))).size).toBe(3);
    }
    expect(figure('trends', runs).config.options!.plugins!.legend!.display).toBe(true);
  });
  it('keeps the looks of a run while an earlier one has no results yet', () => {
    const missing: RunOptions = { name: 'a', steps: [0], states: { 0: { kind: 'missing' } } };
    expect(shown(missing, { name: 'b' })[0]!.style).toEqual(seriesStyle(1, LIGHT));
  });
  it('has no band without intervals, and says why', () => {
    const single = shown({ samples: 1 });
    expect(bands(figure('trends', single))).toHaveLength(0);
    expect(figure('trends', single).caption).toMatch(/only one sample/);
    expect(seriesInterval(shown({ mode: 'full' }))).toMatch(/variation across layers, not sampling error/);
  });
  it('marks the synthetic step 0 as what it is', () => {
    const runs = shown({ steps: [64, 1000, 4000], baseline: { kind: 'init' } });
    const alpha0 = figure('trends', runs);
    const mark = named(alpha0).find(({ unnamed }) => unnamed)!;
    expect(mark.label).toBe('neox-1m: synthetic step 0');
    expect(mark.data[0]).toMatchObject({ x: 0 });
    expect(alpha0.caption).toMatch(/untrained weights drawn from the initializer/);
    expect(runTable('trends', 'trends', runs, DEFAULT_RUN_CHOICES).rows[0]!.at(-1)).toMatch(/synthetic/);
  });
  it('marks Gaussian weights of the first checkpoint as what they are', () => {
    const runs = shown({ steps: [64, 1000, 4000], baseline: { kind: 'gaussian' } });
    const alpha0 = figure('trends', runs);
    const mark = named(alpha0).find(({ unnamed }) => unnamed)!;
    expect(mark.label).toBe('neox-1m: random Gaussian, matched to the first checkpoint');
    expect(alpha0.caption).toMatch(
      /untrained Gaussian weights \(same mean and SD per tensor as the first checkpoint\)/,
    );
    const e = figure('emergence', runs);
    expect(annotations(e)['baseline']).toMatchObject({
      label: { content: 'baseline: random Gaussian, matched to the first checkpoint' },
    });
    expect(e.caption).toMatch(
      /0 is untrained Gaussian weights \(same mean and SD per tensor as the first checkpoint\)/,
    );
    expect(runProvenance(runs).join('\n')).toMatch(/\nBaseline: Gaussian weights, drawn with the mean/);
  });
  it('shows R² down to the poorest line, and the share of neurons', () => {
    const runs = shown({ kept: [0.5, 0.9] });
    const quality = figure('quality', runs);
    expect(annotations(quality)['poor']).toMatchObject({ yMin: 0.9 });
    const lowest = Math.min(...bands(quality)[0]!.data.map(({ y }) => y!));
    expect(lowest).toBeCloseTo(Math.min(...runs[0]!.series.points.map(({ r2Min }) => r2Min!)), 12);
    expect(named(figure('quality', runs, 1))[0]!.data[0]!.y).toBeCloseTo(50, 10);
  });
});

describe('spectra of all steps', () => {
  const runs = shown({ steps: PYTHIA });
  it('leaves none out, and brings one forward', () => {
    const spectra = figure('spectra', runs, 0, { ...DEFAULT_RUN_CHOICES, spectrumAt: 3 });
    const [forward] = datasets(spectra);
    expect(forward!.behind!.lines).toHaveLength(154);
    expect(new Set(forward!.behind!.lines.map(({ color }) => color)).size).toBeGreaterThan(100);
    expect(forward!.data.map(({ x }) => x)).toEqual(runs[0]!.spectra[3]!.alpha);
    expect(spectra.caption).toMatch(/Bold: step 4,/);
    const bar = spectra.config.options!.plugins!.colorBar;
    expect(bar).toMatchObject({ selected: 3 });
  });
  it('falls back when the chosen run or step is gone', () => {
    const choices = { ...DEFAULT_RUN_CHOICES, shownRun: '/gone', spectrumAt: 999 };
    expect(spectraChoice(runs, choices)).toMatchObject({ run: { name: 'neox-1m' }, selected: 153 });
  });
});

describe('emergence', () => {
  it('draws E with its interval and names the baseline in the chart', () => {
    const [run] = shown({ steps: EIGHTEEN });
    const e = figure('emergence', [run!]);
    expect(named(e)[0]!.data.map(({ y }) => y)).toEqual(
      run!.series.points.map(({ emergence }) => emergence.value),
    );
    expect(bands(e)).toHaveLength(1);
    expect(annotations(e)['baseline']).toMatchObject({
      xMin: 0,
      label: { content: 'baseline: step 0' },
    });
    expect(e.caption).toMatch(/ln\(α₀\(0\) \/ α₀\(t\)\), where 0 is the first checkpoint \(step 0\)/);
  });
  it('labels the synthetic step 0 in chart, table and files', () => {
    const runs = shown({ baseline: { kind: 'init' } });
    const e = figure('emergence', runs);
    expect(annotations(e)['baseline']).toMatchObject({ label: { content: 'baseline: synthetic step 0' } });
    expect(named(e).some(({ label }) => label === 'neox-1m: synthetic step 0')).toBe(true);
    const { columns, rows } = runTable('emergence', 'emergence', runs, DEFAULT_RUN_CHOICES);
    expect(rows[0]![columns.findIndex(({ key }) => key === 'baseline')]).toBe('init');
    expect(runProvenance(runs).join('\n')).toMatch(
      /an untrained synthetic step 0 from the initializer.*\nBaseline: synthetic step 0/,
    );
  });
  it('is no figure without a baseline', () => {
    const runs = shown({ noBaseline: true });
    expect(runFigures('emergence', runs, DEFAULT_RUN_CHOICES, LIGHT)).toEqual([]);
    expect(hasPicture('emergence', runs, DEFAULT_RUN_CHOICES)).toBe(false);
  });
  it('has gaps for runs without a baseline beside others', () => {
    const e = figure('emergence', shown({ noBaseline: true }, { name: 'b' }));
    expect(named(e)[0]!.data.every(({ y }) => Number.isNaN(y))).toBe(true);
    expect(annotations(e)['baseline']).toMatchObject({ xMin: 0 });
  });
  it('marks no baseline where runs have different ones', () => {
    const e = figure('emergence', shown({}, { name: 'b', steps: [64, 4000] }));
    expect(annotations(e)['baseline']).toBeUndefined();
    expect(e.caption).toMatch(/0 is the first checkpoint of each run/);
  });
  it('compares sizes at a step that runs have', () => {
    const runs = shown(
      { name: 'a', parameters: 1e6 },
      { name: 'b', parameters: 1e7, steps: [0, 1000] },
      { name: 'c', parameters: 1e8, steps: [0, 64] },
    );
    const at = { ...DEFAULT_RUN_CHOICES, sizeStep: 1000 };
    expect(named(figure('size', runs, 0, at)).map(({ label, data }) => [label, data[0]!.x])).toEqual([
      ['a', 6],
      ['b', 7],
    ]);
    expect(runTable('emergence', 'size', runs, at).rows.map((row) => row.slice(0, 4))).toEqual([
      ['a', 'gpt_neox', 1e6, 1000],
      ['b', 'gpt_neox', 1e7, 1000],
    ]);
    expect(named(figure('size', runs))).toHaveLength(3);
    expect(sizeStep(runs, { ...DEFAULT_RUN_CHOICES, sizeStep: 77 })).toBeNull();
  });
  it('draws no size where there is one alone', () => {
    const one = shown({});
    const alike = shown({ name: 'a' }, { name: 'b' });
    for (const runs of [one, alike]) {
      expect(runFigures('size', runs, DEFAULT_RUN_CHOICES, LIGHT)).toEqual([]);
      expect(hasPicture('size', runs, DEFAULT_RUN_CHOICES)).toBe(false);
    }
    const two = shown({ parameters: 1e6 }, { name: 'b', parameters: 1e7 });
    expect(hasPicture('size', two, DEFAULT_RUN_CHOICES)).toBe(true);
  });
  it('offers every step as a baseline, and the chosen one even where no run has it', () => {
    const run = runFixture({ steps: [64, 1000] });
    expect(
      baselineOptions([run], { kind: 'step', step: 7 }).map(({ value, label }) => [value, plain(label)]),
    ).toEqual([
      ['first', 'first checkpoint (step 64)'],
      ['init', 'synthetic step 0 (initializer)'],
      ['gaussian', 'random Gaussian, matched to the first checkpoint'],
      ['step 7', 'step 7'],
      ['step 64', 'step 64'],
      ['step 1000', 'step 1,000'],
    ]);
  });
});

describe('the specification curve', () => {
  const all = shown({ specified: 99 });
  const [run] = all;
  const figure = specificationsFigure(run!, LIGHT);

  it('holds every specification with its interval, Gaussian weights beside it, and the one that was chosen apart', () => {
    const count = run!.series.specifications!.length;
    const named = figure.config.data.datasets.filter((each) => !(each as FigureDataset).guide);
    expect(named.map(({ label, data }) => [label, data.length])).toEqual([
      ['E as chosen', 1],
      ['E, one setting changed', count - 4],
      ['E, does not scale', 3],
      ['E of Gaussian weights', count],
    ]);
    const bars = figure.config.data.datasets.filter(({ label }) => label === '95 % interval');
    expect(bars).toHaveLength(2 * count);
  });

  it('has a dot in every column for every setting, and a large one for what was changed', () => {
    const dots = figure.config.data.datasets.filter((each) => each.yAxisID === 'choices');
    const settings = new Set(run!.series.specifications!.map(({ factor }) => factor)).size - 1;
    for (const [index, { factor }] of run!.series.specifications!.entries()) {
      const column = dots.flatMap(({ data, pointRadius }) =>
        data.filter(({ x }) => x === index + 1).map(() => pointRadius),
      );
      expect(column).toHaveLength(settings);
      expect(column.filter((radius) => radius === 5)).toHaveLength(factor === 'preset' ? 0 : 1);
    }
  });

  it('is the tab of a run that has one, and a table of every column', () => {
    expect(hasPicture('sensitivity', all, DEFAULT_RUN_CHOICES)).toBe(true);
    expect(hasPicture('sensitivity', shown({}), DEFAULT_RUN_CHOICES)).toBe(false);
    const table = runTable('emergence', 'sensitivity', all, DEFAULT_RUN_CHOICES);
    expect(table.id).toBe('specifications');
    expect(table.rows).toHaveLength(run!.series.specifications!.length);
    expect(table.rows[0]).toEqual(expect.arrayContaining(['scale-free, network', 0.0122, 0.0014]));
  });
});

describe('words', () => {
  it('say what happened to one run, and when', () => {
    expect(plain(trendsHeadline(shown({ steps: EIGHTEEN })))).toMatch(
      /^Between step 0 and step 4,000: regularity α₀ fell from 0\.97\d ± 0\.003 to 0\.87\d ± 0\.003; heterogeneity w rose .* Among the earlier steps, only the α₀ of step 3,500 cannot be distinguished from that of the last step\.$/,
    );
  });
  it('claim nothing within the intervals, of one checkpoint, or of one sample', () => {
    expect(plain(trendsHeadline(shown({ fall: 0.001 })))).toMatch(/no clear change in regularity α₀ \(/);
    expect(plain(trendsHeadline(shown({ steps: [4000] })))).toMatch(/Only step 4,000 .* a trend needs two/);
    expect(plain(trendsHeadline(shown({ samples: 1 })))).not.toMatch(/fell|rose/);
  });
  it('count many runs', () => {
    const runs = shown({ name: 'a' }, { name: 'b' }, { name: 'c', fall: 0.0005 }, { name: 'd', fall: -0.1 });
    expect(plain(trendsHeadline(runs))).toMatch(
      /checkpoint of 4 runs, regularity α₀ fell in 2, rose in 1, did not clearly change in 1\.$/,
    );
    expect(plain(emergenceHeadline(runs))).toMatch(
      /checkpoint of 4 runs, E is above 0 in 2, below 0 in 1, not distinguishable from 0 in 1\.$/,
    );
    const unsure = shown({ samples: 1 }, { noBaseline: true }, { steps: [0] }, {}).map((run, i) => ({
      ...run,
      name: `${i}`,
    }));
    expect(emergenceHeadline(unsure)).toMatch(
      /above 0 in 1, not distinguishable from 0 in 1, without an interval in 1, not known in 1\.$/,
    );
    expect(trendsHeadline(unsure)).toMatch(
      /fell in 2, did not clearly change in 1, has no intervals in 1\.$/,
    );
    expect(emergenceHeadline(shown({}, {}, {}, {}))).toMatch(/E is above 0 in all of them\.$/);
  });
  it('read E no stronger than its interval', () => {
    expect(plain(emergenceHeadline(shown({})))).toMatch(
      /^At step 4,000, E is 0\.\d{3} \[.*\] relative to the first checkpoint \(step 0\)\.$/,
    );
    expect(plain(emergenceHeadline(shown({ fall: 0.002 })))).toMatch(/cannot be distinguished from 0/);
    expect(plain(againstBaseline(shown({ samples: 1 })[0]!))).toMatch(/without an interval/);
    expect(plain(againstBaseline(shown({ noBaseline: true })[0]!))).toBe(
      'E is not known yet: the baseline has no result.',
    );
    expect(plain(againstBaseline(shown({ steps: [4000] })[0]!))).toMatch(/is the baseline itself/);
    expect(plain(againstBaseline(shown({ fall: -0.1 })[0]!))).toMatch(
      /E is −0\.\d+ \[.*\] relative to .*\.$/,
    );
    for (const fall of [0.1, -0.1, 0.001])
      for (const text of [emergenceHeadline, trendsHeadline].map((words) => words(shown({ fall }))))
        expect(text).not.toMatch(/ordered|organi[sz]ed/);
  });
  it('of several runs with null models count those whose w is beyond chance', () => {
    const runs = shown({ name: 'a' }, { name: 'b' }, { name: 'c' });
    expect(emergenceSentences(runs)[1]).not.toContain('reshuffled');
    const alpha0 = { value: 0, ci95: null, p: null };
    const of = (ci95: [number, number]) => ({ alpha0, width: { value: 0.1, ci95, p: 0.1 } });
    for (const [i, { series }] of runs.slice(0, 2).entries())
      series.points.at(-1)!.beyond = of(i === 0 ? [0.05, 0.15] : [-0.05, 0.25]);
    for (const [, sentence] of [emergenceSentences(runs), trendsSentences(runs)])
      expect(sentence).toMatch(/reshuffled, beyond chance, in 1 of 2\.$/);
  });
  it('warn of populations that change by more than 5 points', () => {
    const runs = shown({ kept: [0.53, 0.97] });
    expect(changingPopulation(runs[0]!)!.least).toBeCloseTo(0.53, 10);
    expect(plain(populationWarning(runs)!)).toMatch(/more than 5 points \(neox-1m from 53 % to 96\.\d %\)/);
    expect(populationWarning(shown({ kept: [0.95, 1] }))).toBeNull();
  });
  it('name what is not of now', () => {
    const now = runFixture({ steps: [0, 1000] });
    expect([overwrittenText([now]), otherVersionText([now])]).toEqual([null, null]);
    const missing = runFixture({ steps: [0, 1000], states: { 1: { kind: 'missing' } } });
    expect(overwrittenText([missing])).toBeNull();
    const rewritten = runFixture({
      steps: [0, 1000],
      states: { 1: { kind: 'missing', overwritten: true } },
    });
    expect(overwrittenText([now, rewritten])).toBe(
      'Overwritten since they were analyzed: step1000. Their last results are drawn hollow; the curves and E leave them out.',
    );
    expect(deletedText([now])).toBeNull();
    const deleted = (run: Run): Run => ({
      ...run,
      checkpoints: run.checkpoints.map((each) => ({ ...each, deleted: true })),
    });
    // Whether it is the trainer's doing or not.
    for (const run of [deleted(now), { ...deleted(now), watched: true as const }])
      expect(deletedText([run])).toMatch(/^Deleted since they were analyzed: step0, step1000\. /);
    expect(deletedText([{ ...deleted(now), gone: true }])).toBeNull();
    expect(deletedText([deleted(missing)])).toMatch(/^Deleted since they were analyzed: step0\. /);
    expect(deletedText([deleted(runFixture({ steps: EIGHTEEN }))])).toMatch(
      /: step0, step1, step2 and 15 more\. /,
    );
    expect(goneText([now])).toBeNull();
    expect(goneText([now, { ...now, name: 'old', gone: true }])).toMatch(
      /: old\. The last results are shown/,
    );
    expect(uncheckedText([now, { ...now, unchecked: null, series: null }])).toBeNull();
    expect(uncheckedText([now, { ...now, name: 'far', unchecked: null }])).toMatch(
      /^Stored results of far are shown; the server has not answered since\. /,
    );
    const noon = new Date(2026, 10, 30, 12, 5).getTime();
    expect(uncheckedText([{ ...now, name: 'far', unchecked: noon }])).toMatch(
      /^Stored results of far \(as of 2026-11-30 12:05\) are shown; /,
    );
    expect(otherVersionText([now, { ...now, name: 'old', otherVersion: true }])).toMatch(
      /^Analyzed by another version of the algorithm: old\. /,
    );
  });
  it('warn of runs whose heights cannot be compared', () => {
    const runs = shown({ name: 'a' }, { name: 'b', parameters: 5 });
    expect(incomparable(runs, 'trends')).toEqual([expect.stringMatching(/compare how their curves move/)]);
    expect(incomparable(runs, 'emergence')).toEqual([
      expect.stringMatching(/nor E can be compared across sizes/),
    ]);
    for (const { series } of runs) series.emergence.population = 'common';
    expect(incomparable(runs, 'emergence')).toEqual([
      expect.stringMatching(/E is over the neurons that both checkpoints keep.* nearly the same then/),
    ]);
    for (const view of ['trends', 'emergence'] as const) {
      expect(incomparable(shown({ name: 'a' }, { name: 'b' }), view)).toEqual([]);
      // More samples of the same tell the same.
      expect(incomparable(shown({ name: 'a' }, { name: 'b', samples: 3 }), view)).toEqual([]);
      const full = shown({ name: 'a' }, { name: 'b', mode: 'full' });
      expect(incomparable(full, view)).toEqual([expect.stringMatching(/different settings/)]);
    }
    const changing = shown({ name: 'a' }, { name: 'b', kept: [0.5, 1] });
    expect(runNotes(changing)).toEqual([expect.stringMatching(/^b: the share of neurons kept/)]);
  });
});

describe('tabs and tables', () => {
  const cases: RunOptions[][] = [
    [{}],
    [{ steps: [4000] }],
    [{ steps: SHORT.map(() => null) }],
    [{ mode: 'full' }, { name: 'b', noBaseline: true }],
    [{ baseline: { kind: 'init' }, steps: [0] }],
    [{ specified: 99 }, { name: 'b', mode: 'full' }],
  ];
  it.each(cases)('hold figures and full rows for every kind of run', (...options) => {
    const runs = shown(...options);
    for (const view of ['trends', 'emergence'] as const) {
      for (const tab of RUN_TABS[view])
        for (const axis of ['linear', 'log'] as const)
          for (const each of runFigures(tab, runs, { ...DEFAULT_RUN_CHOICES, axis }, LIGHT))
            expect(each.caption + each.title).not.toMatch(/NaN|undefined|null/);
      for (const { columns, rows } of runTables(view, runs, DEFAULT_RUN_CHOICES)) {
        for (const row of rows) expect(row).toHaveLength(columns.length);
        expect(rows.flat().some((cell) => typeof cell === 'number' && Number.isNaN(cell))).toBe(false);
        for (const { key } of columns) expect(key).toMatch(/^[a-z0-9_]+$/);
      }
    }
  });
  it('export the series whole, with settings, seed and citation', () => {
    const runs = shown({});
    const parsed = JSON.parse(runsToJson(runs.map(({ series }) => series))) as { runs: unknown[] };
    expect(parsed.runs).toEqual([runs[0]!.series]);
    const facts = plain(runProvenance(runs).join('\n'));
    expect(facts).toMatch(
      /^Runs: neox-1m \(gpt_neox, 1\.26.M parameters, F16, 8 checkpoints, step 0 to step 4/,
    );
    expect(facts).toMatch(/Settings: 10 samples, k = 32.*\nUncertainty: .*\nEmergence: .*Student’s t/);
  });
  it('know all steps, and how far a run has come', () => {
    expect(stepsOf(shown({ steps: [0, 64] }, { name: 'b', steps: [64, 128] }))).toEqual([0, 64, 128]);
    const run: Run = runFixture({
      states: { 1: { kind: 'queued' }, 2: { kind: 'running', fraction: 0.5 }, 3: { kind: 'missing' } },
    });
    expect(tally(run)).toEqual({ done: 5, busy: 2, failed: 0, missing: 1 });
  });
});
