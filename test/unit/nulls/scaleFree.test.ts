/** Lengths relative to the median of each projection: what factors they take out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { emergence } from '../../../src/core/emergence/emergence';
import { nullEmergence } from '../../../src/core/emergence/nulls';
import type { AnalysisResult, SampleResult } from '../../../src/protocol/analysis';
import { analyzeDrawn, drawnNetwork, type DrawnNetwork } from '../support/drawn';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

const WIDTH = 64;
const PROJECTIONS = 6;
const once = drawnNetwork(5, WIDTH, PROJECTIONS);
const scaled = (factor: (projection: number) => number): DrawnNetwork => ({
  ...once,
  weights: once.weights.map((weight, i) => weight * factor(Math.floor(i / WIDTH ** 2))),
});
const withoutMedians = (samples: readonly SampleResult[]): unknown =>
  samples.map(({ medianLength: _, medianLengths: __, ...rest }) => rest);

describe('of samples', () => {
  const settings = makeSettings({ samples: 3, neurons: 20, scaleFree: 'projection', nullDraws: 5 });
  const then = analyzeDrawn(once, settings);

  it.each([
    ['each projection by another power of two', (i: number) => 2 ** (i - 3)],
    ['the last projection', (i: number) => (i === 5 ? 8 : 1)],
  ])('are the same bits when one multiplies %s, null models included', (_, factor) => {
    const now = analyzeDrawn(scaled(factor), settings);
    expect(withoutMedians(now.samples)).toEqual(withoutMedians(then.samples));
    expect(now.samples[0]!.medianLengths).toEqual(
      then.samples[0]!.medianLengths!.map((median, i) => median! / factor(i)),
    );
    expect(emergence(now, then, 'alpha0').value).toBe(0);
    expect(nullEmergence(now, then, 'alpha0').parts!.size.value).toBe(0);
  });

  it('take out what one median of the network leaves when every second projection is doubled', () => {
    const outputs = scaled((i) => (i % 2 === 1 ? 2 : 1));
    const of = (scaleFree: 'network' | 'projection'): number => {
      const own = makeSettings({ samples: 3, scaleFree });
      return emergence(analyzeDrawn(outputs, own), analyzeDrawn(once, own), 'alpha0').value!;
    };
    expect(of('projection')).toBe(0);
    expect(Math.abs(of('network'))).toBeGreaterThan(0.01);
  });

  it('do not exist where the median of a projection is not positive, which is named', () => {
    const large = scaled((i) => (i === 2 ? 1000 : 1));
    const own = makeSettings({ samples: 2, transfer: 'neglog', scaleFree: 'projection', nullDraws: 5 });
    const { samples, summary } = analyzeDrawn(large, own);
    expect(samples[0]).toMatchObject({
      outcome: 'empty',
      reason: { code: 'of-projection', projection: 'blocks.2.up', reason: { code: 'median-not-positive' } },
    });
    expect(summary.reason?.code).toBe('samples-left-out');
  });
});

describe('of full networks', () => {
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

  const store = ({ weights }: DrawnNetwork): string => {
    const each = WIDTH ** 2;
    const tensors = Array.from({ length: PROJECTIONS }, (_, i) => ({
      name: `blocks.${i}.mlp.up.weight`,
      dtype: 'F32' as const,
      shape: [WIDTH, WIDTH],
      bytes: new Uint8Array(weights.slice(i * each, (i + 1) * each).buffer),
    }));
    const checkpoint = writeCheckpoint(tensors, {});
    written.push(checkpoint);
    return checkpoint.path;
  };
  const analyze = async (
    network: DrawnNetwork,
    scaleFree: 'network' | 'projection',
  ): Promise<AnalysisResult> =>
    (await engine.analyze(store(network), makeSettings({ mode: 'full', scaleFree, nullDraws: 5 }))).result;

  it.each([
    ['projection', (i: number) => 2 ** (i - 3)],
    ['network', () => 4],
  ] as const)(
    'relative to the median of the %s are the same bits, null models included',
    async (of, factor) => {
      const [then, now] = await Promise.all([analyze(once, of), analyze(scaled(factor), of)]);
      expect(withoutMedians(now.samples)).toEqual(withoutMedians(then.samples));
      expect(now.perProjection).toEqual(then.perProjection);
      expect(now.beyond).toEqual(then.beyond);
      const { shuffled, gaussian } = now.samples[0]!.nulls!;
      for (const { draws } of [shuffled, gaussian])
        expect(draws.alpha0Exact.every(Number.isFinite)).toBe(true);
      // Gaussian weights have their own median: at another scale τ'(0) would differ by tenths. What is left is the range of radii.
      for (const { draws } of [shuffled, gaussian])
        expect(Math.abs(Math.log(draws.alpha0Exact[0]! / now.summary.alpha0Exact.mean!))).toBeLessThan(0.04);
    },
  );
});
