/** One small model in every format that can be written here: full and sampled results have the same bits. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  field,
  graphOf,
  modelOf,
  nodeOf,
  tensorOf,
  externalTensor,
  attribute,
} from '../checkpoint/onnxBytes';
import { write } from '../checkpoint/build';
import { DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { localFiles } from '../../../src/core/storage/localFiles';
import { partRows, storedBytes } from '../../../src/core/weights/kinds';
import { openedModel } from '../support/analyzeOpened';
import { figuresOf, modelAt, valuesOf } from '../support/decodedAs';
import { ggufFile } from '../support/gguf';
import { npyFile } from '../support/numpy';
import {
  bnb4,
  FP8_BLOCKS,
  FP8_ROWS,
  gptq,
  mlx,
  packQuantized,
  AWQ,
  INT8_ZEROS,
  BNB_INT8,
} from '../support/quantized';
import { legacyTorchFile, Tensor, torchFile, zip, type Pickled } from '../support/torchFiles';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

const written: Written[] = [];
afterAll(() => {
  for (const each of written) each.remove();
});
const safetensors = (...words: Parameters<typeof writeCheckpoint>): string => {
  const own = writeCheckpoint(...words);
  written.push(own);
  return join(own.path, 'model.safetensors');
};

/** Two layers in a row, [out, in], of halves that float32 holds exactly: names that no family knows. */
const LAYERS = { a: [48, 32], b: [40, 48] } as const;
type Name = keyof typeof LAYERS;
const NAMES = Object.keys(LAYERS) as Name[];
const nameOf = (name: Name): string => `${name}.weight`;

function halfBits(name: Name): Uint16Array {
  const [rows, columns] = LAYERS[name];
  let state = name.charCodeAt(0) * 7919;
  return Uint16Array.from({ length: rows * columns }, () => {
    state = (state * 48271) % 2147483647;
    // 2^-6 to 2^-3, either sign.
    return ((state & 1) << 15) | ((9 + (state % 3)) << 10) | ((state >> 8) & 1023);
  });
}

function floats(name: Name): Float32Array {
  return Float32Array.from(halfBits(name), (bits) => {
    const value = 2 ** (((bits >> 10) & 31) - 15) * (1 + (bits & 1023) / 1024);
    return bits >> 15 ? -value : value;
  });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** [in, out]. */
function turned<T extends Float32Array | Uint16Array>(
  values: T,
  [rows, columns]: readonly [number, number],
): T {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!) as T;
}

const doubles = (name: Name): Float64Array => Float64Array.from(floats(name));
const torchWeights = (dtype: 'F32' | 'F16' | 'F64'): Map<Pickled, Pickled> =>
  new Map(
    NAMES.map((name) => {
      const values = { F32: floats, F16: halfBits, F64: doubles }[dtype](name);
      return [nameOf(name), new Tensor(bytesOf(values), dtype, LAYERS[name])];
    }),
  );
/** Stored [in, out] and turned, as transposed parameters are. */
const views = (): Map<Pickled, Pickled> =>
  new Map(
    NAMES.map((name) => {
      const [rows, columns] = LAYERS[name];
      const values = bytesOf(turned(floats(name), [rows, columns]));
      return [nameOf(name), new Tensor(values, 'F32', [rows, columns], [1, rows])];
    }),
  );

function gguf(type: 0 | 1, values: (name: Name) => ArrayBufferView): string {
  const tensors = NAMES.map((name) => {
    return { name: nameOf(name), shape: LAYERS[name], type, bytes: bytesOf(values(name)) };
  });
  return write(
    `every/${type}/model.gguf`,
    ggufFile(tensors, { metadata: { 'general.architecture': ['text', 'none'] } }),
  );
}

function onnx(kind: 'MatMul' | 'Gemm' | 'external'): string {
  const isTurned = kind !== 'Gemm';
  const data: Uint8Array[] = [];
  const constants = NAMES.map((name) => {
    const dims = isTurned ? LAYERS[name].toReversed() : LAYERS[name];
    const values = bytesOf(isTurned ? turned(floats(name), LAYERS[name]) : floats(name));
    const offset = data.reduce((sum, { length }) => sum + length, 0);
    data.push(values);
    return kind === 'external'
      ? externalTensor(nameOf(name), dims, 1, { location: 'model.data', offset, length: values.length })
      : tensorOf(nameOf(name), dims, 1, [field(9, values)]);
  });
  const nodes = NAMES.map((name, i) =>
    kind === 'Gemm'
      ? nodeOf('Gemm', [`x${i}`, nameOf(name)], [`x${i + 1}`], [attribute('transB', 1)])
      : nodeOf('MatMul', [`x${i}`, nameOf(name)], [`x${i + 1}`]),
  );
  const path = write(`every/${kind}/model.onnx`, modelOf(graphOf(nodes, constants)));
  writeFileSync(join(dirname(path), 'model.data'), Buffer.concat(data));
  return path;
}

function npz(order: 'C' | 'F' | 'halves', deflated: boolean): string {
  const members = NAMES.map((name) => {
    const fortran = order === 'F';
    const values =
      order === 'halves' ? halfBits(name) : fortran ? turned(floats(name), LAYERS[name]) : floats(name);
    const content = npyFile(order === 'halves' ? "'<f2'" : "'<f4'", LAYERS[name], bytesOf(values), {
      fortran,
    });
    return { name: `${nameOf(name)}.npy`, content, deflated };
  });
  return write(`every/${order}${deflated}/model.npz`, zip(members));
}

/** A graph whose MatMul reads [out, in] turned, or [in, out] as it is. */
function tfjs(transposed: boolean, shard: number): string {
  const weights = NAMES.map((name) => ({
    name: nameOf(name),
    shape: transposed ? LAYERS[name] : LAYERS[name].toReversed(),
    dtype: 'float32',
  }));
  const data = Buffer.concat(
    NAMES.map((name) => bytesOf(transposed ? floats(name) : turned(floats(name), LAYERS[name]))),
  );
  const node = [
    ...weights.map(({ name }) => ({ name, op: 'Const' })),
    ...weights.map(({ name }, i) => ({
      name: `x${i + 1}`,
      op: 'MatMul',
      input: [`x${i}`, name],
      attr: transposed ? { transpose_b: { b: true } } : {},
    })),
  ];
  const paths = Array.from({ length: Math.ceil(data.length / shard) }, (_, i) => `shard${i}.bin`);
  const model = { format: 'graph-model', modelTopology: { node }, weightsManifest: [{ paths, weights }] };
  const path = write(`every/tfjs${transposed}/model.json`, JSON.stringify(model));
  for (const [i, name] of paths.entries())
    writeFileSync(join(dirname(path), name), data.subarray(i * shard, (i + 1) * shard));
  return path;
}

const PLAIN = NAMES.map((name) => ({
  name: nameOf(name),
  dtype: 'F32',
  shape: LAYERS[name],
  bytes: bytesOf(floats(name)),
}));
const SETTINGS = [
  { mode: 'full', resamples: 0 },
  { mode: 'sampled', samples: 2, neurons: 24 },
] as const;

const FORMATS: readonly [string, () => string][] = [
  [
    'safetensors of halves',
    () =>
      safetensors(PLAIN.map((each, i) => ({ ...each, dtype: 'F16', bytes: bytesOf(halfBits(NAMES[i]!)) }))),
  ],
  [
    'safetensors of doubles',
    () =>
      safetensors(PLAIN.map((each, i) => ({ ...each, dtype: 'F64', bytes: bytesOf(doubles(NAMES[i]!)) }))),
  ],
  ['PyTorch', () => write('every/torch/model.pt', torchFile(torchWeights('F32')))],
  ['PyTorch, halves', () => write('every/half/model.pt', torchFile(torchWeights('F16')))],
  ['PyTorch of before 1.6', () => write('every/legacy/model.pt', legacyTorchFile(torchWeights('F32')))],
  ['PyTorch, views', () => write('every/views/model.pt', torchFile(views()))],
  [
    'a state among others',
    () =>
      write(
        'every/state/model.ckpt',
        torchFile(
          new Map<Pickled, Pickled>([
            ['epoch', 3],
            ['state_dict', torchWeights('F32')],
          ]),
        ),
      ),
  ],
  ['GGUF, F32', () => gguf(0, floats)],
  ['GGUF, F16', () => gguf(1, halfBits)],
  ['ONNX, MatMul', () => onnx('MatMul')],
  ['ONNX, Gemm with transB', () => onnx('Gemm')],
  ['ONNX, values beside it', () => onnx('external')],
  ['npz', () => npz('C', false)],
  ['npz, compressed', () => npz('C', true)],
  ['npz in Fortran order', () => npz('F', false)],
  ['npz of halves', () => npz('halves', false)],
  ['TensorFlow.js', () => tfjs(false, 1e6)],
  ['TensorFlow.js, turned, over files', () => tfjs(true, 999)],
];

it.each(FORMATS)('%s', async (_, make) => {
  const path = make();
  const plain = safetensors(PLAIN);
  for (const settings of SETTINGS)
    expect(await figuresOf(path, settings)).toEqual(await figuresOf(plain, settings));
});

/** Q8_0 of ggml: 32 weights in 34 bytes. */
function blocks(): string {
  const tensors = ['a', 'b'].map((name, i) => {
    const bytes = new Uint8Array(64 * 2 * 34).fill(0x21 + i);
    return { name: nameOf(name as Name), shape: [64, 64], type: 8, bytes };
  });
  return write('every/q8/model.gguf', ggufFile(tensors));
}

it.each<[string, number, () => string]>([
  ['safetensors', 4 * 32, () => safetensors(PLAIN)],
  ['PyTorch', 4 * 32, () => write('every/bytes/model.pt', torchFile(torchWeights('F32')))],
  ['PyTorch, halves', 2 * 32, () => write('every/bytes16/model.pt', torchFile(torchWeights('F16')))],
  ['GGUF, F16', 2 * 32, () => gguf(1, halfBits)],
  ['GGUF, Q8_0', 2 * 34, blocks],
  ['ONNX', 4 * 32, () => onnx('Gemm')],
  ['npz', 4 * 32, () => npz('C', false)],
])('%s: a row takes %i bytes of the file, and is all that is read', (_, bytes, make) => {
  const model = modelAt(make());
  try {
    const { projections } = openedModel(model).plan;
    expect(projections).toHaveLength(2);
    const part = projections[0]!.parts[0]!;
    const source = localFiles.open(model.checkpoint.files[0]!.path);
    const into = new Uint8Array((DTYPE_BITS[part.dtype] / 8) * projections[0]!.sources);
    partRows(() => source)(part, 5, into);
    expect(source.bytesRead).toBe(bytes);
    expect(storedBytes(part, 1)).toBe(bytes);
    source.close();
  } finally {
    model.close();
  }
});

const QUANTIZED: readonly [string, Parameters<typeof bitsOf>[0], object?][] = [
  ['FP8 by blocks', FP8_BLOCKS],
  ['FP8 by rows', FP8_ROWS],
  ['int8 with zeros', INT8_ZEROS],
  ['bitsandbytes int8', BNB_INT8],
  ['bitsandbytes NF4, nested', bnb4(true)],
  ['GPTQ, act-order', gptq(4, { shuffled: true })],
  ['AWQ', AWQ],
  ['compressed-tensors, act-order', packQuantized(4, { zeros: true, shuffled: true })],
  ['MLX, 6 bits', mlx(6, 32), { quantization: { bits: 6, group_size: 32 } }],
];

function bitsOf(quantize: typeof AWQ): ReturnType<typeof AWQ>[] {
  return [quantize('layers.0.up', 64, 32, 1), quantize('layers.0.down', 64, 64, 2)];
}

it.each(QUANTIZED)('%s is its decoded float32', async (_, quantize, config = {}) => {
  const packed = safetensors(
    bitsOf(quantize).flatMap(({ stored }) => stored),
    config,
  );
  const model = modelAt(packed);
  const tensors = model.tensors
    .filter(({ shape }) => shape.length === 2)
    .map((each) => {
      const { name, axes, shape } = each;
      const values = valuesOf(model.checkpoint, each);
      const [rows, columns] = shape as [number, number];
      return axes === 'in-out'
        ? { name, dtype: 'F32', shape: [columns, rows], bytes: bytesOf(turned(values, [rows, columns])) }
        : { name, dtype: 'F32', shape, bytes: bytesOf(values) };
    });
  model.close();
  expect(tensors).toHaveLength(2);
  const plain = safetensors(tensors);
  for (const settings of SETTINGS)
    expect(await figuresOf(packed, settings)).toEqual(await figuresOf(plain, settings));
});
