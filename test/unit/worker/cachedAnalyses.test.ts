/** A stored result is used again for exactly the bytes it came from. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import type { Analysis, AnalysisSettings } from '../../../src/protocol/analysis';
import { jobOf, type AnalysisJob } from '../../../src/protocol/subject';
import type { WeightKind } from '../../../src/protocol/weights';
import { CachedAnalyses, CachedResults } from '../../../src/worker/cachedAnalyses';
import { llama, removeWritten, writeModel } from '../support/adapters';
import { PAPER } from '../support/analyze';
import { bundleWorkers, PathEngine, subjectAt, type WorkerBundle } from '../support/engine';
import { randomBits } from '../support/weights';

const MODES: [string, AnalysisSettings][] = [
  ['sampled', { ...PAPER, samples: 2, neurons: 8 }],
  ['full', { ...PAPER, mode: 'full', samples: 1, neurons: 0 }],
];

let workers: WorkerBundle;
let engine: PathEngine;
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-cached-'));
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  removeWritten();
  rmSync(folder, { recursive: true });
});

let stores = 0;
let store: ResultStore;
let cached: CachedAnalyses;
/** What the last analysis did. */
let computed: boolean;
beforeEach(async () => {
  store = await ResultStore.open(join(folder, `store${stores++}`), () => undefined);
  cached = new CachedAnalyses(engine.engine, store, (_, error) => {
    throw error;
  });
});

function job(path: string, settings: AnalysisSettings, kind: WeightKind = 'stored'): AnalysisJob {
  return jobOf(subjectAt(path, { kind }), settings);
}

async function analyze(path: string, settings: AnalysisSettings): Promise<Analysis> {
  computed = false;
  return cached.analyze(job(path, settings), { onCompute: () => (computed = true) });
}

let copies = 0;
function copyOf(path: string): string {
  const copy = join(folder, `copy${copies++}`);
  cpSync(path, copy, { recursive: true });
  return copy;
}

const fileOf = (path: string): string => join(path, 'model.safetensors');

/** A model of 2.6 MB, so that most of its bytes are in no fingerprinted block, and one that differs in one matrix. */
function twins(): [string, string] {
  const matrices = Object.fromEntries(
    Object.entries(llama('F32')).map(([name, each]) => {
      const shape = each.shape.map((size) => 4 * size);
      const bits = randomBits(new Mt19937(name.length), 'F16', shape[0]! * shape[1]!);
      const values = Float64Array.from(new Uint16Array(bits.buffer), (half) => ((half % 2001) - 1000) / 4000);
      return [name, { shape, values, dtype: 'F32' as const }];
    }),
  );
  const one = writeModel(matrices);
  const other = copyOf(one);
  const bytes = readFileSync(fileOf(other));
  const fingerprinted = (at: number): boolean =>
    Array.from({ length: 64 }, (_, block) => Math.floor((block * (bytes.length - 4096)) / 63)).some(
      (from) => at >= from && at < from + 4096,
    );
  // Signs and exponents of all weights beyond the header and the blocks.
  const header = 8 + Number(bytes.readBigUInt64LE());
  for (let at = header + ((3 - (header % 4) + 4) % 4); at < bytes.length; at += 4) {
    if (!fingerprinted(at)) bytes[at]! ^= 2;
  }
  writeFileSync(fileOf(other), bytes);
  return [one, other];
}

describe.each(MODES)('a stored result of a %s network', (_, settings) => {
  it('is not that of another checkpoint with the same fingerprint; both are kept', async () => {
    const [one, other] = twins();
    const first = await analyze(one, settings);
    const second = await analyze(other, settings);
    expect(computed).toBe(true);
    expect(second.result.checkpoint.fingerprint).toBe(first.result.checkpoint.fingerprint);
    expect(second.result.summary.alpha0.mean).not.toBe(first.result.summary.alpha0.mean);
    for (const [path, { result }] of [
      [one, first],
      [other, second],
    ] as const) {
      const again = await analyze(path, settings);
      expect(computed).toBe(false);
      expect(again.result.samples).toEqual(result.samples);
      expect((await cached.recall(job(path, settings)))?.result.samples).toEqual(result.samples);
    }
  });

  it('is that of a copy, which is looked at once and known from then on', async () => {
    const [one] = twins();
    const first = await analyze(one, settings);
    const copy = copyOf(one);
    expect(await cached.recall(job(copy, settings))).toBeNull();
    const again = await analyze(copy, settings);
    expect(computed).toBe(false);
    expect(again.result.samples).toEqual(first.result.samples);
    expect(again.result.checkpoint.path).toBe(fileOf(copy));
    for (const path of [one, copy]) expect(await cached.recall(job(path, settings))).not.toBeNull();
  });

  it('is not that of the same file with other bytes, though size and time are the same', async () => {
    const [one, other] = twins();
    await analyze(one, settings);
    const { atime, mtime } = statSync(fileOf(one));
    writeFileSync(fileOf(one), readFileSync(fileOf(other)));
    utimesSync(fileOf(one), atime, mtime);
    expect(await cached.recall(job(one, settings))).toBeNull();
    await analyze(one, settings);
    expect(computed).toBe(true);
  });

  it('is the same result for those who want no arrays, whether it was computed for them or not', async () => {
    const [one] = twins();
    const results = new CachedResults(engine.engine, store, () => undefined);
    const first = await results.analyze(job(one, settings));
    expect(first).not.toHaveProperty('arrays');
    const whole = await cached.recall(job(one, settings));
    expect(whole?.arrays).toHaveLength(first.result.samples.length);
    expect(whole?.result.samples).toEqual(first.result.samples);
    expect(await results.recall(job(one, settings))).toEqual({ result: whole?.result });
  });

  it('is that of a file that was only touched', async () => {
    const [one] = twins();
    await analyze(one, settings);
    utimesSync(fileOf(one), new Date(), new Date(0));
    expect(await cached.recall(job(one, settings))).toBeNull();
    await analyze(one, settings);
    expect(computed).toBe(false);
    expect(await cached.recall(job(one, settings))).not.toBeNull();
  });

  it('is not that of the same weights with another configuration', async () => {
    const [one] = twins();
    await analyze(one, settings);
    writeFileSync(join(one, 'config.json'), JSON.stringify({ model_type: 'llama', num_attention_heads: 4 }));
    expect(await cached.recall(job(one, settings))).toBeNull();
    await analyze(one, settings);
    expect(computed).toBe(true);
  });
});

it('of drawn weights is that of any checkpoint with the same fingerprint of what is drawn', async () => {
  const [one] = twins();
  writeFileSync(join(one, 'config.json'), JSON.stringify({ model_type: 'llama', initializer_range: 0.02 }));
  const settings = MODES[0]![1];
  const first = await cached.analyze(job(one, settings, 'init'));
  const copy = await cached.recall(job(copyOf(one), settings, 'init'));
  expect(copy?.result.samples).toEqual(first.result.samples);
});

it('that cannot be recognized is computed again, and cancelling ends the looking', async () => {
  const [one] = twins();
  const settings = MODES[1]![1];
  await analyze(one, settings);
  const stop = new AbortController();
  const copy = copyOf(one);
  await expect(
    cached.analyze(job(copy, settings), {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    }),
  ).rejects.toMatchObject({ code: 'cancelled' });
});
