/** What is announced is kept: the memory of whole processes, measured. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { uniform } from '../../../src/core/stats/normal';
import { bundleCli } from '../support/bundleCli';
import { samplePath } from '../support/analyze';
import { writeCheckpoint, type TensorToWrite, type Written } from '../support/writeCheckpoint';

const MB = 2 ** 20;
/** What the program takes besides, as docs/cli.md says, and some more on other machines. */
const PROGRAM = 100 * MB + 64 * MB;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-peak-'));
const cli = join(folder, 'cli.js');
const peak = join(folder, 'peak');
const preload = join(folder, 'preload.cjs');
let spread: Written;

beforeAll(async () => {
  await bundleCli(folder);
  // In kB, of all threads.
  writeFileSync(
    preload,
    `process.on('exit', () => { if (require('node:worker_threads').isMainThread)
      require('node:fs').writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)); });`,
  );
  spread = spreadLengths(20_000);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  spread.remove();
});

/** Edge lengths evenly from 1 to `longest`: as many radii occur as there may be. */
function spreadLengths(longest: number): Written {
  const random = new Mt19937(3);
  const shapes = {
    'attention.query_key_value': [384, 128],
    'attention.dense': [128, 128],
    'mlp.dense_h_to_4h': [512, 128],
    'mlp.dense_4h_to_h': [128, 512],
  };
  const tensors = [0, 1, 2, 3].flatMap((block) =>
    Object.entries(shapes).map(([name, shape]): TensorToWrite => {
      const values = new Float32Array(shape[0]! * shape[1]!);
      for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + uniform(random) * (longest - 1));
      const bytes = new Uint8Array(values.buffer);
      return { name: `gpt_neox.layers.${block}.${name}.weight`, dtype: 'F32', shape, bytes };
    }),
  );
  return writeCheckpoint(tensors, { model_type: 'gpt_neox', num_attention_heads: 4 });
}

function run(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', preload, cli, ...words], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

it.each<[string, () => string, string[]]>([
  [
    'samples of many radii',
    () => spread.path,
    ['--threshold', '20000', '--q-step', '0.03', '--samples', '8'],
  ],
  ['many samples', () => samplePath(0), ['--samples', '300', '--q-step', '0.02']],
  ['a full network with many orders', () => samplePath(0), ['--mode', 'full', '--q-step', '0.012']],
])(
  'an analysis of %s takes no more memory than was announced',
  (_, path, settings) => {
    const words = ['analyze', path(), ...settings, '--threads', '2', '--json'];
    const [{ memory }] = JSON.parse(run([...words, '--dry-run'])) as [{ memory: number }];
    run(words);
    const taken = 1024 * Number(readFileSync(peak, 'utf8'));
    expect(taken).toBeLessThan(memory + PROGRAM);
  },
  300_000,
);

it('settings whose result does not fit are refused with the settings and the number', () => {
  const words = ['--threshold', '20000', '--q-step', '0.006', '--samples', '180', '--memory', '2048'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'analyze', samplePath(0), ...words], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /180 samples of 32 neurons per layer, 1001 moment orders \(qMin, qMax, qStep\), up to 20000 radii \(threshold\) need up to 30,\d{3}\u202fMB of memory with one worker, .* and 2,048\u202fMB are allowed\. Allow more \(neuromfa\.workers\.memory, --memory\), lower samples/,
  );
});
