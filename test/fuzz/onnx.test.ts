/** Models of ONNX, changed at random: the values and the sides that were written, or a refusal. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Checkpoint } from '../../src/core/checkpoint/types';
import { openFiles } from '../unit/checkpoint/build';
import {
  attribute,
  externalTensor,
  field,
  graphOf,
  modelOf,
  nodeOf,
  tensorOf,
} from '../unit/checkpoint/onnxBytes';
import { ROOT } from '../unit/support/golden';
import { mutateBytes, mutateSome } from './support/bytes';
import { Folder } from './support/folder';
import { oddText } from './support/odd';
import type { Random } from './support/random';
import { readAll, type Values } from './support/readAll';
import { fuzz, type Outcome } from './support/target';

const NAME = 'model.onnx';
const DATA = 'model.data';
const folder = new Folder();
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

/** Graphs with branches, kernels, quantized and packed values, as python-onnx writes them. */
const FIXTURES = join(ROOT, 'test/fixtures/onnx');
const REAL = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.onnx') && !name.startsWith('external'))
  .sort()
  .map((name) => Uint8Array.from(readFileSync(join(FIXTURES, name))));

interface Layer {
  name: string;
  values: Uint8Array;
  axes: 'in-out' | 'out-in';
}

interface Input {
  file: Uint8Array;
  data: Uint8Array;
  /** What must be read of it; null where it was changed. */
  written: Layer[] | null;
}

function make(random: Random): Input {
  if (random.chance(0.3)) {
    const file = Uint8Array.from(mutateSome(random, random.pick(REAL), 0));
    return { file, data: new Uint8Array(0), written: null };
  }
  const data: Uint8Array[] = [];
  const made = random.list(1, 5, (i) => anyLayer(random, i, data));
  const tensors = made.map(({ tensor }) => tensor);
  // A message that is sound around a tensor that is not.
  const inside = random.chance(0.3);
  if (inside) {
    const at = random.below(tensors.length);
    tensors[at] = mutateBytes(random, tensors[at]!);
  }
  const whole = modelOf(
    graphOf(
      made.map(({ node }) => node),
      tensors,
    ),
  );
  const file = mutateSome(random, whole, 0.5);
  return {
    file: Uint8Array.from(file),
    data: Buffer.concat(data),
    written: file === whole && !inside ? made.map(({ layer }) => layer) : null,
  };
}

function anyLayer(
  random: Random,
  index: number,
  data: Uint8Array[],
): { layer: Layer; tensor: Uint8Array; node: Uint8Array } {
  const name = `${
    random.chance(0.1)
      ? oddText(random)
          .slice(0, 60)
          .replace(/[\ud800-\udfff]/g, '')
      : 'w'
  }${index}`;
  const [type, size] = random.pick([
    [1, 4],
    [10, 2],
    [16, 2],
    [11, 8],
  ] as const);
  const kind = random.pick(['MatMul', 'Gemm', 'GemmT', 'Conv'] as const);
  const sides = [random.between(2, 6), random.between(2, 6)];
  const dims = kind === 'Conv' ? [...sides, random.between(1, 3)] : sides;
  const values = random.bytes(dims.reduce((product, side) => product * side, 1) * size);
  const at = data.reduce((sum, { length }) => sum + length, 0);
  const tensor = random.chance(0.3)
    ? externalTensor(name, dims, type, { location: DATA, offset: at, length: values.length })
    : tensorOf(name, dims, type, [field(9, values)]);
  data.push(values);
  const op = kind === 'GemmT' ? 'Gemm' : kind;
  const attributes = kind === 'GemmT' ? [attribute('transB', 1)] : [];
  const axes = kind === 'Conv' || kind === 'GemmT' ? 'out-in' : 'in-out';
  const node = nodeOf(op, [`x${index}`, name], [`x${index + 1}`], attributes);
  return { layer: { name, values, axes }, tensor, node };
}

function check({ file, data, written }: Input): Outcome {
  folder.fill({ [NAME]: file, [DATA]: data });
  const compare = ({ tensors }: Checkpoint, values: Values): void => {
    expect(tensors).toHaveLength(written!.length);
    for (const [i, { name, axes, values: expected }] of written!.entries()) {
      expect([tensors[i]!.name, tensors[i]!.axes ?? 'out-in']).toEqual([name, axes]);
      expect(values(name)).toEqual(Uint8Array.from(expected));
    }
  };
  return readAll(folder.at(NAME), written && compare, folder.path);
}

fuzz({ name: 'onnx', make, check });
