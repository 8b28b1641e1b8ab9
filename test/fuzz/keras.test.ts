/** HDF5 files and archives of Keras, changed at random: the values that h5py read, or a refusal. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Checkpoint } from '../../src/core/checkpoint/types';
import { openFiles } from '../unit/checkpoint/build';
import { ROOT } from '../unit/support/golden';
import { zip } from '../unit/support/torchFiles';
import { mutateBytes, mutateSome } from './support/bytes';
import { Folder } from './support/folder';
import { anyStyle, mutateJson, toEntries, writeJson } from './support/json';
import type { Random } from './support/random';
import { readAll, type Values } from './support/readAll';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

const FIXTURES = join(ROOT, 'test/fixtures/keras');
/** What h5py says of them: shape, digest of the values and offset, by the name of the dataset. */
const TABLE = JSON.parse(readFileSync(join(FIXTURES, 'table.json'), 'utf8')) as Record<
  string,
  Record<string, [shape: number[], digest: string, offset: number]>
>;
const SOUND = Object.keys(TABLE).sort();
const OTHERS = ['chunks.h5', 'gzip.h5', 'latest.h5', 'link.h5', 'big-endian.h5'];
const CONTENT = new Map(
  [...SOUND, ...OTHERS].map((name) => [name, Uint8Array.from(readFileSync(join(FIXTURES, name)))]),
);
const CONFIG = {
  class_name: 'Functional',
  config: {
    name: 'functional',
    layers: ['Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'Dense', 'Dense', 'Embedding', 'LSTM'].map(
      (class_name, i) => ({ class_name, config: { name: `layer${i}`, groups: 1 } }),
    ),
  },
};

interface Input {
  name: string;
  file: Uint8Array;
  /** Which fixture it is; null where it was changed. */
  written: string | null;
}

function make(random: Random): Input {
  const own = random.pick(random.chance(0.8) ? SOUND : OTHERS);
  const whole = CONTENT.get(own)!;
  const archive = random.chance(0.3);
  const content = random.chance(0.15) ? whole : anyChange(random, whole);
  if (!archive) {
    const written = content === whole && SOUND.includes(own) ? own : null;
    return { name: 'model.h5', file: content, written };
  }
  const json = random.chance(0.5) ? mutateJson(random, toEntries(CONFIG)) : CONFIG;
  const members = [
    { name: 'metadata.json', content: Buffer.from('{"keras_version": "3.0.5"}') },
    {
      name: 'config.json',
      content: Buffer.from(writeJson(random, json, anyStyle(random))),
      deflated: random.chance(0.5),
    },
    { name: 'model.weights.h5', content, deflated: random.chance(0.05) },
  ];
  const file = Uint8Array.from(mutateSome(random, zip(members), 0.6));
  return { name: 'model.keras', file, written: null };
}

/** Most bytes are values, in which no change can be seen: most changes are to what says where they are. */
function anyChange(random: Random, whole: Uint8Array): Uint8Array {
  let changing: Uint8Array = whole;
  for (let left = random.between(1, 3); left > 0; left--) {
    if (random.chance(0.2)) {
      changing = mutateBytes(random, changing);
      continue;
    }
    const places = STRUCTURES.flatMap((word) => placesOf(changing, word));
    if (places.length === 0) continue;
    const at = random.pick(places);
    const end = Math.min(changing.length, at + 128);
    const changed = mutateBytes(random, changing.subarray(at, end));
    changing = Buffer.concat([changing.subarray(0, at), changed, changing.subarray(end)]);
  }
  return Uint8Array.from(changing);
}

/** What the structures of HDF5 begin with: the file, heaps, trees, nodes of symbols, and headers of objects. */
const STRUCTURES = [
  '\x89HDF',
  'HEAP',
  'TREE',
  'SNOD',
  '\x01\x00\x06\x00',
  '\x01\x00\x01\x00',
  '\x01\x00\x05\x00',
].map((word) => Buffer.from(word, 'latin1'));

function placesOf(bytes: Uint8Array, word: Uint8Array): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = buffer.indexOf(word); at >= 0; at = buffer.indexOf(word, at + 1)) places.push(at);
  return places;
}

function check({ name, file, written }: Input): Outcome {
  folder.fill({ [name]: file });
  const compare = ({ tensors }: Checkpoint, values: Values): void => {
    const rows = TABLE[written!]!;
    for (const tensor of tensors) {
      const [, digest, offset] = rows[tensor.name]!;
      expect(tensor.offset).toBe(offset);
      const bytes = values(tensor.name);
      if (bytes) expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
    }
    expect(tensors.length).toBeGreaterThan(0);
  };
  return readAll(folder.at(name), written === null ? null : compare);
}

fuzz({ name: 'keras', make, check });
