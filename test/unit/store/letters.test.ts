/** A result from the store reads as it did when it was computed, letter by letter: exports and reports are the same. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { makeSubset } from '../../../src/core/network/subset';
import { ResultStore } from '../../../src/core/store/resultStore';
import { writeResults } from '../../../src/core/store/resultsFile';
import type { Analysis } from '../../../src/protocol/analysis';
import { llama, numbers, removeWritten, writeAdapter, writeModel } from '../support/adapters';
import { samplePath } from '../support/analyze';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { SOURCE } from '../support/analysis';

const KEY = 'ab'.repeat(32);
const directory = mkdtempSync(join(tmpdir(), 'letters-'));
let workers: WorkerBundle;
let engine: PathEngine;
let store: ResultStore;

beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
  store = await ResultStore.open(directory, (line) => {
    throw new Error(line);
  });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  rmSync(directory, { recursive: true });
  removeWritten();
});

const sample = samplePath(256);
const few = { samples: 2, neurons: 8 };
const CASES: [string, () => Promise<Analysis>][] = [
  ['samples', () => engine.analyze(sample, makeSettings(few))],
  ['scale-free samples', () => engine.analyze(sample, makeSettings({ scaleFree: true, ...few }))],
  ['the full network', () => engine.analyze(sample, makeSettings({ mode: 'full' }))],
  [
    'a part',
    () =>
      engine.analyze(sample, {
        ...makeSettings(few),
        subset: makeSubset({ roles: ['mlp'], blocks: ['0-2'], include: [], exclude: ['*4h_to_h*'] }),
      }),
  ],
  ['samples without a spectrum', () => engine.analyze(sample, makeSettings({ ...few, threshold: 1.5 }))],
  ['weights that were drawn', () => engine.analyze(sample, makeSettings(few), { kind: 'init' })],
  ['Gaussian weights', () => engine.analyze(sample, makeSettings(few), { kind: 'gaussian' })],
  [
    'an adapter on its base',
    () => {
      const name = 'base_model.model.model.layers.0.self_attn.q_proj';
      const adapter = {
        [`${name}.lora_A.weight`]: numbers(1, [4, 48], 'F16'),
        [`${name}.lora_B.weight`]: numbers(2, [48, 4], 'F16'),
      };
      const base = writeModel(llama());
      return engine.analyze(writeAdapter(adapter), makeSettings(few), { base });
    },
  ],
];

/** The whole texts are too long to be shown. */
function expectSameLetters(text: string, expected: string): void {
  let at = 0;
  while (at < expected.length && text[at] === expected[at]) at++;
  expect(text.slice(at, at + 100)).toBe(expected.slice(at, at + 100));
}

it.each(CASES)('%s', async (_, analyze) => {
  const cold = await analyze();
  await store.put(KEY, cold, SOURCE);
  const { analysis: warm } = (await store.get(KEY))!;
  expectSameLetters(JSON.stringify(warm.result), JSON.stringify(cold.result));
  const [before, after] = [cold, warm].map(({ result }) =>
    writeResults({
      run: { name: 'r', path: '/r', orderedBy: 'step' },
      checkpoints: [{ name: 'c', step: null, result }],
      initial: result,
    }),
  );
  expectSameLetters(after!, before!);
  expect(warm.arrays).toEqual(cold.arrays.map(({ lnZ, nfd }) => ({ lnZ: lnZ.slice(), nfd: nfd.slice() })));
});
