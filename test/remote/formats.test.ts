/** Every format that is read by range is read so over the network: the same tensors, network and fingerprint as from the disk. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';
import { Hub } from './hub';

const FIXTURES = join(ROOT, 'test/fixtures/formats');
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-remote-formats-'));
const served = join(folder, 'served');
let cli: string;
let hub: Hub;
let caches = 0;

beforeAll(async () => {
  for (const name of ['gguf', 'torch', 'dcp', 'zero3'])
    cpSync(join(FIXTURES, name), join(served, name), { recursive: true });
  mkdirSync(join(served, 'alone'));
  copyFileSync(
    join(ROOT, 'samples/neox-1m/step64/model.safetensors'),
    join(served, 'alone/other.safetensors'),
  );
  hub = await Hub.start();
  hub.add('lab/formats', 'main', served);
  cli = await bundleCli(join(folder, 'program'));
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const asked = (...words: string[]): Promise<Ended> =>
  run(cli, words, { HF_ENDPOINT: hub.origin, XDG_CACHE_HOME: join(folder, `cache-${caches++}`) });

/** Without what says where it lies. */
function content({ stdout, stderr }: Ended): unknown {
  const told = JSON.parse(stdout) as {
    checkpoint: Record<string, unknown>;
    fault: { subject?: string } | null;
  };
  const { path: _path, name: _name, step: _step, ...checkpoint } = told.checkpoint;
  const fault = told.fault && { ...told.fault, subject: '' };
  return { ...told, checkpoint, fault, stderr: stderr.replaceAll(served, 'hf://lab/formats') };
}

it.each([
  'alone',
  'alone/other.safetensors',
  'gguf/tiny.gguf',
  'gguf/tiny-00001-of-00002.gguf',
  'torch/views.pt',
  'torch/views-before-1.6.pt',
  'torch/types.pt',
  'torch/whole-model.pt',
  'dcp',
  'zero3',
])('%s', async (path) => {
  const [local, remote] = await Promise.all([
    asked('inspect', join(served, path), '--json'),
    asked('inspect', `hf://lab/formats/${path}`, '--json'),
  ]);
  expect([remote.status, remote.stderr.replaceAll('hf://lab/formats', served)]).toEqual([
    local.status,
    local.stderr,
  ]);
  if (local.status === 0) expect(content(remote)).toEqual(content(local));
  if (local.status === 0) return;
  // What is refused on the disk is refused in the same words.
  expect(local.stderr).not.toBe('');
});

it('what is no checkpoint is refused by what it is', async () => {
  const ended = await asked('analyze', 'hf://lab/formats/torch');
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain('hf://lab/formats/torch: several checkpoints are in this folder');
  const nothing = await asked('analyze', 'hf://lab/formats/nothing.safetensors', 'hf://lab/none');
  expect(nothing.stderr).toContain('hf://lab/formats/nothing.safetensors: ');
  expect(nothing.stderr).toContain('the Hub has no such model that everybody may read');
  expect(nothing.status).toBe(1);
});
