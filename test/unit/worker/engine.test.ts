import { cpSync, existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { analysisSchema } from '../../../src/protocol/analysis';
import type { AnalysisProgress } from '../../../src/protocol/panel';
import { SharedControl } from '../../../src/worker/control';
import { jobs } from '../../../src/worker/job';
import { MemoryBudget } from '../../../src/worker/memoryBudget';
import { PAPER, planOf, samplePath } from '../support/analyze';
import { runSampleIn } from '../support/packed';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { eventually } from '../../support/eventually';

/** Enough work to be in the middle of for a good while. */
const LONG = { ...PAPER, samples: 2000 };

let workers: WorkerBundle;
let engine: PathEngine;
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
});

describe('analyze', () => {
  it('gives what the same samples give in one thread, to the last bit, for 1 and 2 threads', async () => {
    const single = new PathEngine({ directory: workers.directory, threads: 1 });
    const plan = planOf(samplePath(4000));
    const expected = JSON.stringify([0, 1, 2, 3].map((seed) => runSampleIn('packed', plan, seed).result));
    for (const each of [single, engine]) {
      const { result } = await each.analyze(samplePath(4000), { ...PAPER, samples: 4 });
      expect(JSON.stringify(result.samples)).toBe(expected);
    }
    await single.dispose();
  });

  it('gives the same bits where weights are too many to wait for their samples', () => {
    const plan = planOf(samplePath(4000));
    const alone = {
      plan,
      drawn: null,
      settings: PAPER,
      seed: 2,
      packed: null,
      common: null,
      control: new SharedControl().buffer,
    };
    expect(jobs.sample(alone)).toEqual(runSampleIn('packed', plan, 2));
  });

  it('gives a valid result with the arrays of every sample', async () => {
    const { result, arrays } = await engine.analyze(samplePath(256), { ...PAPER, samples: 3, seed: 5 });
    expect(v.safeParse(analysisSchema, result).issues).toBeUndefined();
    expect(result.samples.map(({ seed }) => seed)).toEqual([5, 6, 7]);
    expect(result.checkpoint).toMatchObject({
      step: 256,
      architecture: 'gpt_neox',
      dtype: 'F16',
      parameters: 1255424,
    });
    expect(result.network).toMatchObject({ projections: 24, blocks: 6, sources: 960, edges: 49152 });
    for (const [i, { lnZ, nfd }] of arrays.entries()) {
      expect(lnZ.length).toBe(61 * result.samples[i]!.radii.length);
      expect(nfd.length).toBe(960);
    }
    expect(result.timing.bytesRead).toBeGreaterThan(49152 * 2);
    expect(result.timing.bytesRead).toBeLessThan(3 * 2519128);
  });

  it('refuses settings whose result is more than it may hold, before anything is read', async () => {
    const small = new PathEngine({ directory: workers.directory, threads: 1, mostResult: 2 ** 20 });
    try {
      const asked = small.analyze(samplePath(4000), { ...PAPER, samples: 1000 });
      await expect(asked).rejects.toMatchObject({
        data: {
          code: 'usage',
          subject: samplePath(4000),
          cause: expect.stringMatching(/^1000 samples .* the editor holds 1\u202fMB at most$/) as string,
        },
      });
      expect((await small.analyze(samplePath(4000), { ...PAPER, samples: 2 })).result.samples).toHaveLength(
        2,
      );
    } finally {
      await small.dispose();
    }
  });

  it('keeps analyses at once within one budget: those that do not fit wait, and give the same bits', async () => {
    const { memory } = await engine.estimate(samplePath(4000), PAPER);
    const budget = new MemoryBudget(() => 1.5 * memory);
    const shared = new PathEngine({ directory: workers.directory, threads: 2, memory: budget });
    const seen: number[] = [];
    const watch = { onProgress: () => seen.push(budget.free) };
    const steps = [0, 256, 1000, 4000];
    try {
      const asked = steps.map((step) => shared.analyze(samplePath(step), PAPER, watch));
      const results = await Promise.all(asked);
      const alone = await engine.analyze(samplePath(1000), PAPER);
      expect(results[2]!.result.samples).toEqual(alone.result.samples);
      expect(results.map(({ result }) => result.checkpoint.step)).toEqual(steps);
    } finally {
      await shared.dispose();
    }
    // Two do not fit together, so that no more than one has leased memory at any time.
    expect(Math.max(...seen)).toBeLessThanOrEqual(budget.limit() - memory / 2);
    expect(budget.free).toBe(budget.limit());
  });

  it('reports progress up to the last sample', async () => {
    const seen: AnalysisProgress[] = [];
    const { result } = await engine.analyze(
      samplePath(0),
      { ...PAPER, samples: 5 },
      { onProgress: (p) => seen.push(p) },
    );
    expect(seen[0]).toMatchObject({ done: 0, total: 5 });
    expect(seen.at(-1)).toEqual({ done: 5, total: 5, bytesRead: result.timing.bytesRead });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
  });

  it('says why there is nothing when no neuron survives the threshold', async () => {
    const { result } = await engine.analyze(samplePath(0), { ...PAPER, samples: 2, threshold: 2 });
    expect(result.summary).toMatchObject({ samplesKept: 0, samplesDropped: 2, alpha0: { mean: null } });
    expect(result.summary.reason).toMatchObject({
      code: 'samples-left-out',
      reasons: [{ code: 'too-few-edges', edges: 10 }],
    });
    expect(v.safeParse(analysisSchema, result).issues).toBeUndefined();
  });

  it('keeps an error of the worker whole: code, file, cause and next step', async () => {
    await expect(engine.analyze('/nowhere/model.safetensors', PAPER)).rejects.toMatchObject({
      data: { code: 'missing', subject: '/nowhere/model.safetensors' },
    });
  });

  it('reports a file that loses its end between header and values', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'neuromfa-'));
    cpSync(samplePath(0), folder, { recursive: true });
    truncateSync(join(folder, 'model.safetensors'), 1_000_000);
    await expect(engine.analyze(folder, PAPER)).rejects.toMatchObject({ data: { code: 'damaged' } });
    rmSync(folder, { recursive: true });
  });
});

describe('cancel', () => {
  it('ends the analysis long before its last sample, and leaves the pool usable', async () => {
    const controller = new AbortController();
    let samples = 0;
    const running = engine.analyze(samplePath(0), LONG, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        samples = done;
        if (done >= 3) controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    // What was in the workers' hands, or on its way from them.
    expect(samples).toBeLessThan(LONG.samples / 10);
    const { result } = await engine.analyze(samplePath(0), { ...PAPER, samples: 1 });
    expect(result.summary.samplesKept).toBe(1);
  });

  it('does not begin what was cancelled before', async () => {
    await expect(engine.analyze(samplePath(0), LONG, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('a worker that dies', () => {
  it('gives an error that names the job, and the pool recovers', async () => {
    // Dies on its first sample job, by a marker file that outlives it.
    const broken = await bundleWorkers(`
      const fs = require('node:fs'), marker = __dirname + '/died';
      module.exports = ({ name }) => {
        if (name === 'open') return { ok: true, value: { info: { bytes: 0 }, files: [], network: { projections: [] }, plan: { projections: [], draws: [] } } };
        if (name === 'sampleNeurons') return { ok: true, value: [[]] };
        if (!fs.existsSync(marker)) { fs.writeFileSync(marker, ''); process.exit(7); }
        return { ok: true, value: { checkpoint: {} } };
      };`);
    const fragile = new PathEngine({ directory: broken.directory, threads: 1 });
    await expect(fragile.analyze('/a/model.safetensors', { ...PAPER, samples: 1 })).rejects.toMatchObject({
      data: {
        code: 'worker-died',
        subject: '/a/model.safetensors (sample with seed 0)',
        cause: expect.stringContaining('sample') as string,
      },
    });
    await expect(fragile.describe('/a/model.safetensors')).resolves.toEqual({ checkpoint: {} });
    await fragile.dispose();
    broken.remove();
  });

  it("before anybody needs it is nobody's fault", async () => {
    const broken = await bundleWorkers(`
      module.exports = async ({ name }) => {
        if (name === 'warm') process.exit(7);
        await new Promise((go) => setTimeout(go, 200));
        return { ok: false, error: { code: 'missing', subject: '/a', cause: 'it is gone', nextStep: '' } };
      };`);
    const fragile = new PathEngine({ directory: broken.directory, threads: 2 });
    await expect(fragile.analyze('/a', PAPER)).rejects.toMatchObject({ data: { code: 'missing' } });
    await fragile.dispose();
    broken.remove();
  });

  it('does not hang when it stops answering: cancelling ends it', async () => {
    const stuck = await bundleWorkers(`
      module.exports = ({ name }) => {
        if (name === 'open') return { ok: true, value: { info: { bytes: 0 }, files: [], network: { projections: [] }, plan: { projections: [], draws: [] } } };
        if (name === 'describe') return { ok: true, value: 'alive' };
        if (name !== 'warm') require('node:fs').writeFileSync(__dirname + '/stuck', '');
        for (;;);
      };`);
    const frozen = new PathEngine({ directory: stuck.directory, threads: 1 });
    const controller = new AbortController();
    const running = frozen.analyze('/a/model.safetensors', PAPER, { signal: controller.signal });
    await eventually(() => {
      expect(existsSync(join(stuck.directory, 'stuck'))).toBe(true);
    });
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(frozen.describe('/a/model.safetensors')).resolves.toBe('alive');
    await frozen.dispose();
    stuck.remove();
  });
});
