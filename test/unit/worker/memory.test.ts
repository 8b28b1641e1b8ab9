/** What an analysis takes, the workers it may have for that, and being asked before it starts. */
import { describe, expect, it } from 'vitest';
import { waitingProjections } from '../../../src/core/analysis/memoryUse';
import { makeSettings, type SettingsInput } from '../../../src/core/analysis/settings';
import { workload, type Workload } from '../../../src/core/analysis/workload';
import { checkApproved, type WorkEstimate } from '../../../src/worker/approval';
import { allocationWithin } from '../../../src/worker/memory';
import { analyzeWhole, planOf, samplePath } from '../support/analyze';

const MB = 2 ** 20;

describe('what an analysis takes', () => {
  const plan = planOf(samplePath(0));
  // 6 blocks of 12 h² weights of two bytes, h = 128.
  const bytes = 6 * 12 * 128 * 128 * 2;

  it('of the full network: every weight, and again for the median of its lengths', () => {
    expect(workload(plan, makeSettings({ mode: 'full' }), 2).bytes).toBe(bytes);
    expect(workload(plan, makeSettings({ mode: 'full', scaleFree: true }), 2).bytes).toBe(2 * bytes);
  });

  it('of very many projections: time for each of them, however few weights it has', () => {
    const settings = makeSettings({ mode: 'full' });
    const [first] = plan.projections;
    const tiny = { ...first!, parts: [{ ...first!.parts[0]!, rows: 1, columns: 1 }] };
    const many = { ...plan, projections: Array.from({ length: 100_000 }, () => tiny) };
    expect(workload(many, settings, 2).seconds).toBeGreaterThan(5);
    expect(workload(plan, settings, 2).seconds).toBeLessThan(0.1);
  });

  it('of samples: the rows that any of them takes', () => {
    const once = workload(plan, makeSettings({ samples: 1 }), 2).bytes;
    const often = workload(plan, makeSettings({ samples: 10 }), 2).bytes;
    expect(once / bytes).toBeCloseTo(0.2, 1);
    expect(often).toBeGreaterThan(3 * once);
    expect(often).toBeLessThan(bytes);
  });

  it('of samples: memory for counters of few sources at a time, or of one projection', () => {
    const many = {
      ...plan,
      projections: Array.from({ length: 20_000 }, () => plan.projections[0]!),
    };
    const settings = makeSettings();
    const counters = 16_384 * 1024;
    const { workerBytes } = workload(many, settings, 2);
    expect(workerBytes).toBeGreaterThan(counters);
    // Counters of all at once would take 240 MB more, and far more with each further radius.
    expect(workerBytes).toBeLessThan(counters + 400 * MB);
    const wide = { ...plan, draws: plan.draws.map((draw) => ({ ...draw, width: 10_000 })) };
    const whole = makeSettings({ neurons: 10_000 });
    // One projection at a time, however many sources it has.
    const most = 20_000 * 1024;
    expect(workload(wide, whole, 2).workerBytes).toBeGreaterThan(most);
    expect(workload(wide, whole, 2).workerBytes).toBeLessThan(most + 400 * MB);
    const far = makeSettings({ neurons: 10_000, threshold: 2000 });
    expect(workload(wide, far, 2).workerBytes).toBeGreaterThan(10_000 * 4 * 2000);
  });

  it('of wide layers: memory for a counter row per source neuron', () => {
    const small = workload(plan, makeSettings({ mode: 'full' }), 2).workerBytes;
    const wide = {
      ...plan,
      projections: plan.projections.map((each) => ({ ...each, sources: each.sources + 100_000 })),
    };
    const more = (workload(wide, makeSettings({ mode: 'full' }), 2).workerBytes - small) / (100_000 * 1024);
    // And some bytes for each one's dimension.
    expect(more).toBeGreaterThanOrEqual(1);
    expect(more).toBeLessThan(1.05);
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

describe('what a result takes', () => {
  const plan = planOf(samplePath(0));
  const settings = (input: Partial<SettingsInput>) => workload(plan, makeSettings(input), 2);

  it('grows with samples, moment orders and radii: all that the arrays of samples hold', () => {
    const asked = { samples: 3, threshold: 2000, qStep: 0.05 };
    const { result, arrays } = analyzeWhole(samplePath(0), makeSettings(asked));
    const held = arrays.reduce((sum, { lnZ, nfd }) => sum + lnZ.byteLength + nfd.byteLength, 0);
    const { resultBytes } = settings(asked);
    expect(result.samples).toHaveLength(3);
    expect(resultBytes).toBeGreaterThan(held + JSON.stringify(result).length);
    const once = settings({ samples: 1 }).resultBytes;
    expect(settings({ samples: 1000 }).resultBytes).toBe(1000 * once);
    expect(settings({ samples: 1, threshold: 20_000 }).resultBytes).toBeGreaterThan(8 * 61 * 20_000);
    expect(settings({ samples: 1, qStep: 0.006 }).resultBytes).toBeGreaterThan(8 * 1001 * 150);
  });

  it('is little with the settings of the paper, and with a hundred times as many samples', () => {
    expect(settings({}).resultBytes).toBeLessThan(3 * MB);
    expect(settings({ samples: 1000 }).resultBytes).toBeLessThan(256 * MB);
  });

  it('goes by the radii that edges can have, where these are fewer', () => {
    const few = { samples: 1, neurons: 1, threshold: 20_000, qStep: 0.006 };
    expect(settings(few).resultBytes).toBeLessThan(8 * 1001 * 200);
    expect(settings(few).workerBytes).toBeLessThan(settings({ ...few, neurons: 32 }).workerBytes);
  });

  it('of the full network holds the sums of every unit that is resampled, and a few that wait for their turn', () => {
    const full = makeSettings({ mode: 'full', qStep: 0.006 });
    const sums = 8 * 151 * 1003;
    const of = (units: number) => workload(plan, full, 2, units);
    expect(of(106).waitingBytes - of(6).waitingBytes).toBeGreaterThanOrEqual(2 * 100 * sums);
    expect(of(106).sharedBytes - of(6).sharedBytes).toBeGreaterThanOrEqual(100 * sums);
    expect(of(106).workerBytes - of(6).workerBytes).toBeGreaterThan(90 * sums);
    expect(waitingProjections(full, 2)).toBe(27);
    expect(waitingProjections(full, 64)).toBe(256);
  });

  it('is added to what many samples have in shared memory and many projections in every thread', () => {
    expect(settings({ samples: 1000 }).sharedBytes).toBeLessThanOrEqual(64 * MB);
    const many = { ...plan, projections: Array.from({ length: 30_000 }, () => plan.projections[0]!) };
    expect(workload(many, makeSettings(), 2).waitingBytes).toBeGreaterThan(30_000 * 3000);
  });
});

describe('workers', () => {
  const size = '5 samples of 6 neurons per layer';
  const work: Workload = {
    ...{ bytes: 1, seconds: 1, size, workerBytes: 40 * MB, sharedBytes: 6 * MB, leastChunk: 0 },
    ...{ resultBytes: 3 * MB, waitingBytes: MB, kernelBytes: MB },
  };
  const limits = (megabytes: number, result = Infinity) => ({ memory: megabytes * MB, result: result * MB });

  it('are all there where memory allows', () => {
    expect(allocationWithin(limits(1000), 8, work, 'a')).toEqual({
      threads: 8,
      chunkBytes: 4 * MB,
      memory: 362 * MB,
    });
  });

  it('read smaller chunks, and then are fewer, where it does not', () => {
    expect(allocationWithin(limits(94), 2, work, 'a')).toEqual({
      threads: 2,
      chunkBytes: 2 * MB,
      memory: 94 * MB,
    });
    expect(allocationWithin(limits(90), 2, work, 'a')).toMatchObject({ threads: 1, chunkBytes: 4 * MB });
  });

  it('read a whole row at least', () => {
    expect(allocationWithin(limits(1000), 8, { ...work, leastChunk: 9 * MB }, 'a').chunkBytes).toBe(9 * MB);
  });

  it('are refused where not even one fits, with the settings, both numbers and what to do', () => {
    expect(() => allocationWithin(limits(50), 8, work, '/a')).toThrow(
      '/a: 5 samples of 6 neurons per layer need up to 51\u202fMB of memory with one worker, of which the result is 3\u202fMB, and 50\u202fMB are allowed. Allow more (neuromfa.workers.memory, --memory), lower samples, neurons or threshold, raise qStep, or take a part of the network.',
    );
    const large = { ...work, resultBytes: 5000 * MB };
    expect(() => allocationWithin(limits(2048), 8, large, '/a')).toThrow(
      /need up to 5,048\u202fMB of memory with one worker, of which the result is 5,000\u202fMB, and 2,048\u202fMB are allowed/,
    );
  });

  it('are refused where the result is more than is held, whatever they may take', () => {
    expect(allocationWithin(limits(1000, 3), 8, work, '/a').threads).toBe(8);
    expect(() => allocationWithin(limits(1000, 2), 8, work, '/a')).toThrow(
      /^\/a: 5 samples of 6 neurons per layer make a result of up to 3\u202fMB, and the editor holds 2\u202fMB at most\. Use the command line/,
    );
  });

  it('are refused where a kernel is larger than it can address', () => {
    const wide = { ...work, kernelBytes: 2 ** 32 };
    expect(() => allocationWithin(limits(1e6), 8, wide, '/a')).toThrow(
      /need 4,096\u202fMB in a single worker's kernel/,
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

  it('is asked for before every value of what lies elsewhere is read, and not before some rows are', async () => {
    const asked: string[] = [];
    const approve = (path: string): boolean => asked.push(path) > 0;
    const small = { ...large, bytes: 1e6 };
    for (const path of ['/a', 'hf://lab/run@step0/model.safetensors']) {
      await checkApproved(path, small, approve, undefined);
      await checkApproved(path, small, approve, undefined, true);
      await checkApproved(path, { ...large, bytes: 0 }, approve, undefined, true);
    }
    expect(asked).toEqual(['hf://lab/run@step0/model.safetensors']);
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
