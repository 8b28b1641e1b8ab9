/** A checkpoint that changes while it is read gives an error, and its bytes are known again wherever they lie. */
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { NeuroMfaError } from '../../../src/protocol/errors';
import type { SourcedAnalysis } from '../../../src/worker/executor';
import { MemoryBudget } from '../../../src/worker/memoryBudget';
import { llama, numbers, removeWritten, writeAdapter, writeModel } from '../support/adapters';
import { PAPER, samplePath } from '../support/analyze';
import { bundleWorkers, PathEngine, type PathOptions, type WorkerBundle } from '../support/engine';

const SAMPLED: AnalysisSettings = { ...PAPER, samples: 3 };
const FULL: AnalysisSettings = { ...PAPER, mode: 'full', samples: 1, neurons: 0 };
const MODES = [
  ['sampled', SAMPLED],
  ['full', FULL],
] as const;

let workers: WorkerBundle;
let engine: PathEngine;
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-identity-'));
let copies = 0;

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

/** A copy of a checkpoint of the sample run. */
function copyOf(step: number): string {
  const path = join(folder, `copy${copies++}`);
  cpSync(samplePath(step), path, { recursive: true });
  return path;
}

const weights = (path: string): string => join(path, 'model.safetensors');

/** Analyzes, and does something once the analysis has begun to read weights. */
async function disturbed(
  path: string,
  settings: AnalysisSettings,
  disturb: () => void,
  options: PathOptions = {},
): Promise<SourcedAnalysis> {
  let begun = false;
  return engine.analyze(path, settings, {
    ...options,
    onProgress: () => {
      if (!begun) disturb();
      begun = true;
    },
  });
}

const CHANGED = /changed while it was read/;

describe.each(MODES)('while a %s network is read', (_, settings) => {
  it.each<[string, (path: string) => void]>([
    [
      'its file is replaced by one of the same size',
      (path) => {
        const other = copyOf(4000);
        renameSync(weights(other), weights(path));
      },
    ],
    [
      'its file is written anew in place',
      (path) => {
        writeFileSync(weights(path), readFileSync(weights(samplePath(4000))));
      },
    ],
    [
      'its file is replaced by a copy of itself',
      (path) => {
        renameSync(weights(copyOf(0)), weights(path));
      },
    ],
    [
      'its configuration is written anew',
      (path) => {
        writeFileSync(join(path, 'config.json'), '{}');
      },
    ],
    [
      'its configuration is removed',
      (path) => {
        unlinkSync(join(path, 'config.json'));
      },
    ],
  ])('%s: there is no number', async (_what, disturb) => {
    const path = copyOf(0);
    await expect(
      disturbed(path, settings, () => {
        disturb(path);
      }),
    ).rejects.toThrow(CHANGED);
  });

  it('nothing happens to it: there is a number', async () => {
    const { result } = await disturbed(copyOf(0), settings, () => undefined);
    expect(result.summary.alpha0.mean).not.toBeNull();
  });

  it.each(['base', 'adapter', 'adapter_config'] as const)('%s of an adapter is replaced', async (which) => {
    const base = writeModel(llama());
    const layer = 'base_model.model.model.layers.0.mlp.up_proj';
    const adapter = writeAdapter({
      [`${layer}.lora_A.weight`]: numbers(1, [4, 48]),
      [`${layer}.lora_B.weight`]: numbers(2, [80, 4]),
    });
    const file = {
      base: join(base, 'model.safetensors'),
      adapter: join(adapter, 'adapter_model.safetensors'),
      adapter_config: join(adapter, 'adapter_config.json'),
    }[which];
    const spoil = (): void => {
      const bytes = readFileSync(file);
      writeFileSync(`${file}.new`, bytes);
      renameSync(`${file}.new`, file);
    };
    await expect(disturbed(adapter, settings, spoil, { base })).rejects.toThrow(CHANGED);
  });
});

/** By hand, more: the swaps of the attack were 30. */
const SWAPS = Number(process.env['NEUROMFA_SWAPS'] ?? 8);

describe.each(MODES)('a %s network whose file is swapped at any time', (_, settings) => {
  it('gives an error, or the number of the one file or the other', { timeout: 600_000 }, async () => {
    const [a, b] = [copyOf(0), copyOf(4000)];
    const alpha0 = new Map<string, number>();
    let duration = 0;
    for (const path of [a, b]) {
      const { result } = await engine.analyze(path, settings);
      alpha0.set(result.checkpoint.fingerprint, result.summary.alpha0.mean!);
      duration = Math.max(duration, result.timing.wall);
    }
    const random = new Mt19937(settings.samples);
    for (let swap = 0; swap < SWAPS; swap++) {
      const path = copyOf(0);
      renameSync(weights(copyOf(4000)), join(path, 'next'));
      const analyzing = engine.analyze(path, settings).catch((error: unknown) => error);
      await delay((random.uint32() / 2 ** 32) * 1.2 * duration);
      renameSync(join(path, 'next'), weights(path));
      const outcome = await analyzing;
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(NeuroMfaError);
        expect(outcome.message).toMatch(CHANGED);
      } else {
        const { fingerprint } = (outcome as SourcedAnalysis).result.checkpoint;
        expect((outcome as SourcedAnalysis).result.summary.alpha0.mean).toBe(alpha0.get(fingerprint));
      }
    }
  });
});

describe.each(MODES)('the source of a result of a %s network', (_, settings) => {
  it('is the same for the same files, however they are read, and when they are recognized', async () => {
    const path = copyOf(256);
    const single = new PathEngine({ directory: workers.directory, threads: 1 });
    const narrow = new PathEngine({
      directory: workers.directory,
      threads: 2,
      memory: new MemoryBudget(() => 140 * 2 ** 20),
    });
    try {
      const { source } = await engine.analyze(path, settings);
      expect(source.state).toMatch(/^[0-9a-f]{64}$/);
      expect(source.digest).toMatch(/^[0-9a-f]{64}$/);
      for (const each of [single, narrow])
        expect((await each.analyze(path, settings)).source).toEqual(source);
      expect(await engine.recognize(path, settings)).toEqual(source);
      expect((await engine.describe(path)).state).toBe(source.state);
    } finally {
      await Promise.all([single.dispose(), narrow.dispose()]);
    }
  });

  it('has another state for a copy and for a file that was touched, but the same digest', async () => {
    const [path, copy] = [copyOf(256), copyOf(256)];
    const { source } = await engine.analyze(path, settings);
    const ofCopy = await engine.recognize(copy, settings);
    expect(ofCopy.digest).toBe(source.digest);
    expect(ofCopy.state).not.toBe(source.state);
    utimesSync(weights(path), new Date(), new Date(0));
    const touched = await engine.recognize(path, settings);
    expect(touched.digest).toBe(source.digest);
    expect(touched.state).not.toBe(source.state);
  });

  it('has another digest for other weights, and for another configuration', async () => {
    const path = copyOf(256);
    const { digest } = await engine.recognize(path, settings);
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, rotary_pct: 0.125 }));
    const configured = await engine.recognize(path, settings);
    expect(configured.digest).not.toBe(digest);
    const bytes = readFileSync(weights(path));
    // Every weight of the last matrix that is analyzed.
    for (let at = bytes.length - 40_000; at < bytes.length; at++) bytes[at]! ^= 0x40;
    writeFileSync(weights(path), bytes);
    expect((await engine.recognize(path, settings)).digest).not.toBe(configured.digest);
  });
});

it('a result of drawn weights depends on no file, and one of Gaussian weights on moments', async () => {
  const path = copyOf(0);
  const drawn = await engine.analyze(path, SAMPLED, { kind: 'init' });
  expect(drawn.source.state).toBeNull();
  expect((await engine.describe(path, { kind: 'init' })).state).toBeNull();
  const gaussian = await engine.analyze(path, SAMPLED, { kind: 'gaussian' });
  expect(await engine.recognize(path, SAMPLED, { kind: 'gaussian' })).toEqual(gaussian.source);
  const other = await engine.recognize(copyOf(4000), SAMPLED, { kind: 'gaussian' });
  expect(other.digest).not.toBe(gaussian.source.digest);
});
