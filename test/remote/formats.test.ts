/** Every format that is read by range is read so over the network: the same tensors, network and fingerprint as from the disk. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';
import { neoxTensors } from '../unit/support/neox';
import { seeded } from '../unit/support/quantized';
import { writeCheckpoint, type TensorToWrite } from '../unit/support/writeCheckpoint';
import { Hub } from './hub';
import { storedResults } from './sameResults';

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

/** A network of one block whose weights are float8 with a scale for each row: 12 MB, of which samples take scattered rows. */
function scaledNetwork(hidden: number): TensorToWrite[] {
  const random = seeded(7);
  const floats = (count: number, bytes: number): Uint8Array =>
    bytes === 1
      ? // Small numbers of float8: no NaN.
        Uint8Array.from(
          { length: count },
          () => 0x28 + Math.floor(random() * 24) + (random() < 0.5 ? 128 : 0),
        )
      : new Uint8Array(Float32Array.from({ length: count }, () => 0.01 + random()).buffer);
  return neoxTensors(hidden, 1).flatMap(({ name, shape }): TensorToWrite[] => {
    const [rows = 1, columns] = shape;
    if (columns === undefined || name.includes('embed'))
      return [{ name, dtype: 'F32', shape, bytes: floats(rows * (columns ?? 1), 4) }];
    const scale = { name: `${name}_scale`, dtype: 'F32', shape: [rows, 1], bytes: floats(rows, 4) };
    return [{ name, dtype: 'F8_E4M3', shape, bytes: floats(rows * columns, 1) }, scale];
  });
}

it('rows of weights that are decoded are asked for together, as is told before', async () => {
  const written = writeCheckpoint(scaledNetwork(1024));
  const { path } = written;
  hub.add('lab/scaled', 'main', path);
  const words = ['--samples', '4', '--json', '--threads', '1'];
  const stores = [join(folder, 'disk'), join(folder, 'network')] as const;
  const told = await asked('analyze', 'hf://lab/scaled', ...words.slice(0, 3), '--dry-run');
  const [price] = JSON.parse(told.stdout) as [{ bytes: number; requests: number }];
  hub.asked.length = 0;
  const remote = await asked('analyze', 'hf://lab/scaled', ...words, '--store', stores[1]);
  const disk = await asked('analyze', path, ...words, '--store', stores[0]);
  written.remove();
  expect([remote.status, disk.status], remote.stderr + disk.stderr).toEqual([0, 0]);
  expect(storedResults(stores[1])).toEqual(storedResults(stores[0]));
  // 64 of them are of the fingerprint.
  expect(hub.ranges.length).toBeLessThan(100);
  const sent = hub.asked.reduce((sum, each) => sum + each.sent, 0);
  for (const share of [sent / price.bytes, hub.asked.length / price.requests]) {
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1.1);
  }
});
