/** Every format that is read by range is read so over the network: the same tensors, network and fingerprint as from the disk. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { run, type Ended } from './cli';
import { ggufFile } from '../unit/support/gguf';
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

/** The same in GGUF: Q8_0, 32 weights in 34 bytes that begin with their scale. */
function ggufNetwork(hidden: number): Buffer {
  const random = seeded(7);
  const tensors = neoxTensors(hidden, 1).map(({ name, shape }) => {
    const count = shape.reduce((product, side) => product * side, 1);
    if (shape.length === 1) {
      const ones = Float32Array.from({ length: count }, () => 1);
      return { name, shape, type: 0, bytes: new Uint8Array(ones.buffer) };
    }
    const bytes = Uint8Array.from({ length: (count / 32) * 34 }, () => Math.floor(256 * random()));
    // Scales from 2⁻⁶ to 2⁻⁵, as halves.
    for (let at = 1; at < bytes.length; at += 34) bytes[at] = 0x24 + (bytes[at]! & 3);
    return { name, shape, type: 8, bytes };
  });
  return ggufFile(tensors, { metadata: { 'general.architecture': ['text', 'gptneox'] } });
}

/** Lays out a network of decoded weights. @returns its path below `served` and on the Hub. */
const LAID: Record<string, () => string> = {
  'float8 with scales': () => {
    const written = writeCheckpoint(scaledNetwork(1024));
    cpSync(written.path, join(served, 'scaled'), { recursive: true });
    written.remove();
    return 'scaled';
  },
  GGUF: () => {
    mkdirSync(join(served, 'q8'), { recursive: true });
    writeFileSync(join(served, 'q8/model.gguf'), ggufNetwork(1024));
    return 'q8/model.gguf';
  },
};
const SAMPLES = ['--samples', '4'];
const WHOLE = ['--mode', 'full', '--yes'];

it.each([
  ['float8 with scales', 'samples', SAMPLES],
  ['float8 with scales', 'the whole network', WHOLE],
  ['GGUF', 'samples', SAMPLES],
  ['GGUF', 'the whole network', WHOLE],
])('weights that are decoded are asked for together, as is told before: %s, %s', async (kind, _, mode) => {
  const place = LAID[kind]!();
  hub.add('lab/decoded', 'main', served);
  const address = `hf://lab/decoded/${place}`;
  const words = [...mode, '--json', '--threads', '1'];
  const stores = ['disk', 'network'].map((name) => join(folder, `${name}-${caches}`)) as [string, string];
  const told = await asked('analyze', address, ...words, '--dry-run');
  const [price] = JSON.parse(told.stdout) as [{ bytes: number; requests: number }];
  hub.asked.length = 0;
  const remote = await asked('analyze', address, ...words, '--store', stores[1]);
  const disk = await asked('analyze', join(served, place), ...words, '--store', stores[0]);
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
