/** Null models of full networks, through the engine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emergence } from '../../../src/core/emergence/emergence';
import { nullEmergence } from '../../../src/core/emergence/nulls';
import { makeSettings } from '../../../src/core/analysis/settings';
import { samplePath } from '../support/analyze';
import { expectClose } from '../support/close';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';

const settings = makeSettings({ mode: 'full', nullDraws: 5 });

describe('the sample run, all neurons', () => {
  let workers: WorkerBundle;
  let engines: PathEngine[];
  beforeAll(async () => {
    workers = await bundleWorkers();
    engines = [1, 2].map((threads) => new PathEngine({ directory: workers.directory, threads }));
  });
  afterAll(async () => {
    for (const engine of engines) await engine.dispose();
    workers.remove();
  });

  it('has the parts of E and the distance from reshuffling that another program gives', async () => {
    const [first, last] = (await Promise.all(
      [0, 4000].map(async (step) => (await engines[1]!.analyze(samplePath(step), settings)).result),
    )) as [Awaited<ReturnType<PathEngine['analyze']>>['result'], never];
    const { value } = emergence(last, first, 'alpha0');
    const { size, tails, arrangement } = nullEmergence(last, first, 'alpha0').parts!;
    expectClose(value!, 0.14596675169540382, 'E', 1e-9);
    expectClose(size.value! + tails.value! + arrangement.value!, value!, 'sum of the parts', 1e-12);
    expect(Math.abs(size.value! - 0.12)).toBeLessThan(0.005);
    expect(Math.abs(tails.value! - 0.001)).toBeLessThan(0.005);
    expect(Math.abs(arrangement.value! - 0.024)).toBeLessThan(0.005);
    const { beyond, perProjection } = last as typeof first;
    expect(Math.abs(beyond!.alpha0.value! + 0.0077)).toBeLessThan(0.0006);
    expect(Math.abs(beyond!.width.value! - 0.229)).toBeLessThan(0.03);
    // At step 0 nothing is beyond chance, and every projection lies among its own draws.
    for (const figure of [first.beyond!.alpha0, first.beyond!.width]) {
      expect(figure.ci95![0]).toBeLessThan(0);
      expect(figure.ci95![1]).toBeGreaterThan(0);
    }
    const distances = first.perProjection!.map(({ alpha0Exact, nulls }) => {
      const { mean, sd } = nulls!.shuffled.alpha0Exact;
      return (alpha0Exact! - mean!) / (sd! * Math.sqrt(1 + 1 / 5));
    });
    expect(distances.filter((each) => Math.abs(each) > 2.776).length).toBeLessThanOrEqual(4);
    expect(perProjection!.every(({ nulls }) => nulls!.gaussian.width.mean! > 0)).toBe(true);
  }, 60_000);

  it('does not depend on threads, and changes no other number', async () => {
    const [one, two, none] = await Promise.all([
      engines[0]!.analyze(samplePath(512), settings),
      engines[1]!.analyze(samplePath(512), settings),
      engines[1]!.analyze(samplePath(512), { ...settings, nulls: null }),
    ]);
    expect(one.result.samples).toEqual(two.result.samples);
    expect(one.result.perProjection).toEqual(two.result.perProjection);
    const plain = { ...one.result.samples[0]!, nulls: null };
    expect(plain).toEqual(none.result.samples[0]);
    expect(one.result.timing.bytesRead).toBe(none.result.timing.bytesRead);
  }, 60_000);

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const many = makeSettings({ mode: 'full', nullDraws: 1000 });
    const running = engines[0]!.analyze(samplePath(4000), many, { signal: controller.signal });
    setTimeout(() => {
      controller.abort();
    }, 50);
    await expect(running).rejects.toMatchObject({ data: { code: 'cancelled' } });
  }, 60_000);
});
