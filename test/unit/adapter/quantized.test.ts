/** Weights that are stored quantized: their values and the figures of their networks are those of the same weights in float32. */
import { afterEach, describe, expect, it } from 'vitest';
import { storedNames } from '../../../src/core/adapter/network';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { planAnalysis } from '../../../src/core/analysis/plan';
import { localFiles } from '../../../src/core/storage/localFiles';
import { partRows, storedBytes } from '../../../src/core/weights/kinds';
import { mergedValues, numbers, removeWritten, writeAdapter } from '../support/adapters';
import { figures, figuresOf, modelAt, resultOf, valuesOf } from '../support/decodedAs';
import {
  AWQ,
  bnb4,
  BNB_INT8,
  FP8_BLOCKS,
  FP8_PLAIN,
  FP8_FBGEMM,
  FP8_ROWS,
  fp8Whole,
  gptq,
  INT8_ZEROS,
  mlx,
  mxfp4Stack,
  packQuantized,
  type QuantizedMatrix,
  type Quantizer,
} from '../support/quantized';
import { writeCheckpoint, type TensorToWrite, type Written } from '../support/writeCheckpoint';

const WIDTH = 128;
const HIDDEN = 192;
const KEYS = 64;
const LLAMA = { model_type: 'llama', num_attention_heads: 4, num_key_value_heads: 2 };

let written: Written[] = [];
afterEach(() => {
  for (const each of written) each.remove();
  written = [];
  removeWritten();
});
function write(tensors: readonly TensorToWrite[], config: object): string {
  const own = writeCheckpoint(tensors, config);
  written.push(own);
  return own.path;
}

/** A block of Llama, and its matrices. */
function llama(quantize: Quantizer): QuantizedMatrix[] {
  const shapes: [string, number, number][] = [
    ['self_attn.q_proj', WIDTH, WIDTH],
    ['self_attn.k_proj', KEYS, WIDTH],
    ['self_attn.v_proj', KEYS, WIDTH],
    ['self_attn.o_proj', WIDTH, WIDTH],
    ['mlp.gate_proj', HIDDEN, WIDTH],
    ['mlp.up_proj', HIDDEN, WIDTH],
    ['mlp.down_proj', WIDTH, HIDDEN],
  ];
  return shapes.map(([name, targets, sources], i) =>
    quantize(`model.layers.0.${name}`, targets, sources, i + 1),
  );
}

const gptqConfig = (bits: number, more = {}): object => ({
  quantization_config: { quant_method: 'gptq', bits, group_size: 32, ...more },
});
const mlxConfig = (bits: number, group: number): object => ({ quantization: { group_size: group, bits } });

const SCHEMES: [name: string, quantize: Quantizer, config: object, stored: string][] = [
  [
    'FP8 by blocks',
    FP8_BLOCKS,
    { quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } },
    'FP8 (E4M3) × scales',
  ],
  ['FP8 by blocks that no configuration tells', FP8_BLOCKS, {}, 'FP8 (E4M3) × scales'],
  ['FP8 by rows', FP8_ROWS, {}, 'FP8 (E4M3) × scales'],
  ['FP8 of FBGEMM', FP8_FBGEMM, {}, 'FP8 (E4M3) × scales'],
  ['FP8 with one scale, of ModelOpt', fp8Whole('weight_scale'), {}, 'FP8 (E4M3) × scales'],
  ['FP8 with one scale, of ComfyUI', fp8Whole('scale_weight'), {}, 'FP8 (E4M3) × scales'],
  ['FP8 that was cast as it is', FP8_PLAIN, {}, 'FP8 (E5M2)'],
  ['int8 of bitsandbytes', BNB_INT8, {}, 'bitsandbytes int8'],
  ['int8 with zeros', INT8_ZEROS, {}, 'int8 × scales'],
  ['NF4', bnb4(false), {}, 'bitsandbytes NF4'],
  ['NF4 with quantized scales', bnb4(true), {}, 'bitsandbytes NF4'],
  ['FP4', bnb4(false, 'fp4'), {}, 'bitsandbytes FP4'],
  ['GPTQ in 4 bits', gptq(4), gptqConfig(4), 'GPTQ, 4 bits'],
  ['GPTQ in 4 bits without a configuration', gptq(4), {}, 'GPTQ, 4 bits'],
  ['GPTQ in 2 bits', gptq(2), gptqConfig(2), 'GPTQ, 2 bits'],
  ['GPTQ in 3 bits', gptq(3), gptqConfig(3), 'GPTQ, 3 bits'],
  ['GPTQ in 8 bits', gptq(8), gptqConfig(8), 'GPTQ, 8 bits'],
  [
    'GPTQ by the order of activations',
    gptq(4, { shuffled: true }),
    gptqConfig(4, { desc_act: true }),
    'GPTQ, 4 bits',
  ],
  ['GPTQ in format 2', gptq(4, { plus: 0 }), gptqConfig(4, { checkpoint_format: 'gptq_v2' }), 'GPTQ, 4 bits'],
  ['AWQ', AWQ, { quantization_config: { quant_method: 'awq', version: 'gemm' } }, 'AWQ, 4 bits'],
  ['pack-quantized in 4 bits', packQuantized(4), {}, 'compressed-tensors, 4 bits'],
  [
    'pack-quantized in 8 bits with zeros',
    packQuantized(8, { zeros: true }),
    {},
    'compressed-tensors, 8 bits',
  ],
  [
    'pack-quantized in 4 bits by the order of activations',
    packQuantized(4, { zeros: true, shuffled: true }),
    {},
    'compressed-tensors, 4 bits',
  ],
  ...[2, 3, 4, 6, 8].map((bits): [string, Quantizer, object, string] => [
    `MLX in ${bits} bits`,
    mlx(bits, 64),
    mlxConfig(bits, 64),
    `MLX, ${bits} bits`,
  ]),
  ['MLX in groups of 32', mlx(4, 32), mlxConfig(4, 32), 'MLX, 4 bits'],
];

describe.each(SCHEMES)('%s', (_, quantize, config, stored) => {
  const matrices = llama(quantize);
  const configuration = { ...LLAMA, ...config };
  const quantized = (): string =>
    write(
      matrices.flatMap((each) => each.stored),
      configuration,
    );
  const plain = (): string =>
    // In float32 nothing says of a matrix that it is stored [in, out].
    write(
      matrices.map((each) => (/GPTQ|AWQ/.test(stored) ? turned(each.plain) : each.plain)),
      LLAMA,
    );

  it('is decoded bit for bit, and told of', () => {
    const model = modelAt(quantized());
    const decoded = model.tensors.filter((tensor) => tensor.stored !== undefined);
    expect(decoded.map(({ name, dtype, shape, stored: told }) => [name, dtype, [...shape], told])).toEqual(
      matrices.map(({ plain: { name, shape } }) => [name, 'F32', [...shape], stored]),
    );
    for (const [i, tensor] of decoded.entries()) {
      const wanted = matrices[i]!.plain.bytes;
      const values = valuesOf(model.checkpoint, tensor);
      expect(Buffer.compare(new Uint8Array(values.buffer), wanted)).toBe(0);
      // What one row is does not depend on what is read before it.
      const width = tensor.shape[1]!;
      const row = new Uint8Array(4 * width);
      model.checkpoint.read(tensor, 4 * 5 * width, row);
      expect(Buffer.compare(row, wanted.subarray(4 * 5 * width, 4 * 6 * width))).toBe(0);
    }
    model.close();
  });

  it.each(['sampled', 'full'] as const)('has the %s figures of float32', async (mode) => {
    const settings = { mode, samples: 2, neurons: 32 };
    const own = quantized();
    expect(await figuresOf(own, settings)).toEqual(await figuresOf(plain(), settings));
    const { warnings } = await resultOf(own, settings);
    expect(warnings).toContainEqual({ code: 'decoded-weights', types: [stored], tensors: 7, of: 7 });
  });
});

/** The same matrix with rows and columns exchanged. */
function turned(tensor: TensorToWrite): TensorToWrite {
  const [rows = 0, columns = 0] = tensor.shape;
  const values = new Float32Array(Uint8Array.from(tensor.bytes).buffer);
  const straight = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return { ...tensor, shape: [columns, rows], bytes: new Uint8Array(straight.buffer) };
}

describe('a stack of experts in MXFP4', () => {
  const stacks = [
    mxfp4Stack('model.layers.0.mlp.experts.gate_up_proj', 3, 2 * KEYS, WIDTH, 1),
    mxfp4Stack('model.layers.0.mlp.experts.down_proj', 3, WIDTH, KEYS, 2),
  ];
  const attention = llama(FP8_ROWS)
    .slice(0, 4)
    .map(({ plain }) => plain);

  it('has the values and figures of float32', async () => {
    const own = write([...attention, ...stacks.flatMap(({ stored }) => stored)], LLAMA);
    const plain = write([...attention, ...stacks.map((each) => each.plain)], LLAMA);
    const model = modelAt(own);
    for (const { plain: wanted } of stacks) {
      const tensor = model.tensors.find(({ name }) => name === wanted.name)!;
      expect(tensor).toMatchObject({ dtype: 'F32', shape: wanted.shape, stored: 'MXFP4' });
      expect(Buffer.compare(new Uint8Array(valuesOf(model.checkpoint, tensor).buffer), wanted.bytes)).toBe(0);
      expect(storedNames(model)(tensor.name)).toEqual([`${tensor.name}_blocks`, `${tensor.name}_scales`]);
    }
    model.close();
    for (const mode of ['sampled', 'full'] as const) {
      const settings = { mode, samples: 2, neurons: 32 };
      expect(await figuresOf(own, settings)).toEqual(await figuresOf(plain, settings));
    }
  });
});

/** The message with which no network is made of these tensors. */
function refusal(
  matrices: readonly QuantizedMatrix[],
  change: (tensor: TensorToWrite) => TensorToWrite[],
  config = {},
): string {
  const path = write(
    matrices.flatMap(({ stored }) => stored.flatMap(change)),
    { ...LLAMA, ...config },
  );
  const model = modelAt(path);
  const { tensors, undecodable, checkpoint } = model;
  try {
    buildNetwork({ tensors, undecodable, config: checkpoint.config }, path);
  } catch (error) {
    return (error as Error).message;
  } finally {
    model.close();
  }
  throw new Error('a network was made');
}

describe('quantized weights are refused', () => {
  const without =
    (...leaves: readonly string[]) =>
    (tensor: TensorToWrite): TensorToWrite[] =>
      leaves.some((leaf) => tensor.name.endsWith(leaf)) ? [] : [tensor];
  const withLeaf =
    (leaf: string, bytes = new Uint8Array(4)) =>
    (tensor: TensorToWrite): TensorToWrite[] =>
      tensor.name.endsWith('.weight')
        ? [tensor, { name: tensor.name.replace(/weight$/, leaf), dtype: 'F32', shape: [1], bytes }]
        : [tensor];
  const asDtype =
    (dtype: string) =>
    (tensor: TensorToWrite): TensorToWrite[] => [
      tensor.name.endsWith('.weight') ? { ...tensor, dtype } : tensor,
    ];

  it.each<[string, () => string, RegExp]>([
    ['8-bit integers without scales', () => refusal(llama(BNB_INT8), without('SCB')), /quantized/],
    [
      'FP8 of which one has no scale',
      () => refusal(llama(FP8_ROWS), without('q_proj.weight_scale')),
      /q_proj.*no scale beside it, where others have/,
    ],
    [
      'FP8 without scales whose configuration says that it has some',
      () => refusal(llama(FP8_PLAIN), (each) => [each], { quantization_config: { quant_method: 'fp8' } }),
      /no scale/,
    ],
    [
      'FP8 with two scales',
      () => refusal(llama(fp8Whole('weight_scale')), withLeaf('weight_scale_2')),
      /weight_scale_2/,
    ],
    [
      'FP8 with scales of another shape',
      () =>
        refusal(llama(FP8_BLOCKS), (each) => [each], {
          quantization_config: { weight_block_size: [64, 64] },
        }),
      /no scales of a weight/,
    ],
    ['NF4 without its state', () => refusal(llama(bnb4(false)), without('nf4')), /quantized/],
    ['NF4 without its scales', () => refusal(llama(bnb4(false)), without('absmax')), /absmax/],
    [
      'GPTQ of another packing',
      () => refusal(llama(gptq(4)), (each) => [each], gptqConfig(4, { checkpoint_format: 'marlin' })),
      /marlin/,
    ],
    [
      'AWQ of another packing',
      () => refusal(llama(AWQ), (each) => [each], { quantization_config: { version: 'gemv' } }),
      /gemv/,
    ],
    [
      'MLX without a configuration',
      () => refusal(llama(mlx(4, 64)), (each) => [each]),
      /does not give its bits/,
    ],
    [
      'MLX with another number of bits',
      () => refusal(llama(mlx(4, 64)), (each) => [each], mlxConfig(8, 64)),
      /does not fit/,
    ],
    [
      'MLX of another mode',
      () =>
        refusal(llama(mlx(4, 64)), (each) => [each], {
          quantization: { bits: 4, group_size: 64, mode: 'nvfp4' },
        }),
      /nvfp4/,
    ],
    [
      'bytes that nothing explains',
      () =>
        refusal(llama(BNB_INT8), (each) => asDtype('U8')(each).filter(({ name }) => !name.includes('SCB'))),
      /quantized/,
    ],
  ])('with the reason: %s', (_, message, pattern) => {
    expect(message()).toMatch(pattern);
  });

  it('in the file where a group is named that there is not', async () => {
    const matrices = llama(gptq(4, { shuffled: true }));
    const path = write(
      matrices.flatMap(({ stored }) =>
        stored.map((tensor) =>
          tensor.name.endsWith('q_proj.g_idx')
            ? { ...tensor, bytes: new Uint8Array(tensor.bytes.length).fill(255) }
            : tensor,
        ),
      ),
      { ...LLAMA, ...gptqConfig(4) },
    );
    await expect(figuresOf(path, { samples: 1, neurons: 32 })).rejects.toThrow(
      /q_proj\.g_idx names the group -1 of 4/,
    );
  });
});

describe('an adapter on a quantized base', () => {
  const LAYER = 'model.layers.0.self_attn.q_proj';
  const [A, B] = [numbers(1, [4, WIDTH], 'F32'), numbers(2, [WIDTH, 4], 'F32')];
  const adapter = (): string =>
    writeAdapter({
      [`base_model.model.${LAYER}.lora_A.weight`]: A,
      [`base_model.model.${LAYER}.lora_B.weight`]: B,
    });

  it.each<[string, Quantizer, boolean]>([
    ['NF4 with quantized scales', bnb4(true), false],
    ['FP8 by blocks', FP8_BLOCKS, false],
    ['GPTQ, which is stored [in, out]', gptq(4), true],
  ])('has the figures of the base in float32, merged: %s', async (_, quantize, isTurned) => {
    const matrices = llama(quantize);
    const base = write(
      matrices.flatMap(({ stored }) => stored),
      LLAMA,
    );
    const merged = matrices.map(({ plain }): TensorToWrite => {
      const upright = isTurned ? turned(plain) : plain;
      if (!plain.name.startsWith(LAYER)) return upright;
      const values = Float64Array.from(new Float32Array(Uint8Array.from(upright.bytes).buffer));
      const sum = mergedValues({ shape: upright.shape, values, dtype: 'F32' }, A, B, 2);
      return { ...upright, dtype: 'F64', bytes: new Uint8Array(sum.values.buffer) };
    });
    const settings = { mode: 'full' as const };
    const made = await resultOf(adapter(), settings, base);
    expect(await figuresOf(write(merged, LLAMA), settings)).toEqual(figures(made));
    expect(made.warnings.map(({ code }) => code)).toContain('decoded-weights');
  });
});

describe('a sampled analysis', () => {
  it('reads the codes of its rows and their scales alone', () => {
    const matrices = llama(mlx(4, 64));
    const path = write(
      matrices.flatMap(({ stored }) => stored),
      { ...LLAMA, ...mlxConfig(4, 64) },
    );
    const model = modelAt(path);
    const plan = planAnalysis(buildNetwork({ tensors: model.tensors, config: LLAMA }, path), model.tensors);
    const part = plan.projections[0]!.parts[0]!;
    const before = model.checkpoint.bytesRead;
    const source = localFiles.open(`${path}/model.safetensors`);
    partRows(() => source)(part, 7, new Uint8Array(4 * WIDTH));
    // 128 codes of 4 bits, two scales and two biases of 16 bits.
    expect(source.bytesRead).toBe(WIDTH / 2 + 2 * 2 + 2 * 2);
    expect(storedBytes(part, 1)).toBe(WIDTH / 2 + 2 * 2 + 2 * 2);
    expect(model.checkpoint.bytesRead).toBe(before);
    source.close();
    model.close();
  });
});

describe('names and shapes beside those of linear layers', () => {
  const decodedAt = (tensors: readonly TensorToWrite[], config = {}): [string, number[], Float32Array][] => {
    const model = modelAt(write(tensors, config));
    const found = model.tensors.filter(({ stored }) => stored !== undefined);
    const values = found.map((tensor): [string, number[], Float32Array] => [
      tensor.name,
      [...tensor.shape],
      valuesOf(model.checkpoint, tensor),
    ]);
    model.close();
    return values;
  };
  const f8 = (name: string, shape: number[], codes: Uint8Array): TensorToWrite => ({
    name,
    dtype: 'F8_E4M3',
    shape,
    bytes: codes,
  });
  // 0x38 is 1, 0x40 is 2, 0xb8 is −1.
  const CODES = Uint8Array.of(0x38, 0x40, 0xb8, 0x38, 0x40, 0x40, 0xb8, 0xb8);
  const VALUES = [1, 2, -1, 1, 2, 2, -1, -1];
  const f32 = (name: string, shape: number[], ...numbers: number[]): TensorToWrite => ({
    name,
    dtype: 'F32',
    shape,
    bytes: new Uint8Array(Float32Array.from(numbers).buffer),
  });

  it('kernels in FP8, with a scale for each target or none', () => {
    const kernel = f8('down.0.conv.weight', [2, 1, 2, 2], CODES);
    expect(decodedAt([kernel])).toEqual([['down.0.conv.weight', [2, 1, 2, 2], Float32Array.from(VALUES)]]);
    const scales = f32('down.0.conv.weight_scale', [2, 1, 1, 1], 0.5, 3);
    const scaled = VALUES.map((value, i) => value * (i < 4 ? 0.5 : 3));
    expect(decodedAt([kernel, scales])).toEqual([
      ['down.0.conv.weight', [2, 1, 2, 2], Float32Array.from(scaled)],
    ]);
  });

  it('parameters in FP8 that are no weight of a module, with scales of their names', () => {
    const name = 'model.layers.0.mlp.experts.gate_up_proj';
    const stack = f8(name, [2, 2, 2], CODES);
    const scales = f32(`${name}_scale_inv`, [2, 1, 1], 2, 4);
    const scaled = VALUES.map((value, i) => value * (i < 4 ? 2 : 4));
    expect(decodedAt([stack, scales])).toEqual([[name, [2, 2, 2], Float32Array.from(scaled)]]);
  });

  it('MXFP4 as OpenAI names it', () => {
    const own = mxfp4Stack('block.0.mlp.mlp1_weight', 2, 4, 32, 5);
    const stored = own.stored.map((each) => ({
      ...each,
      name: each.name.replace(/_(blocks|scales)$/, '.$1'),
    }));
    const wanted = new Float32Array(Uint8Array.from(own.plain.bytes).buffer);
    expect(decodedAt(stored)).toEqual([['block.0.mlp.mlp1_weight', [2, 4, 32], wanted]]);
  });
});
