/** What an analysis takes, the workers it may have for that, and being asked before it starts. */
import { describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { workload } from '../../../src/core/analysis/workload';
import { checkApproved, type WorkEstimate } from '../../../src/worker/approval';
import { crewWithin } from '../../../src/worker/memory';
import { planOf, samplePath } from '../support/analyze';

const MB = 2 ** 20;

describe('what an analysis takes', () => {
  const plan = planOf(samplePath(0));
  // 6 blocks of 12 h² weights of two bytes, h = 128.
  const bytes = 6 * 12 * 128 * 128 * 2;

  it('of the full network: every weight, and again for the median of its lengths', () => {
    expect(workload(plan, makeSettings({ mode: 'full' }), 2).bytes).toBe(bytes);
    expect(workload(plan, makeSettings({ mode: 'full', scaleFree: true }), 2).bytes).toBe(2 * bytes);
  });

  it('of samples: the rows that any of them takes', () => {
    const once = workload(plan, makeSettings({ samples: 1 }), 2).bytes;
    const often = workload(plan, makeSettings({ samples: 10 }), 2).bytes;
    expect(once / bytes).toBeCloseTo(0.2, 1);
    expect(often).toBeGreaterThan(3 * once);
    expect(often).toBeLessThan(bytes);
  });

  it('of samples: memory for counters of few sources at a time, unless weights are drawn or too many to be packed', () => {
    const many = {
      ...plan,
      projections: Array.from({ length: 20_000 }, () => plan.projections[0]!),
    };
    const settings = makeSettings();
    const counters = 16_384 * 1024;
    const { workerBytes } = workload(many, settings, 2);
    expect(workerBytes).toBeGreaterThan(counters);
    expect(workerBytes).toBeLessThan(counters + 120 * MB);
    // 350 radii of spectrum and fractal dimension for 32 sources of each.
    expect(workload(many, settings, 2, true).workerBytes).toBeGreaterThan(20_000 * 32 * 350 * 4);
    const wide = { ...plan, draws: plan.draws.map((draw) => ({ ...draw, width: 10_000 })) };
    const whole = makeSettings({ neurons: 10_000 });
    expect(workload(wide, whole, 2).workerBytes).toBeGreaterThan(60_000 * 350 * 4);
  });

  it('of wide layers: memory for a counter row per source neuron', () => {
    const small = workload(plan, makeSettings({ mode: 'full' }), 2).workerBytes;
    const wide = {
      ...plan,
      projections: plan.projections.map((each) => ({ ...each, sources: each.sources + 100_000 })),
    };
    expect(workload(wide, makeSettings({ mode: 'full' }), 2).workerBytes - small).toBe(100_000 * 1024);
  });
});

it('what a projection of very many parts takes is told', () => {
  const plan = planOf(samplePath(0));
  const [first] = plan.projections;
  const parts = Array.from({ length: 300_000 }, () => ({ ...first!.parts[0]!, rows: 1 }));
  const many = { ...plan, projections: [{ ...first!, parts, targets: parts.length }] };
  for (const mode of ['sampled', 'full'] as const) {
    const work = workload(many, makeSettings({ mode }), 2);
    expect(Number.isFinite(work.workerBytes + work.sharedBytes)).toBe(true);
  }
});

describe('workers', () => {
  const work = { bytes: 1, seconds: 1, workerBytes: 40 * MB, sharedBytes: 10 * MB, leastChunk: 0 };

  it('are all there where memory allows', () => {
    expect(crewWithin(1000 * MB, 8, work, 'a')).toEqual({
      threads: 8,
      chunkBytes: 4 * MB,
      memory: 362 * MB,
    });
  });

  it('read smaller chunks, and then are fewer, where it does not', () => {
    expect(crewWithin(94 * MB, 2, work, 'a')).toEqual({ threads: 2, chunkBytes: 2 * MB, memory: 94 * MB });
    expect(crewWithin(90 * MB, 2, work, 'a')).toMatchObject({ threads: 1, chunkBytes: 4 * MB });
  });

  it('read a whole row at least', () => {
    expect(crewWithin(1000 * MB, 8, { ...work, leastChunk: 9 * MB }, 'a').chunkBytes).toBe(9 * MB);
  });

  it('are refused where not even one fits, with what to do', () => {
    expect(() => crewWithin(50 * MB, 8, work, '/a')).toThrow(
      /^\/a: one worker needs 51 MB of memory, and 50 MB are allowed\. Allow more \(neuromfa\.workers\.memory, --memory\)/,
    );
  });
});

describe('approval', () => {
  const large: WorkEstimate = { fileBytes: 11e9, bytes: 11e9, seconds: 9, threads: 2, memory: MB };
  const never = (): Promise<boolean> => new Promise(() => undefined);

  it('is asked for above 10 GB only', async () => {
    const asked: string[] = [];
    const approve = (path: string): boolean => asked.push(path) > 0;
    await checkApproved('/small', { ...large, bytes: 9e9 }, approve, undefined);
    await checkApproved('/large', large, approve, undefined);
    expect(asked).toEqual(['/large']);
  });

  it('cancels where it is refused, or nobody waits for it any more', async () => {
    const cancelled = { code: 'cancelled' };
    await expect(checkApproved('/a', large, () => false, undefined)).rejects.toMatchObject(cancelled);
    const controller = new AbortController();
    const waiting = checkApproved('/a', large, never, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject(cancelled);
  });
});
