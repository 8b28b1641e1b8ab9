/** Arrays of NumPy and archives of them, changed at random: the values that were written, or a refusal. */
import { afterAll, expect } from 'vitest';
import { openFiles } from '../unit/checkpoint/build';
import { npyFile, numpyValues } from '../unit/support/numpy';
import { zip } from '../unit/support/torchFiles';
import { mutateSome } from './support/bytes';
import { Folder } from './support/folder';
import { oddText } from './support/odd';
import type { Random } from './support/random';
import { readAll } from './support/readAll';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

const TYPES = {
  "'<f4'": 4,
  "'<f2'": 2,
  "'<f8'": 8,
  "'|u1'": 1,
  "'<i8'": 8,
  "'>f4'": 4,
  "'|O'": 8,
  "'<U4'": 16,
};

interface Input {
  name: string;
  file: Uint8Array;
  /** Arrays whose values must be those that were written; null where the file was changed. */
  written: { name: string; values: Uint8Array }[] | null;
}

interface Made {
  name: string;
  content: Uint8Array;
  deflated: boolean;
  values: Uint8Array | null;
}

function make(random: Random): Input {
  const arrays = random.list(1, 4, (i) => anyArray(random, i));
  const single = random.chance(0.25);
  const name = single ? 'array.npy' : 'arrays.npz';
  const bad = random.chance(0.4) ? random.pick(arrays) : null;
  // An archive that is sound around an array that is not.
  if (bad) [bad.content, bad.values] = [mutateSome(random, bad.content, 0), null];
  const whole = single ? arrays[0]!.content : zip(arrays, { zip64: random.chance(0.2) });
  const file = mutateSome(random, whole, 0.5);
  const sound = arrays.every(({ values }) => values !== null) && file === whole;
  const written = (single ? arrays.slice(0, 1) : arrays).map((array) => ({
    name: single ? 'array' : array.name.slice(0, -4),
    values: array.values!,
  }));
  return { name, file: Uint8Array.from(file), written: sound ? written : null };
}

function anyArray(random: Random, index: number): Made {
  const descr = random.pick(Object.keys(TYPES) as (keyof typeof TYPES)[]);
  const shape = random.list(0, 3, () => random.pick([1, 2, 3, 8, 0]));
  const elements = shape.reduce((product, size) => product * size, 1);
  const fortran = random.chance(0.3);
  const size = TYPES[descr];
  const bytes = random.bytes(elements * size);
  const isRead = /f|u1|i8/.test(descr) && !descr.startsWith("'>");
  return {
    name: `${
      random.chance(0.1)
        ? oddText(random)
            .slice(0, 40)
            .replace(/[\ud800-\udfff/\\]/g, '')
        : 'w'
    }${index}.npy`,
    content: npyFile(descr, shape, bytes, { fortran, version: random.pick([1, 2, 3]) }),
    deflated: random.chance(0.4),
    values: isRead ? numpyValues(bytes, shape, size, fortran) : null,
  };
}

function check({ name, file, written }: Input): Outcome {
  folder.fill({ [name]: file });
  const compare =
    written &&
    ((_: unknown, values: (name: string) => Uint8Array | null): void => {
      for (const array of written) expect(values(array.name) ?? new Uint8Array(0)).toEqual(array.values);
    });
  return readAll(folder.at(name), compare);
}

fuzz({ name: 'numpy', make, check });
