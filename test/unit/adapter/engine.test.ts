/** Low-rank adapters through the engine: sampled and full networks, their results, inspections and step 0. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { PlannedPart } from '../../../src/core/analysis/plan';
import { workload } from '../../../src/core/analysis/workload';
import { analysisSchema, type AnalysisResult } from '../../../src/protocol/analysis';
import {
  llama,
  mergedValues,
  numbers,
  openModel,
  removeWritten,
  writeAdapter,
  writeModel,
  type Tensors,
} from '../support/adapters';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';

const LAYER = 'model.layers.0.self_attn.q_proj';
const [A, B] = [numbers(1, [4, 48], 'BF16'), numbers(2, [48, 4], 'BF16')];
const HALVES: Tensors = {
  [`base_model.model.${LAYER}.lora_A.weight`]: A,
  [`base_model.model.${LAYER}.lora_B.weight`]: B,
};
const SAMPLED = makeSettings({ samples: 3 });
const FULL = makeSettings({ mode: 'full' });

let workers: WorkerBundle;
let engines: PathEngine[];
let paths: Record<'adapter' | 'base' | 'merged' | 'update', string>;

beforeAll(async () => {
  workers = await bundleWorkers();
  const { directory } = workers;
  engines = [new PathEngine({ directory, threads: 2 }), new PathEngine({ directory, threads: 1 })];
  const base = llama();
  const merged = { ...base, [`${LAYER}.weight`]: mergedValues(base[`${LAYER}.weight`]!, A, B, 2) };
  paths = {
    adapter: writeAdapter(HALVES),
    base: writeModel(base),
    merged: writeModel(merged),
    update: writeModel({ [`net.0.${LAYER}.weight`]: mergedValues(null, A, B, 2) }),
  };
});
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
  workers.remove();
  removeWritten();
});

/** The numbers of a result, without what tells where they come from. */
function figures({ samples, summary, perProjection, bootstrap }: AnalysisResult): unknown {
  return { samples, summary, perProjection, bootstrap };
}

describe.each([
  ['sampled', SAMPLED],
  ['sampled, relative to the median', { ...SAMPLED, scaleFree: 'network' as const }],
  ['full', FULL],
  ['full, relative to the median', { ...FULL, scaleFree: 'network' as const }],
])('%s', (_, settings) => {
  it('an adapter with its base has the numbers of the merged model, with any number of threads', async () => {
    const { adapter, base, merged } = paths;
    for (const engine of engines) {
      const made = await engine.analyze(adapter, settings, { base });
      const whole = await engine.analyze(merged, settings);
      expect(v.safeParse(analysisSchema, made.result).issues).toBeUndefined();
      expect(figures(made.result)).toEqual(figures(whole.result));
      expect(made.arrays).toEqual(whole.arrays);
      expect(made.result.summary.alpha0.mean).toBeGreaterThan(0);
      const bare = await engine.analyze(base, settings, { base });
      expect(figures(bare.result)).not.toEqual(figures(made.result));
    }
  });
});

it('an adapter alone has the numbers of its update, and says that they are no more', async () => {
  const [engine] = engines as [PathEngine];
  const settings = makeSettings({ mode: 'full', threshold: 250 });
  const { result } = await engine.analyze(paths.adapter, settings, { base: null });
  const { result: update } = await engine.analyze(paths.update, settings);
  expect(result.samples).toEqual(update.samples);
  expect(result.summary.alpha0.mean).toBeGreaterThan(0);
  expect(result.warnings).toContainEqual({ code: 'adapter-alone' });
  expect(result.checkpoint).toMatchObject({
    architecture: 'lora',
    dtype: 'BF16',
    parameters: 2 * 4 * 48,
    adapter: { updates: 1, rank: [4, 4], scale: [2, 2], base: null, baseName: null },
  });
});

it('a result tells the base, and counts its parameters', async () => {
  const [engine] = engines as [PathEngine];
  const { adapter, base } = paths;
  const { checkpoint: own } = await engine.inspect(base);
  const { result } = await engine.analyze(adapter, SAMPLED, { base });
  expect(result.warnings.filter(({ code }) => code.startsWith('adapter'))).toEqual([]);
  expect(result.checkpoint).toMatchObject({
    architecture: 'llama',
    dtype: 'F16',
    parameters: own.parameters,
    adapter: { base: { path: own.path, name: own.name, fingerprint: own.fingerprint } },
  });
  expect(result.checkpoint.bytes).toBeGreaterThan(own.bytes);
  const unscaled = await engine.analyze(writeAdapter(HALVES, { config: null }), SAMPLED, { base });
  expect(unscaled.result.warnings).toContainEqual({ code: 'adapter-scale-unknown', based: true });
});

it('estimates what is read, and holds one half of an update in memory', async () => {
  const [engine] = engines as [PathEngine];
  const { adapter, base } = paths;
  const [made, bare] = [
    await engine.estimate(adapter, FULL, { base }),
    await engine.estimate(base, FULL, { base }),
  ];
  // Both halves, of which one is read by each part that it changes.
  expect(made.bytes - bare.bytes).toBe(2 * 4 * 48 * 2);
  const { plan } = openModel(adapter, base);
  // The same weights, had they been stored.
  const stored = (part: PlannedPart): PlannedPart =>
    part.weights.kind === 'stored'
      ? part
      : { ...part, weights: { kind: 'stored', file: { path: '', stamp: null }, offset: 0 } };
  const projections = plan.projections.map((each) => ({ ...each, parts: each.parts.map(stored) }));
  const without = { ...plan, projections };
  const bytes = (mode: typeof FULL) =>
    workload(plan, mode, 1).workerBytes - workload(without, mode, 1).workerBytes;
  expect(bytes(FULL)).toBe(8 * 4 * 48);
  expect(bytes(SAMPLED)).toBe(8 * 4 * 48);
});

it('inspection lists the tensors of both files, halves with the projection that they change', async () => {
  const [engine] = engines as [PathEngine];
  const { adapter, base } = paths;
  const halves = Object.keys(HALVES);
  const inspection = await engine.inspect(adapter, { base });
  const stored = (await engine.inspect(base)).tensors;
  expect(inspection.tensors.map(({ name }) => name)).toEqual([...halves, ...stored.map(({ name }) => name)]);
  expect(inspection.projections[0]!.tensors.slice(0, 3)).toEqual([`${LAYER}.weight`, ...halves]);
  const alone = await engine.inspect(adapter, { base: null });
  expect(alone.projections.map(({ tensors }) => tensors)).toEqual([halves]);
  expect(alone.skipped).toEqual([]);
});

it('inspection shows an adapter that cannot be analyzed, and why; a base that is not there is an error', async () => {
  const [engine] = engines as [PathEngine];
  const path = writeAdapter(HALVES, { config: { use_dora: true } });
  const inspection = await engine.inspect(path);
  expect(inspection.fault?.cause).toMatch(/DoRA/);
  expect(inspection.tensors).toHaveLength(2);
  expect(inspection.skipped).toHaveLength(2);
  await expect(engine.analyze(path, SAMPLED)).rejects.toThrow(/DoRA/);
  await expect(engine.inspect(paths.adapter, { base: '/no/such' })).rejects.toThrow(/no such file/);
});

it('step 0 of an adapter is that of its base; alone it has none', async () => {
  const [engine] = engines as [PathEngine];
  const { adapter, base } = paths;
  const initial = await engine.describe(adapter, { kind: 'init', base });
  expect(initial).toEqual(await engine.describe(base, { kind: 'init' }));
  expect(initial.checkpoint.weights).toEqual({
    kind: 'init',
    source: expect.stringContaining('modeling_llama') as string,
  });
  await expect(engine.describe(adapter, { kind: 'init', base: null })).rejects.toThrow(/0 before training/);
});
