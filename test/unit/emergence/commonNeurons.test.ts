/** E over the neurons that both ends have among their nodes, held against networks whose other neurons have no weights at all. */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { analyzeRun, type AnalyzeOne, type RunChoices } from '../../../src/core/emergence/analyzeRun';
import { commonWarning } from '../../../src/core/emergence/commonNeurons';
import { MIN_EDGES } from '../../../src/core/multifractal/edges';
import { ResultStore } from '../../../src/core/store/resultStore';
import type { AnalysisResult, AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { RunSeries } from '../../../src/protocol/run';
import { jobOf, type AnalysisJob } from '../../../src/protocol/subject';
import { CachedAnalyses } from '../../../src/worker/cachedAnalyses';
import { drawnNetwork } from '../support/drawn';
import { bundleWorkers, PathEngine, subjectAt, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

const WIDTH = 48;
const PROJECTIONS = 4;
const T = 150;
/** About half of the neurons have more than ten edges; of twice these weights nearly all have. */
const then = drawnNetwork(3, WIDTH, PROJECTIONS, (normal) => 0.0055 * normal).weights;
/** Larger, and some neurons have died. */
const now = then.map((weight, i) => (i % WIDTH < 6 ? 0 : 2 * weight));

let workers: WorkerBundle;
let engine: PathEngine;
const written: Written[] = [];
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  for (const each of written) each.remove();
});

function store(weights: Float32Array, width = WIDTH): string {
  const each = width * WIDTH;
  const tensors = Array.from({ length: weights.length / each }, (_, i) => ({
    name: `blocks.${i}.mlp.up.weight`,
    dtype: 'F32' as const,
    shape: [width, WIDTH],
    bytes: new Uint8Array(weights.slice(i * each, (i + 1) * each).buffer),
  }));
  const checkpoint = writeCheckpoint(tensors, {});
  written.push(checkpoint);
  // Runs hold files, whose names are all the same here.
  const path = join(checkpoint.path, 'own');
  mkdirSync(path);
  renameSync(join(checkpoint.path, 'model.safetensors'), join(path, 'model.safetensors'));
  return join(path, 'model.safetensors');
}

/** Sources with more than ten edges, by projection; weights are [projection, target, source]. */
function nodesOf(weights: Float32Array): Set<string> {
  const edges = new Map<string, number>();
  for (const [i, weight] of weights.entries()) {
    const length = Math.fround(1 / Math.abs(weight));
    const source = `${Math.floor(i / WIDTH ** 2)} ${i % WIDTH}`;
    if (length > 1 && length <= T) edges.set(source, (edges.get(source) ?? 0) + 1);
  }
  return new Set([...edges].filter(([, count]) => count > MIN_EDGES).map(([source]) => source));
}

const [nodesThen, nodesNow] = [nodesOf(then), nodesOf(now)];
const onlyCommon = (weights: Float32Array): Float32Array =>
  weights.map((weight, i) => {
    const source = `${Math.floor(i / WIDTH ** 2)} ${i % WIDTH}`;
    return nodesThen.has(source) && nodesNow.has(source) ? weight : 0;
  });

const analyzeOne: AnalyzeOne = async (which, settings, common) =>
  (await engine.engine.analyze(...taskOf(jobFor(which, settings, common)))).result;
const taskOf = ({ subject, settings }: AnalysisJob) => [subject, settings] as const;
const jobFor = (...[which, settings, common]: Parameters<AnalyzeOne>): AnalysisJob => {
  const subject = ({ path, kind }: typeof which) => ({ at: path, weights: { kind } });
  return jobOf({ ...subject(which), ...(common && { common: subject(common) }) }, settings);
};

async function seriesOf(
  ends: readonly Float32Array[],
  settings: AnalysisSettings,
  change: Partial<RunChoices> = {},
): Promise<RunSeries> {
  const checkpoints = ends.map((weights, step) => ({ path: store(weights), step }));
  const run = { name: 'r', path: dirname(checkpoints[0]!.path), orderedBy: 'step' as const, checkpoints };
  const choices = {
    ...{ baseline: { kind: 'first' as const }, emergenceFrom: 'alpha0' as const },
    ...{ radii: 'observed' as const, population: 'common' as const },
    ...change,
  };
  return (await analyzeRun(run, choices, settings, analyzeOne))!.series;
}

describe('E over common neurons', () => {
  it('has something to leave out at either end', () => {
    const common = [...nodesThen].filter((each) => nodesNow.has(each)).length;
    expect(common).toBeGreaterThan(20);
    expect(common).toBeLessThan(Math.min(nodesThen.size, nodesNow.size));
  });

  it('has no parts, and says why', async () => {
    const settings = makeSettings({ mode: 'full', nullDraws: 5 });
    const series = await seriesOf([then, now], settings);
    expect(series.points.map(({ nulls, parts }) => [nulls, parts])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(series.warnings).toContainEqual({ code: 'nulls-of-all' });
    const all = await seriesOf([then, now], settings, { population: 'all' });
    expect(all.points[0]!.parts).not.toBeNull();
    expect(all.warnings).not.toContainEqual({ code: 'nulls-of-all' });
    const plain = await seriesOf([then, now], { ...settings, nulls: null });
    expect(plain.warnings).not.toContainEqual({ code: 'nulls-of-all' });
  });

  it.each([
    ['a full network', makeSettings({ mode: 'full' })],
    ['samples of whole layers', makeSettings({ samples: 1, neurons: WIDTH })],
    ['two passes of codes', makeSettings({ mode: 'full', threshold: 252 })],
  ])('has the same bits as without the weights of all others, of %s', async (_, settings) => {
    const kept = settings.threshold === T;
    const series = await seriesOf([then, now], settings);
    const point = series.points[1]!;
    expect(point.emergence.value).not.toBe(point.common!.all.value);
    expect(series.emergence.population).toBe('common');
    if (!kept) return;
    const other = await seriesOf([then, now].map(onlyCommon), settings, { population: 'all' });
    expect(point.emergence.value).toBe(other.points[1]!.emergence.value);
    expect(point.common!.nodesKept).toBe(other.points[1]!.nodesKept);
    const all = await seriesOf([then, now], settings, { population: 'all' });
    expect(point.common!.all.value).toBe(all.points[1]!.emergence.value);
    expect(point.alpha0).toEqual(all.points[1]!.alpha0);
    expect(all.points[1]!.common).toBeUndefined();
  });

  it('counts the same neurons of every sample at both ends', async () => {
    const settings = makeSettings({ samples: 3, neurons: 32 });
    const found: AnalysisResult[] = [];
    const checkpoints = [then, now].map((weights, step) => ({ path: store(weights), step }));
    const run = { name: 'r', path: '/r', orderedBy: 'step' as const, checkpoints };
    const choices: RunChoices = {
      baseline: { kind: 'first' },
      emergenceFrom: 'alpha0',
      radii: 'observed',
      population: 'common',
    };
    await analyzeRun(run, choices, settings, async (...which) => {
      const result = await analyzeOne(...which);
      found.push(result!);
      return result;
    });
    const [first, last, common, baseline] = found.map(({ samples }) => samples.map(({ nodes }) => nodes));
    expect(found).toHaveLength(4);
    expect(common).toEqual(baseline);
    for (const [i, nodes] of common!.entries())
      expect(nodes).toBeLessThanOrEqual(Math.min(first![i]!, last![i]!));
  });

  it('says nothing of shares of neurons that differ', async () => {
    const ends = [then, now];
    const settings = makeSettings({ samples: 6, neurons: 32 });
    const codes = ({ warnings }: RunSeries): string[] => warnings.map(({ code }) => code);
    expect(codes(await seriesOf(ends, settings, { population: 'all' }))).toContain('population-changes');
    const common = codes(await seriesOf(ends, settings));
    expect(common).not.toContain('population-changes');
  });

  it.each([
    ['outside the interval of E over all', 0.5, [0.1, 0.4], true],
    ['within it', 0.3, [0.1, 0.4], false],
    ['without an interval, far from E over all', 0.3, null, true],
    ['without an interval, near it', 0.252, null, false],
  ] as const)('is said to differ %s: %s beside %s', (_, value, ci95, differs) => {
    const all = { value: 0.25, ci95: ci95 && ([...ci95] as [number, number]) };
    const points = [{ emergence: { value: 0 } }, { emergence: { value }, common: { all } }];
    expect(commonWarning(points)).toEqual(differs ? { code: 'common-differs', others: 1, of: 2 } : null);
  });

  it.each(['gaussian'] as const)('compares with drawn weights: %s', async (kind) => {
    const series = await seriesOf([now], makeSettings({ samples: 3, neurons: 32 }), { baseline: { kind } });
    expect(series.points[0]!.common!.nodesKept).toBeGreaterThan(0);
    expect(Number.isFinite(series.points[0]!.emergence.value)).toBe(true);
  });

  it('says nothing of what E is made of: null models are of all neurons', async () => {
    const settings = makeSettings({ samples: 3, neurons: 32, nullDraws: 5 });
    const [, point] = (await seriesOf([then, now], settings)).points;
    expect(point).toMatchObject({ nulls: null, parts: null });
    expect(point!.beyond).not.toBeNull();
  });
});

describe('a result over the nodes of another network', () => {
  const settings = makeSettings({ samples: 2, neurons: 32 });

  it('is stored by both, and found again', async () => {
    const [a, b, c] = [then, now, onlyCommon(now)].map((weights) => store(weights));
    const fingerprints = await Promise.all(
      [b, c].map(async (path) => (await engine.describe(path!)).checkpoint.fingerprint),
    );
    const folder = writeCheckpoint([], {});
    written.push(folder);
    const store2 = await ResultStore.open(join(folder.path, 'store'), () => undefined);
    let computed = 0;
    const analyses = new CachedAnalyses(engine.engine, store2, (_job, error) => {
      throw error;
    });
    const ask = (common: string, fingerprint: string): Promise<unknown> =>
      analyses.analyze(
        jobFor(
          { path: a!, kind: 'stored' },
          { ...settings, common: fingerprint },
          { path: common, kind: 'stored' },
        ),
        { onCompute: () => computed++ },
      );
    await ask(b!, fingerprints[0]!);
    await ask(b!, fingerprints[0]!);
    expect(computed).toBe(1);
    await ask(c!, fingerprints[1]!);
    expect(computed).toBe(2);
  });

  it('is refused where that one is another than was said, or of another structure', async () => {
    const [a, b] = [store(then), store(now.slice(0, 2 * WIDTH ** 2))];
    const of = (common: string, fingerprint: string): Promise<unknown> =>
      engine.engine.analyze(
        { ...subjectAt(a), common: { at: common, weights: { kind: 'stored' } } },
        { ...settings, common: fingerprint },
      );
    await expect(of(a, '0'.repeat(64))).rejects.toThrow(NeuroMfaError);
    const { checkpoint } = await engine.describe(b);
    await expect(of(b, checkpoint.fingerprint)).rejects.toThrow(/network/);
  });
});
