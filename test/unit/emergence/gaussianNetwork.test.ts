/** The Gaussian stand-in for step 0: moments of stored tensors, and the weights drawn with them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partMoments } from '../../../src/core/analysis/moments';
import { joinMoments, type Moments } from '../../../src/core/stats/moments';
import { partRows } from '../../../src/core/weights/kinds';
import type { PlannedPart } from '../../../src/core/analysis/plan';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { DType } from '../../../src/core/checkpoint/dtype';
import { gaussianInfo, gaussianWeights } from '../../../src/core/emergence/gaussianNetwork';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { Network } from '../../../src/core/network/types';
import { encode, removeWritten, writeModel, type Values } from '../support/adapters';
import { makeAnalysis } from '../support/analysis';
import { samplePath } from '../support/analyze';
import { expectClose } from '../support/close';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { Memory } from '../support/plans';

function momentsOf(
  values: readonly number[],
  columns: number,
  dtype: DType = 'F64',
  chunkBytes = 2 ** 20,
): Moments {
  const bytes = encode(Float64Array.from(values), dtype);
  const part: PlannedPart = {
    weights: { kind: 'stored', file: { path: '', stamp: null }, offset: 0 },
    dtype,
    rows: values.length / columns,
    columns,
    taps: 1,
    groups: 1,
  };
  const read = partRows(() => new Memory(bytes));
  return partMoments(part, { read, advance: () => undefined, chunkBytes });
}

describe('moments', () => {
  it('are the mean and the squares around it', () => {
    expect(momentsOf([1, 2, 3, 4, 5, 6], 3)).toEqual({ count: 6, mean: 3.5, squares: 17.5 });
    expect(momentsOf([0.5, 0.5, 0.5, 0.5], 2, 'F16')).toEqual({ count: 4, mean: 0.5, squares: 0 });
  });

  it('do not cancel: a small deviation around a large mean stays what it is', () => {
    const { mean, squares } = momentsOf(
      Array.from({ length: 4096 }, (_, i) => 1e6 + (i % 2 ? 2 ** -10 : -(2 ** -10))),
      64,
    );
    expect(mean).toBe(1e6);
    expect(Math.sqrt(squares / 4096)).toBe(2 ** -10);
  });

  it('beyond the range of numbers are refused, with the tensor', () => {
    const largest = momentsOf([1e308, 1e308, 1e308, 1e308], 2);
    const network = { projections: [{ parts: [{ tensor: 'layers.0.up' }] }] } as unknown as Network;
    expect(() => gaussianWeights(network, [[largest]])).toThrow(
      /^layers\.0\.up: the mean or the deviation of its weights is beyond the range of numbers/,
    );
  });

  it('leave out what is not finite', () => {
    expect(momentsOf([1, NaN, Infinity, 3], 2)).toEqual({ count: 2, mean: 2, squares: 2 });
    expect(momentsOf([NaN, NaN], 2)).toEqual({ count: 0, mean: 0, squares: 0 });
  });

  it('have the same bits for any chunks, and join to those of the whole', () => {
    const random = standardNormal(new Mt19937(5));
    const values = Array.from({ length: 60 * 33 }, () => 0.02 * random());
    const whole = momentsOf(values, 33);
    for (const chunkBytes of [1, 1000, 8 * 33 * 7])
      expect(momentsOf(values, 33, 'F64', chunkBytes)).toEqual(whole);
    const halves = [values.slice(0, 33 * 20), values.slice(33 * 20)].map((half) => momentsOf(half, 33));
    const joined = joinMoments(halves[0]!, halves[1]!);
    expect(joined.count).toBe(whole.count);
    expect(Math.abs(joined.mean - whole.mean)).toBeLessThan(1e-17);
    expect(Math.abs(joined.squares / whole.squares - 1)).toBeLessThan(1e-13);
  });
});

describe('drawn weights', () => {
  const parts = (...tensors: string[]) => ({ parts: tensors.map((tensor) => ({ tensor })) });

  it('have the moments of their tensor: parts of one tensor in a projection those of all of it', () => {
    const network = { projections: [parts('q', 'q', 'k'), parts('q')] } as unknown as Network;
    const [first, second] = gaussianWeights(network, [
      [
        { count: 2, mean: 1, squares: 0 },
        { count: 2, mean: 3, squares: 0 },
        { count: 4, mean: 5, squares: 16 },
      ],
      [{ count: 0, mean: 0, squares: 0 }],
    ]);
    const q = { distribution: 'normal', mean: 2, std: 1 };
    expect(first).toEqual([q, q, { distribution: 'normal', mean: 5, std: 2 }]);
    expect(second).toEqual([{ distribution: 'normal', mean: 0, std: 0 }]);
  });

  it('are called what they are, by the content that lends its moments', () => {
    const template = makeAnalysis().result.checkpoint;
    const info = gaussianInfo(template);
    expect(info).toMatchObject({
      name: 'neox-1m/gaussian',
      step: 0,
      bytes: 0,
      weights: { kind: 'gaussian', source: 'neox-1m/step4000' },
      parameters: template.parameters,
    });
    expect(gaussianInfo({ ...template, path: '/elsewhere' }).fingerprint).toBe(info.fingerprint);
    expect(gaussianInfo({ ...template, fingerprint: 'b' }).fingerprint).not.toBe(info.fingerprint);
    expect(info.fingerprint).not.toBe(template.fingerprint);
  });
});

function values(shape: readonly number[]): Values {
  const random = standardNormal(new Mt19937(1));
  return {
    shape,
    values: Float64Array.from({ length: shape[0]! * shape[1]! }, () => Math.fround(0.02 * random())),
    dtype: 'F32',
  };
}

describe('through the engine', () => {
  let workers: WorkerBundle;
  let engines: PathEngine[];
  beforeAll(async () => {
    workers = await bundleWorkers();
    engines = [1, 2].map((threads) => new PathEngine({ directory: workers.directory, threads }));
  });
  afterAll(async () => {
    for (const engine of engines) await engine.dispose();
    workers.remove();
    removeWritten();
  });
  const settings = makeSettings({ samples: 4 });

  it('is what the initializer gives where weights are as it left them, with any number of threads', async () => {
    const results = await Promise.all(
      engines.map((engine) => engine.analyze(samplePath(0), settings, { kind: 'gaussian' })),
    );
    expect(results[0]!.result.samples).toEqual(results[1]!.result.samples);
    const { result } = results[0]!;
    const own = await engines[0]!.analyze(samplePath(0), settings);
    const distance = Math.abs(result.summary.alpha0.mean! - own.result.summary.alpha0.mean!);
    expect(distance).toBeLessThan(
      (4 * Math.hypot(result.summary.alpha0.sd!, own.result.summary.alpha0.sd!)) / 2,
    );
    const { checkpoint } = await engines[1]!.describe(samplePath(0), { kind: 'gaussian' });
    expect(result.checkpoint).toEqual(checkpoint);
    expect(result.checkpoint.weights.kind).toBe('gaussian');
    // All weights of the network were read, once.
    expect(result.timing.bytesRead).toBe(2 * 6 * (3 + 1 + 4 + 4) * 128 * 128);
  });

  it('needs no documented initializer, which says so', async () => {
    const [engine] = engines as [PathEngine];
    const path = writeModel({ 'trunk.0.a.weight': values([64, 64]), 'trunk.1.a.weight': values([64, 64]) });
    await expect(engine.analyze(path, settings, { kind: 'init' })).rejects.toThrow(
      /no initializer of generic is documented.*Choose Gaussian weights .*\(gaussian\)/,
    );
    const { result } = await engine.analyze(path, settings, { kind: 'gaussian' });
    expect(result.summary.samplesKept).toBe(4);
    const subset = { include: ['trunk.0*'], exclude: [], blocks: [], roles: [] };
    const part = await engine.analyze(path, { ...settings, subset }, { kind: 'gaussian' });
    expect(part.result.network.projections).toBe(1);
    expect(part.result.checkpoint.fingerprint).toBe(result.checkpoint.fingerprint);
  });

  it('are the same weights for samples and full networks', async () => {
    const [engine] = engines as [PathEngine];
    // Sampled whole, a network is the full one; its sums have another order.
    const path = writeModel({ 'trunk.0.a.weight': values([64, 64]), 'trunk.1.a.weight': values([64, 64]) });
    const all = makeSettings({ samples: 1, neurons: 64 });
    const [whole, full] = await Promise.all(
      [all, makeSettings({ mode: 'full' })].map((each) => engine.analyze(path, each, { kind: 'gaussian' })),
    );
    const [sample, same] = [whole!.result.samples[0]!, full!.result.samples[0]!];
    expect(same.outcome).toBe('kept');
    expect([same.nodes, same.edgesKept, same.radii]).toEqual([sample.nodes, sample.edgesKept, sample.radii]);
    expectClose(same.alpha0!, sample.alpha0!, 'α₀', 1e-12);
    expect(await engine.recognize(path, full!.result.settings, { kind: 'gaussian' })).toEqual(full!.source);
  });

  it('can be cancelled', async () => {
    const [engine] = engines as [PathEngine];
    const stop = new AbortController();
    const running = engine.analyze(samplePath(0), settings, { kind: 'gaussian', signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});
