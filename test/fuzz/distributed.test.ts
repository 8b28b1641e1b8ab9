/**
 * Checkpoints in the files of several processes (PyTorch's distributed ones, and those of DeepSpeed ZeRO-3) in which bytes, or
 * what is said of pieces and shares, are changed at random: tensors that can be read, or a refusal.
 */
import { afterAll, expect } from 'vitest';
import { DTYPE_BITS } from '../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { openFiles } from '../unit/checkpoint/build';
import { cutAlong, dcpFiles, type DcpTensor, type Tile } from '../unit/support/dcpFiles';
import { Items, type Pickled } from '../unit/support/torchFiles';
import { zeroFiles } from '../unit/support/zeroFiles';
import { mutateSome } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
const ENTRIES = ['.metadata', 'zero_pp_rank_0_mp_rank_00_model_states.pt'] as const;
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

/** Larger tensors than any that is written are made by changes alone: their values are not read. */
const MAX_ELEMENTS = 100_000;

type Input = Record<string, Uint8Array>;

function make(random: Random): Input {
  const written = random.chance(0.5) ? distributed(random) : divided(random);
  const gone = random.chance(0.1) ? random.pick(Object.keys(written)) : null;
  const files = Object.fromEntries(Object.entries(written).filter(([name]) => name !== gone));
  if (Object.keys(files).length === 0) return files;
  const changed = random.pick(Object.keys(files));
  return { ...files, [changed]: mutateSome(random, files[changed]!, 0.4) };
}

function distributed(random: Random): Input {
  const tensors = new Map(
    random.list(1, 3, (i): [string, DcpTensor] => {
      const shape = random.pick([[6, 4], [5], [4, 3, 2]]);
      const elements = shape.reduce((product, size) => product * size, 1);
      const tiles = cutAlong(shape, random.below(shape.length), random.between(1, 3));
      const name = `model.layers.${random.chance(0.5) ? '' : `${i}.`}mlp.${random.pick(['up', 'down'])}.${i}`;
      return [
        name,
        { dtype: 'F32', shape, bytes: random.bytes(4 * elements), tiles, ...pathOf(random, name) },
      ];
    }),
  );
  const bend = random.chance(0.3);
  return dcpFiles(tensors, {
    files: random.between(1, 3),
    objects: random.chance(0.3) ? ['step'] : [],
    said: (tiles) => (bend ? tiles.map((tile) => bent(random, tile)) : tiles),
    entry: (entry) =>
      random.chance(0.03) ? new Map(entry).set(random.pick([...entry.keys()]), odd(random)) : entry,
  });
}

function pathOf(random: Random, name: string): { path?: string[] } {
  return random.chance(0.5) ? { path: [random.pick(['model', 'optimizer', 'ema', name]), name] } : {};
}

function bent(random: Random, { starts, sizes }: Tile): Tile {
  const change = (counts: readonly number[]): number[] =>
    counts.map((count) => (random.chance(0.2) ? Math.max(0, count + random.between(-1, 1)) : count));
  return { starts: change(starts), sizes: change(sizes) };
}

function odd(random: Random): Pickled {
  return random.pick<Pickled>([null, -1, 2n ** 40n, 10 ** 9, '../x', '', 0.5, new Items([1]), true]);
}

function divided(random: Random): Input {
  const weights = new Map(
    random.list(1, 3, (i): [string, { shape: readonly number[]; values: Float32Array }] => {
      const shape = [random.between(1, 6), random.between(1, 6)];
      return [`layers.${i}.weight`, { shape, values: new Float32Array(shape[0]! * shape[1]!).fill(i) }];
    }),
  );
  const change = (entries: Map<Pickled, Pickled>): Map<Pickled, Pickled> =>
    random.chance(0.1) ? new Map(entries).set(random.pick([...entries.keys()]), odd(random)) : entries;
  return zeroFiles(weights, {
    processes: random.between(1, 3),
    cuts: random.chance(0.5) ? [random.between(0, 3)] : [],
    optimizer: change,
    model: change,
  });
}

function check(files: Input): Outcome {
  folder.fill(files);
  const entry = Object.keys(files).some((name) => name.startsWith('zero_pp')) ? ENTRIES[1] : ENTRIES[0];
  let checkpoint;
  try {
    checkpoint = openCheckpoint(folder.at(entry));
  } catch (error) {
    return expectRefusal(error, folder.path);
  }
  try {
    expect(new Set(checkpoint.tensors.map(({ name }) => name)).size).toBe(checkpoint.tensors.length);
    for (const tensor of checkpoint.tensors) {
      const elements = tensor.shape.reduce((product, size) => product * size, 1);
      if (elements === 0 || elements > MAX_ELEMENTS || tensor.use) continue;
      checkpoint.read(tensor, 0, new Uint8Array((elements * DTYPE_BITS[tensor.dtype]) / 8));
    }
    expect(checkpoint.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    checkpoint.close();
  }
  return 'taken';
}

fuzz({ name: 'distributed', make, check });
