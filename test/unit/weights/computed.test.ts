/** Weights that are stored as what they are computed from have the numbers of those that are stored. */
import { afterAll, describe, expect, it } from 'vitest';
import { rounder } from '../../../src/core/checkpoint/rounding';
import type { DType } from '../../../src/core/checkpoint/dtype';
import { storedNames } from '../../../src/core/adapter/network';
import { writeCheckpoint } from '../support/writeCheckpoint';
import {
  encode,
  llama,
  numbers,
  openModel,
  removeWritten,
  weightsOf,
  writeModel,
  type Tensors,
  type Values,
} from '../support/adapters';

afterAll(removeWritten);

const isLayer = (name: string): boolean => name.endsWith('proj.weight');

/** Every layer as `store` stores it; its other tensors as they are. */
function stored(tensors: Tensors, store: (name: string, values: Values, i: number) => Tensors): Tensors {
  const entries = Object.entries(tensors).map(([name, values], i) =>
    isLayer(name) ? store(name, values, i) : { [name]: values },
  );
  return Object.assign({}, ...entries) as Tensors;
}

/** g · v / |v| over the first dimension, the sum from the first value on, rounded once; as F64, which keeps every value. */
function normalized(g: Values, v: Values): Values {
  const columns = v.values.length / v.shape[0]!;
  const round = rounder(v.dtype);
  const values = v.values.map((value, i) => {
    const row = Math.floor(i / columns);
    let squares = 0;
    for (let column = 0; column < columns; column++) squares += v.values[row * columns + column]! ** 2;
    return round(value * (g.values[row]! / Math.sqrt(squares)));
  });
  return { ...v, values, dtype: 'F64' };
}

describe.each<DType>(['F32', 'BF16', 'F16', 'F64'])('weight normalization of %s', (dtype) => {
  const pairs = ({ shape }: Values, i: number): [Values, Values] => [
    numbers(7 * i, [shape[0]!, 1], dtype),
    numbers(7 * i + 1, shape, dtype),
  ];
  const expected = writeModel(
    stored(llama(dtype), (name, own, i) => ({ [name]: normalized(...pairs(own, i)) })),
  );

  it.each([
    ['weight_g and weight_v', '_g', '_v'],
    ['parametrizations', 'original0', 'original1'],
  ])('stored as %s', (_name, g, v) => {
    const nameOf = (name: string, part: string): string =>
      part.startsWith('_') ? name + part : name.replace(/weight$/, `parametrizations.weight.${part}`);
    const path = writeModel(
      stored(llama(dtype), (name, own, i) => {
        const [norms, directions] = pairs(own, i);
        return { [nameOf(name, v)]: directions, [nameOf(name, g)]: norms };
      }),
    );
    const [opened, plain] = [openModel(path, null), openModel(expected, null)];
    expect(opened.network.architecture).toBe('llama');
    expect(opened.network.projections).toEqual(plain.network.projections);
    const weights = weightsOf(opened.plan);
    expect(weights).toEqual(weightsOf(plain.plan));
    // The same bits, however many rows are read together.
    expect(weightsOf(opened.plan, 3)).toEqual(weights);
    const name = 'model.layers.0.mlp.up_proj.weight';
    expect(storedNames(opened.model)(name)).toEqual([nameOf(name, v), nameOf(name, g)]);
  });
});

describe.each<[DType, DType]>([
  ['F32', 'F32'],
  ['F16', 'F16'],
  ['BF16', 'F32'],
])('a pruning mask: %s by %s', (dtype, maskType) => {
  it('multiplies, whatever its values are', () => {
    const round = rounder(dtype);
    const maskOf = (shape: readonly number[], i: number): Values => {
      const mask = numbers(i, shape, maskType);
      return {
        ...mask,
        values: mask.values.map((value, at) => (at % 3 === 0 ? 0 : at % 3 === 1 ? 1 : value)),
      };
    };
    const model = llama(dtype);
    const path = writeModel(
      stored(model, (name, own, i) => ({ [`${name}_orig`]: own, [`${name}_mask`]: maskOf(own.shape, i) })),
    );
    const expected = writeModel(
      stored(model, (name, own, i) => {
        const mask = maskOf(own.shape, i);
        return {
          [name]: {
            ...own,
            dtype: 'F64',
            values: own.values.map((value, at) => round(value * round(mask.values[at]!))),
          },
        };
      }),
    );
    const [opened, plain] = [openModel(path, null), openModel(expected, null)];
    expect(opened.network).toEqual(plain.network);
    expect(weightsOf(opened.plan, 5)).toEqual(weightsOf(plain.plan));
  });
});

it('a mask of bytes multiplies too: of Booleans, whatever is not 0 is 1', () => {
  const own = numbers(3, [16, 24]);
  const mask = Uint8Array.from({ length: 16 * 24 }, (_, i) => i % 3);
  for (const [dtype, factor] of [
    ['BOOL', (byte: number) => Math.min(byte, 1)],
    ['U8', (byte: number) => byte],
  ] as const) {
    const name = (i: number): string => `layers.${i}.fc.weight`;
    const written = writeCheckpoint(
      [0, 1].flatMap((i) => [
        { name: `${name(i)}_orig`, dtype: 'F32', shape: own.shape, bytes: encode(own.values, 'F32') },
        { name: `${name(i)}_mask`, dtype, shape: own.shape, bytes: mask },
      ]),
    );
    const [weights] = weightsOf(openModel(written.path, null).plan);
    expect(weights).toEqual([...own.values.map((value, i) => value * factor(mask[i]!))]);
    written.remove();
  }
});

it('a kernel is normalized over all that one g belongs to', () => {
  const g = numbers(1, [16, 1, 1]);
  const v = numbers(2, [16, 8, 3]);
  const conv = (i: number): string => `encoder.${i}.conv.weight`;
  const path = writeModel(
    Object.assign({}, ...[0, 1].map((i) => ({ [`${conv(i)}_g`]: g, [`${conv(i)}_v`]: v }))) as Tensors,
  );
  const { plan } = openModel(path, null);
  const [weights] = weightsOf(plan);
  expect(weights).toEqual([...normalized(g, v).values]);
});

it('norms of another dimension are not computed', () => {
  const tensors = {
    ...llama(),
    'model.layers.0.pos.conv.weight_g': numbers(1, [1, 1, 8]),
    'model.layers.0.pos.conv.weight_v': numbers(2, [48, 4, 8]),
  };
  const { network } = openModel(writeModel(tensors), null);
  expect(network.skipped).toContainEqual({
    tensor: 'model.layers.0.pos.conv.weight_v',
    reason: { code: 'parametrized', method: 'weight normalization of another dimension than the first' },
  });
});
