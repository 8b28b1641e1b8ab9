/** What every view says of networks in which there is nothing to be said: no more than intervals and null models carry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analysesAsText } from '../../../src/cli/analysisText';
import { seriesAsText } from '../../../src/cli/runText';
import { watchedAsText } from '../../../src/cli/watchText';
import { analysisAnswer, seriesAnswer } from '../../../src/core/agents/answers';
import { makeSettings } from '../../../src/core/analysis/settings';
import { resultWarnings } from '../../../src/core/analysis/summarize';
import { compareFigures } from '../../../src/core/compare/figures';
import { meanSpectrum } from '../../../src/core/emergence/meanSpectrum';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { specificationOf } from '../../../src/core/emergence/specifications';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { Analysis, AnalysisResult } from '../../../src/protocol/analysis';
import { figureSentences } from '../../../src/protocol/comparisonWords';
import { specificationText } from '../../../src/protocol/specificationWords';
import { analyzed } from '../../../webview/data/analyzed';
import type { ShownRun } from '../../../webview/data/shownRuns';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_RUN_CHOICES, RUN_TABS, runFigures } from '../../../webview/runs/views';
import {
  headline,
  fitWarning,
  layersSentence,
  notes,
  scalingTexts,
} from '../../../webview/spectrum/sentences';
import { LIGHT } from '../../../webview/theme';
import { methodsParagraph } from '../../../webview/words/methods';
import {
  againstBaseline,
  emergenceHeadline,
  emergenceSentences,
  incomparable,
  runNotes,
  trendsHeadline,
  trendsSentences,
} from '../../../webview/words/runs';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { neoxTensors } from '../support/neox';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

let bundle: WorkerBundle;
let engine: PathEngine;
const written: Written[] = [];
beforeAll(async () => {
  bundle = await bundleWorkers();
  engine = new PathEngine({ directory: bundle.directory, threads: 1 });
});
afterAll(async () => {
  await engine.dispose();
  bundle.remove();
  for (const each of written) each.remove();
});

const SHAPES = neoxTensors(64, 2);
/** Weights of a tensor: independent Gaussian ones, as before training. */
type Weights = Float32Array;
type Change = (weights: Weights, columns: number, random: Mt19937) => Weights;

const keep: Change = (weights) => weights;
const doubled: Change = (weights) => weights.map((weight) => 2 * weight);
/** Every third is no number. */
const broken: Change = (weights) => weights.map((weight, i) => (i % 3 === 0 ? NaN : weight));
/** Those of every third source are no numbers: with their places, the rest would look arranged. */
const brokenSources: Change = (weights, columns) =>
  weights.map((weight, i) => ((i % columns) % 3 === 0 ? NaN : weight * ((i % columns) % 3)));
/** Larger, and some much larger, wherever they are: what training on noise does to sizes, without any arrangement. */
const corrupted: Change = (weights, _columns, random) =>
  weights.map((weight) => weight * (random.uint32() % 10 === 0 ? 4 : 1.5));

async function analysis(change: Change, mode: 'sampled' | 'full'): Promise<Analysis> {
  const random = new Mt19937(11);
  const normal = standardNormal(random);
  const tensors = SHAPES.map(({ name, shape }) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.02 * normal());
    const changed = change(values, shape.at(-1)!, new Mt19937(5));
    return { name, dtype: 'F32', shape, bytes: new Uint8Array(changed.buffer) };
  });
  const made = writeCheckpoint(tensors);
  written.push(made);
  const settings =
    mode === 'full'
      ? makeSettings({ mode, nullDraws: 5 })
      : makeSettings({ samples: 5, neurons: 32, nullDraws: 5 });
  return engine.analyze(made.path, settings);
}

interface Readings {
  texts: string[];
  run: ShownRun;
}

/** As where nodes differ strongly in degree: f is above 0 at the lowest order. */
function unsound(result: AnalysisResult): AnalysisResult {
  const samples = result.samples.map((sample) => ({
    ...sample,
    f: sample.f.map((value, i) => (i === 0 ? 0.12 : value)),
    sound: false,
  }));
  return { ...result, samples, warnings: resultWarnings(samples, result.summary, {}, 0) };
}

/** Everything that is said of a run from these weights to those. */
async function readings(
  change: Change,
  mode: 'sampled' | 'full' = 'sampled',
  edit: (result: AnalysisResult) => AnalysisResult = (result) => result,
): Promise<Readings> {
  const analyses = [await analysis(keep, mode), await analysis(change, mode)];
  const results = analyses.map(({ result }, index) => ({
    step: 1000 * index,
    result: edit({
      ...result,
      checkpoint: {
        ...result.checkpoint,
        name: `run/step${1000 * index}`,
        path: `/run/${index}`,
        step: 1000 * index,
      },
    }),
  }));
  const series = runSeries({
    run: { name: 'run', path: '/run', orderedBy: 'step' },
    results,
    baseline: { kind: 'first' },
    reference: results[0]!,
    from: 'alpha0',
  });
  const run: ShownRun = {
    ...{ id: '/run', name: 'run', series, style: seriesStyle(0, LIGHT) },
    spectra: results.map(({ result }) => meanSpectrum(result)),
  };
  const runs = [run];
  const items = analyses.map(({ arrays }, index) =>
    analyzed(`/run/${index}`, `run/step${1000 * index}`, results[index]!.result, arrays),
  );
  const specification = specificationOf(
    { factor: 'preset', settings: series.settings },
    { now: results[1]!.result, baseline: results[0]!.result },
    { checkpoint: 'run/step1000', step: 1000 },
    'alpha0',
  );
  const figures = [...RUN_TABS.trends, ...RUN_TABS.emergence].flatMap((tab) =>
    runFigures(tab, runs, DEFAULT_RUN_CHOICES, LIGHT),
  );
  const texts = [
    seriesAsText([series], null),
    analysesAsText(
      results.map(({ result }) => result),
      true,
    ),
    trendsHeadline(runs),
    ...trendsSentences(runs),
    emergenceHeadline(runs),
    ...emergenceSentences(runs),
    againstBaseline(run),
    ...runNotes(runs),
    ...incomparable(runs, 'trends'),
    headline(items),
    ...items.flatMap((item) => [headline([item]), ...notes(item)]),
    fitWarning(items) ?? '',
    ...scalingTexts(items),
    ...(mode === 'full' ? results.map(({ result }) => layersSentence(result)) : []),
    ...figureSentences(compareFigures(results[0]!.result, results[1]!.result)),
    ...series.points.map((point) => watchedAsText({ run: 'run', folder: '/run', point, alerts: [] })),
    ...[seriesAnswer(series), ...results.map(({ result }) => analysisAnswer(result))].map((answer) =>
      JSON.stringify(answer),
    ),
    methodsParagraph(runs),
    specificationText([specification]),
    ...figures.flatMap(({ title, caption, description }) => [title, caption, description]),
  ];
  return { texts, run };
}

/** Words of what no number here shows. "Moment orders" and "in the order of" are none of them. */
const CLAIMS =
  /more ordered|less ordered|more regular|less regular|more diverse|less diverse|organi[sz]|self-organ|learn(s|ed|ing)?\b|emerged|structure of|intelligen/i;
const MOVED = /(fell|rose) from/;

const said = ({ texts }: Readings): string => texts.join('\n').replaceAll('\u202f', ' ');

describe('of random weights that are merely doubled', () => {
  let found: Readings;
  beforeAll(async () => {
    found = await readings(doubled);
  });

  it('no sentence speaks of order, organization or diversity', () => {
    expect(said(found)).not.toMatch(CLAIMS);
  });

  it('E is told beside what Gaussian weights of that size give, and the rest is no more than chance', () => {
    const text = said(found);
    expect(found.run.series.points[1]!.emergence.value).toBeGreaterThan(0.1);
    expect(text).toMatch(/random weights of the same size would give 0\.\d+/);
    expect(text).toContain('no more than by chance');
    expect(text).not.toMatch(/differ \S+ (more|less) than if/);
  });
});

it('of a full network that is merely doubled nothing is beyond chance either', async () => {
  const found = await readings(doubled, 'full');
  expect(said(found)).not.toMatch(CLAIMS);
  const { beyond } = found.run.series.points[1]!;
  const holds = beyond!.width.ci95![0] <= 0 && beyond!.width.ci95![1] >= 0;
  expect(said(found).includes('no more than by chance')).toBe(holds);
});

it('of weights of which a third is NaN no change is claimed, and E is missing with its reason', async () => {
  const found = await readings(broken);
  const text = said(found);
  expect(text).not.toMatch(CLAIMS);
  expect(text).not.toMatch(MOVED);
  expect(text).not.toMatch(/is (larger|smaller) in B/);
  expect(found.run.series.points[1]!.emergence).toMatchObject({
    value: null,
    reason: { code: 'non-finite-share' },
  });
  expect(text).toMatch(/weights of .* are NaN or infinite/);
  expect(text).toMatch(/E at step 1,000 is not known/);
});

it('of weights of which whole neurons are NaN nothing is said to be beyond chance', async () => {
  for (const mode of ['sampled', 'full'] as const) {
    const found = await readings(brokenSources, mode);
    const text = said(found);
    expect(text).not.toMatch(CLAIMS);
    expect(text).not.toMatch(/differ \S+ (more|less) than if/);
    const { beyond } = found.run.series.points[1]!;
    expect(beyond).toMatchObject({ alpha0: { value: null, p: null }, width: { value: null, ci95: null } });
    expect(text).toMatch(/NaN or infinite, more than 0\.1 %: how far the rest is beyond chance/);
  }
});

it('of unsound spectra τ′(0) is told in place of the top, and the reader is warned', async () => {
  const found = await readings(doubled, 'sampled', unsound);
  const { points } = found.run.series;
  expect(points[1]!.emergence.from).toBe('exact');
  const text = said(found);
  expect(text).not.toMatch(CLAIMS);
  expect(text).not.toMatch(/regularity α₀ (fell|rose)|α₀ is (larger|smaller)/i);
  expect(text).toContain('regularity τ′(0)');
  expect(text).toMatch(/f\(α\) is above 0/);
});

it('of training that only changed sizes the parts say so: arrangement is not claimed beyond its interval', async () => {
  const found = await readings(corrupted);
  const text = said(found);
  expect(text).not.toMatch(CLAIMS);
  const { arrangement } = found.run.series.points[1]!.parts!;
  expect(arrangement.ci95![0]).toBeLessThanOrEqual(0);
  expect(arrangement.ci95![1]).toBeGreaterThanOrEqual(0);
  expect(text).toMatch(/random weights of the same size would give/);
  expect(text).toContain('no more than by chance');
});

it('what moved is said where the interval of the difference carries it, and only there', async () => {
  for (const change of [keep, doubled, corrupted]) {
    const found = await readings(change);
    const { alpha0, width } = found.run.series.points[1]!.sinceFirst;
    const carried = (ci95: readonly [number, number] | null): boolean =>
      ci95 !== null && (ci95[0] > 0 || ci95[1] < 0);
    const sentence = trendsHeadline([found.run]);
    expect(/α₀ (fell|rose)/.test(sentence)).toBe(carried(alpha0.ci95));
    expect(/w (fell|rose)/.test(sentence)).toBe(carried(width.ci95));
  }
});
