/** Tensors with NaN and layers of zeros are named by both modes, and each weight is counted once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { sampleNetwork } from '../../../src/core/analysis/analyzeSample';
import { makeSettings } from '../../../src/core/analysis/settings';
import { analysisSchema, type AnalysisResult } from '../../../src/protocol/analysis';
import {
  llama,
  numbers,
  openModel,
  removeWritten,
  writeAdapter,
  writeModel,
  type Tensors,
} from '../support/adapters';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';

const UP = 'model.layers.1.mlp.up_proj.weight';
const Q = 'model.layers.0.self_attn.q_proj';

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
afterEach(removeWritten);

/** Every 7th value is NaN, and the next one infinite. */
function spoiled(tensors: Tensors, name: string): Tensors {
  const values = tensors[name]!.values.map((value, i) => [NaN, -Infinity][i % 7] ?? value);
  return { ...tensors, [name]: { ...tensors[name]!, values } };
}

function zeroed(tensors: Tensors, part: string): Tensors {
  const entries = Object.entries(tensors).map(([name, each]) => {
    return [name, name.includes(part) ? { ...each, values: each.values.map(() => 0) } : each] as const;
  });
  return Object.fromEntries(entries);
}

async function analyze(path: string, mode: 'sampled' | 'full', base?: string): Promise<AnalysisResult> {
  const settings = makeSettings({ mode, ...(mode === 'sampled' && { samples: 5, neurons: 12 }) });
  const { result } = await engine.analyze(path, settings, base === undefined ? {} : { base });
  expect(v.safeParse(analysisSchema, result).issues).toBeUndefined();
  return result;
}

describe('NaN and infinity', () => {
  it('are counted by tensor in the full network', async () => {
    const path = writeModel(spoiled(llama('BF16'), UP));
    const { nonFinite, samples, warnings, zero } = await analyze(path, 'full');
    const [count, of] = [Math.ceil((80 * 48) / 7) + Math.ceil((80 * 48 - 1) / 7), 80 * 48];
    expect(nonFinite).toEqual([{ tensor: UP, count, of }]);
    expect(samples[0]!.nonFinite).toBe(count);
    expect(warnings).toContainEqual({
      code: 'non-finite-tensors',
      weights: count,
      of,
      tensor: UP,
      from: null,
      more: 0,
    });
    expect(zero).toBeUndefined();
  });

  it('are counted once, however many samples take them', async () => {
    const tensors = spoiled(llama('BF16'), UP);
    const path = writeModel(tensors);
    const { nonFinite, samples } = await analyze(path, 'sampled');
    const { plan, network } = openModel(path, null);
    const at = network.projections.findIndex(({ parts }) => parts.some(({ tensor }) => tensor === UP));
    const first = plan.projections[at]!.parts.slice(
      0,
      network.projections[at]!.parts.findIndex(({ tensor }) => tensor === UP),
    ).reduce((sum, { rows }) => sum + rows, 0);
    const taken = new Set<number>();
    for (let seed = 0; seed < 5; seed++) {
      const { sources, targets } = sampleNetwork(plan, { neurons: 12, draws: 'scattered' }, seed)[at]!;
      for (const target of targets) {
        const row = target - first;
        if (row >= 0 && row < 80) for (const source of sources) taken.add(48 * row + source);
      }
    }
    const count = [...taken].filter((i) => !Number.isFinite(tensors[UP]!.values[i]!)).length;
    expect(nonFinite).toEqual([{ tensor: UP, count, of: taken.size }]);
    expect(samples.reduce((sum, sample) => sum + sample.nonFinite, 0)).toBeGreaterThan(count);
  });

  it.each(['sampled', 'full'] as const)('are found in the half of an adapter (%s)', async (mode) => {
    const half = `base_model.model.${Q}.lora_B.weight`;
    const halves = {
      [`base_model.model.${Q}.lora_A.weight`]: numbers(1, [4, 48]),
      [half]: numbers(2, [48, 4]),
    };
    halves[half].values.fill(NaN);
    const { nonFinite, warnings } = await analyze(writeAdapter(halves), mode, writeModel(llama()));
    expect(nonFinite).toHaveLength(1);
    expect(nonFinite![0]).toMatchObject({ tensor: `${Q}.weight`, from: [half] });
    expect(nonFinite![0]!.count).toBe(nonFinite![0]!.of);
    expect(warnings.find(({ code }) => code === 'non-finite-tensors')).toMatchObject({
      tensor: `${Q}.weight`,
      from: half,
    });
  });
});

describe.each(['sampled', 'full'] as const)('layers of zeros, %s', (mode) => {
  it('are named', async () => {
    const { zero, warnings, nonFinite } = await analyze(writeModel(zeroed(llama(), 'layers.1.')), mode);
    expect(zero!.length).toBeGreaterThan(2);
    expect(new Set(zero!.map(({ block }) => block))).toEqual(new Set([1]));
    expect(zero!.flatMap(({ tensors }) => tensors)).toContain('model.layers.1.self_attn.v_proj.weight');
    expect(warnings.find(({ code }) => code === 'zero-weights')).toMatchObject({
      projection: zero![0]!.projection,
      more: zero!.length - 1,
    });
    expect(nonFinite).toBeUndefined();
  });

  it('are not those whose weights are too small to be edges', async () => {
    const small = Object.entries(llama('F32')).map(([name, each]) => {
      return [name, { ...each, values: each.values.map((value) => 1e-6 * value) }] as const;
    });
    const { zero, summary } = await analyze(writeModel(Object.fromEntries(small)), mode);
    expect(summary.alpha0.mean).toBeNull();
    expect(zero).toBeUndefined();
  });
});
