/** What no layer is never becomes one: told by its siblings, before any network is read. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network, TensorShape } from '../../../src/core/network/types';
import { expectFault } from '../checkpoint/build';
import { reasons } from './support';

type Stored = readonly [name: string, shape: readonly number[], dtype?: string];

const made = (list: readonly Stored[]): TensorShape[] =>
  list.map(([name, shape, dtype = 'BF16']) => ({ name, shape, dtype }));

const networkOf = (list: readonly Stored[], set?: string): Network =>
  buildNetwork({ tensors: made(list), config: null, ...(set !== undefined && { set }) }, 'test');

const LAYERS: Record<string, readonly [number, number]> = {
  'self_attn.q_proj': [64, 64],
  'self_attn.k_proj': [32, 64],
  'self_attn.v_proj': [32, 64],
  'self_attn.o_proj': [64, 64],
  'mlp.gate_proj': [128, 64],
  'mlp.up_proj': [128, 64],
  'mlp.down_proj': [64, 128],
};

/** Two Llama blocks whose layers are stored as `stored` has them. */
function llama(
  stored: (layer: string, out: number, columns: number) => readonly Stored[] = (layer, out, columns) => [
    [`${layer}.weight`, [out, columns]],
  ],
  prefix = 'model.',
): Stored[] {
  const blocks = [0, 1].flatMap((block): Stored[] => [
    ...Object.entries(LAYERS).flatMap(([layer, [out, columns]]) =>
      stored(`${prefix}layers.${block}.${layer}`, out, columns),
    ),
    [`${prefix}layers.${block}.input_layernorm.weight`, [64]],
  ]);
  return [[`${prefix}embed_tokens.weight`, [1000, 64]], ...blocks];
}

const used = ({ projections }: Network): string[] =>
  projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)).sort();
const matrices = (list: readonly Stored[]): string[] =>
  list
    .filter(([name, shape]) => shape.length > 1 && !name.includes('embed'))
    .map(([name]) => name)
    .sort();

describe('quantized weights are refused by their method, and what lies beside them is no matrix', () => {
  const packings: [
    method: string,
    stored: (layer: string, out: number, columns: number) => readonly Stored[],
  ][] = [
    [
      'torchao, I8',
      (layer, out, columns) => [
        [`${layer}._weight_qdata`, [out, columns / 2], 'I8'],
        [`${layer}._weight_scale`, [columns / 32, out]],
        [`${layer}._weight_zero_point`, [columns / 32, out]],
      ],
    ],
    [
      'EXL2, I32',
      (layer, out, columns) => [
        [`${layer}.q_weight`, [columns / 8, out], 'I32'],
        [`${layer}.q_scale`, [2, out / 8], 'I32'],
        [`${layer}.q_scale_max`, [2], 'F16'],
        [`${layer}.q_invperm`, [columns], 'I16'],
      ],
    ],
    [
      'EXL3, I16',
      (layer, out, columns) => [
        [`${layer}.trellis`, [columns / 16, out / 16, 64], 'I16'],
        [`${layer}.suh`, [columns], 'F16'],
      ],
    ],
    [
      'AQLM, I16',
      (layer, out, columns) => [
        [`${layer}.codes`, [out, columns / 8, 1], 'I16'],
        [`${layer}.codebooks`, [1, 256, 1, 8]],
        [`${layer}.scales`, [out, 1, 1, 1]],
      ],
    ],
    [
      'VPTQ, I32',
      (layer, out, columns) => [
        [`${layer}.indices`, [1, out, columns / 16], 'I32'],
        [`${layer}.centroids.weight`, [1, 4096]],
        [`${layer}.res_centroids.weight`, [64, 32]],
        [`${layer}.weight_scale`, [columns]],
      ],
    ],
    [
      'quanto, I8',
      (layer, out, columns) => [
        [`${layer}.weight._data`, [out, columns], 'I8'],
        [`${layer}.weight._scale`, [out, 2]],
      ],
    ],
    [
      'NVFP4, U8',
      (layer, out, columns) => [
        [`${layer}.weight`, [out, columns / 2], 'U8'],
        [`${layer}.weight_scale`, [out, columns / 16], 'F8_E4M3'],
        [`${layer}.weight_scale_2`, [], 'F32'],
      ],
    ],
    [
      'Marlin, I32',
      (layer, out, columns) => [
        [`${layer}.B`, [columns / 16, 2 * out], 'I32'],
        [`${layer}.s`, [columns / 32, out], 'F16'],
      ],
    ],
    [
      'SVDQuant, I8',
      (layer, out, columns) => [
        [`${layer}.qweight`, [out, columns / 2], 'I8'],
        [`${layer}.wscales`, [columns / 64 + 1, out]],
        [`${layer}.lora_down`, [columns, 32]],
        [`${layer}.lora_up`, [out, 32]],
      ],
    ],
    [
      // With bnb_4bit_quant_storage, packed values are stored as if they were numbers.
      'bitsandbytes, BF16',
      (layer, out, columns) => [
        [`${layer}.weight`, [(out * columns) / 4, 2]],
        [`${layer}.weight.absmax`, [64], 'F32'],
        [`${layer}.weight.quant_state.bitsandbytes__nf4`, [80], 'U8'],
      ],
    ],
    [
      // A packing that nobody has named.
      'U8',
      (layer, out, columns) => [
        [`${layer}.squeezed`, [out, columns / 2], 'U8'],
        [`${layer}.factors`, [out, columns / 32]],
      ],
    ],
  ];
  it.each(packings)('%s', (method, stored) => {
    const pattern = new RegExp(`its weights are quantized \\(${method}\\), such as model\\.layers\\.0`);
    expectFault(() => networkOf(llama(stored)), 'unsupported', 'test', pattern);
  });

  it.each(packings)('%s in the MLPs of a block: the rest is read as a part', (_method, stored) => {
    const tensors = llama((layer, out, columns) =>
      layer.includes('mlp') ? stored(layer, out, columns) : [[`${layer}.weight`, [out, columns]]],
    );
    const network = networkOf(tensors);
    expect(used(network)).toEqual(
      tensors
        .map(([name]) => name)
        .filter((name) => name.includes('self_attn'))
        .sort(),
    );
    expect(network.warnings.map(({ code }) => code)).toEqual(['weights-left-out']);
  });

  it('fused experts by the names of their parameters', () => {
    const experts = 'model.layers.0.mlp.experts';
    const network = networkOf([
      ...llama().filter(([name]) => !name.includes('mlp')),
      [`${experts}.gate_up_proj`, [4, 64, 256], 'F8_E4M3'],
      [`${experts}.gate_up_proj_scale_inv`, [4, 2, 2], 'F32'],
      [`${experts}.down_proj`, [4, 128, 64], 'F8_E4M3'],
      [`${experts}.down_proj_scale_inv`, [4, 2, 2], 'F32'],
    ]);
    expect(reasons(network)).toMatchObject({
      [`${experts}.gate_up_proj`]: 'quantized weights (FP8, F8_E4M3), whose values cannot be read',
      [`${experts}.gate_up_proj_scale_inv`]: 'belongs to quantized weights',
    });
  });

  it.each([
    ['model.layers.0.self_attn.q_proj.mask', [64, 64], 'I8'],
    ['model.layers.0.self_attn.some_index', [49, 49], 'I64'],
    ['model.layers.0.self_attn.attention_bias_idxs', [49, 49], 'I64'],
    ['model.layers.0.self_attn.indices', [49, 49], 'I64'],
    ['model.layers.0.mlp.experts_map', [4, 2], 'I32'],
  ] as const)('integers that are no weights change nothing: %s', (name, shape, dtype) => {
    const plain = llama();
    expect(used(networkOf([...plain, [name, shape, dtype]]))).toEqual(matrices(plain));
  });
});

describe('the state of an optimizer', () => {
  const model = llama();
  const states: [string, (name: string, shape: readonly number[]) => readonly Stored[]][] = [
    [
      'Adam of PyTorch',
      (name, shape) => [
        [`optimizer.state.${name}.exp_avg`, shape],
        [`optimizer.state.${name}.exp_avg_sq`, shape],
      ],
    ],
    [
      'trees of moments',
      (name, shape) => [
        [`exp_avg.${name}`, shape],
        [`exp_avg_sq.${name}`, shape],
      ],
    ],
    [
      'Optax',
      (name, shape) => [
        [`opt.0.mu.${name}`, shape],
        [`opt.0.nu.${name}`, shape],
      ],
    ],
    [
      'MLX',
      (name, shape) => [
        [`${name}.m`, shape],
        [`${name}.v`, shape],
      ],
    ],
    [
      'TensorFlow',
      (name, shape) => [
        [`${name}/Adam`, shape],
        [`${name}/Adam_1`, shape],
      ],
    ],
    ['momentum', (name, shape) => [[`state.${name}.momentum_buffer`, shape]]],
    [
      'an unknown one',
      (name, shape) => [
        [`state.${name}.step`, []],
        [`state.${name}.something`, shape],
      ],
    ],
  ];
  it.each(states)('is left out beside a model: %s', (_name, stateOf) => {
    const state = model.flatMap(([name, shape]) => stateOf(name, shape));
    const network = networkOf([...model, ...state]);
    expect(used(network)).toEqual(matrices(model));
    expect(network.warnings).toEqual([]);
    expect(reasons(network)).toMatchObject(
      Object.fromEntries(state.map(([name]) => [name, 'optimizer state: not weights of the model'])),
    );
  });

  it.each(states)('is refused alone: %s', (_name, stateOf) => {
    const state = model.flatMap(([name, shape]) => stateOf(name, shape));
    expectFault(
      () => networkOf(state),
      'unsupported',
      'test',
      /it holds the state of an optimizer \(\d+ tensors, such as .*\), and no weights of a model\. Choose the file/,
    );
  });

  it.each(['grads', 'fisher', 'ewc_fisher', 'hessian'])('so are measures of each weight: %s', (root) => {
    const measures = model.map(([name, shape]): Stored => [`${root}.${name}`, shape]);
    const network = networkOf([...model, ...measures]);
    expect(used(network)).toEqual(matrices(model));
    expect(network.warnings).toEqual([]);
    // Not without the weights that they are of.
    expect(used(networkOf(measures))).toHaveLength(matrices(model).length);
  });

  it('is not told by a layer that is called mu', () => {
    const list: Stored[] = [...model, ['mu.proj.weight', [32, 64]]];
    expect(reasons(networkOf(list))['mu.proj.weight']).not.toMatch(/optimizer/);
  });
});

describe('placeholders', () => {
  it('of DeepSpeed ZeRO-3 are refused with the way to gather the weights', () => {
    const empty = llama().map(([name, shape], i): Stored => [name, i % 3 === 0 ? [0] : shape]);
    expectFault(
      () => networkOf(empty),
      'unsupported',
      'test',
      /of its weights are empty placeholders of shape \[0\].*DeepSpeed ZeRO-3.*zero_to_fp32\.py/,
    );
  });

  it.each(['_fsdp_wrapped_module._flat_param', 'model.layers.0._flat_param', 'flat_param_0'])(
    'of FSDP, flattened, are refused: %s',
    (name) => {
      expectFault(
        () => networkOf([[name, [4096]]]),
        'unsupported',
        'test',
        /flattened .* FSDP.*FULL_STATE_DICT/,
      );
    },
  );
});

describe('copies of a model', () => {
  const copies: [string, (name: string) => string, (name: string) => string, set: string, taken: string][] = [
    ['student and teacher', (name) => `student.${name}`, (name) => `teacher.${name}`, 'teacher', 'student'],
    ['EMA beside the model', (name) => name, (name) => `ema.${name}`, 'ema', 'model'],
    [
      'EMA of a wrapper',
      (name) => `online_model.${name}`,
      (name) => `ema_model.${name}`,
      'ema_model',
      'online_model',
    ],
    ['a target network', (name) => `net.${name}`, (name) => `net_target.${name}`, 'net_target', 'net'],
    [
      'an encoder and its target',
      (name) => `encoder.${name}`,
      (name) => `target_encoder.${name}`,
      'target_encoder',
      'encoder',
    ],
    [
      'the reference of a policy',
      (name) => `policy.${name}`,
      (name) => `ref_policy.${name}`,
      'ref_policy',
      'policy',
    ],
    ['the model of before', (name) => name, (name) => `old_model.${name}`, 'old_model', 'model'],
    [
      'names without dots',
      (name) => `unet.${name}`,
      (name) => `model_ema.${name.replaceAll('.', '')}`,
      'model_ema',
      'unet',
    ],
  ];
  it.each(copies)('%s: the one that no name calls a copy is taken', (_name, own, other, set, taken) => {
    const model = llama();
    const list = [own, other].flatMap((rename) =>
      model.map(([name, shape]): Stored => [rename(name), shape]),
    );
    const network = networkOf(list);
    expect(used(network)).toEqual(matrices(model).map(own).sort());
    expect(network.warnings).toEqual([{ code: 'several-weights', taken: [taken], others: [set] }]);
    expect(network.skipped).toContainEqual({
      tensor: other('model.layers.0.mlp.up_proj.weight'),
      reason: { code: 'other-weights', set, taken },
    });
    expect(used(networkOf(list, taken))).toEqual(used(network));
  });

  it('another can be chosen by its name', () => {
    const list = ['student.', 'teacher.'].flatMap((prefix) => llama(undefined, prefix));
    const network = networkOf(list, 'teacher');
    expect(used(network)).toEqual(matrices(llama(undefined, 'teacher.')));
    expect(network.warnings).toEqual([{ code: 'several-weights', taken: ['teacher'], others: ['student'] }]);
    const fault = /none of its sets of weights is called ema\. Choose one of student, teacher/;
    expectFault(() => networkOf(list, 'ema'), 'usage', 'test', fault);
    expectFault(() => networkOf(llama(), 'ema'), 'usage', 'test', /its weights are there once/);
  });

  it('equal towers are none, nor is a copy alone', () => {
    const towers = [...llama(undefined, 'text_model.'), ...llama(undefined, 'image_model.')];
    expect(used(networkOf(towers))).toEqual(matrices(towers));
    const alone = llama(undefined, 'teacher.');
    expect(used(networkOf(alone))).toEqual(matrices(alone));
  });

  it('what reads a source and what reads its target are two models', () => {
    const both = [...llama(undefined, 'source_encoder.'), ...llama(undefined, 'target_encoder.')];
    const network = networkOf(both);
    expect(used(network)).toEqual(matrices(both));
    expect(network.warnings).toEqual([]);
    // Beside the encoder that it follows, a target is its copy.
    const followed = [...llama(undefined, 'encoder.'), ...llama(undefined, 'target_encoder.')];
    expect(used(networkOf(followed))).toEqual(matrices(llama(undefined, 'encoder.')));
  });

  it('blocks that MONAI’s DynUNet holds in lists and in each other count once', () => {
    const block = (path: string): Stored[] =>
      ['conv1.conv', 'conv2.conv'].map((conv): Stored => [`${path}.${conv}.weight`, [32, 32, 3, 3]]);
    const lists = [
      'bottleneck',
      'downsamples.0',
      'downsamples.1',
      'input_block',
      'upsamples.0',
      'upsamples.1',
      'upsamples.2',
    ].flatMap((path) => block(`net.${path}`));
    const nested = [0, 1, 2].flatMap((depth) =>
      ['downsample', 'upsample'].flatMap((side) =>
        block(`net.skip_layers.${'next_layer.'.repeat(depth)}${side}`),
      ),
    );
    const network = networkOf([
      ...lists,
      ...nested,
      ...block('net.skip_layers.next_layer.next_layer.next_layer'),
    ]);
    expect(used(network)).toEqual(matrices(lists));
    const reason = (as: string): unknown => ({ code: 'stored-again', as: `net.${as}.conv1.conv.weight` });
    for (const [path, as] of [
      ['downsample', 'input_block'],
      ['upsample', 'upsamples.2'],
      ['next_layer.downsample', 'downsamples.0'],
      ['next_layer.next_layer.upsample', 'upsamples.0'],
      ['next_layer.next_layer.next_layer', 'bottleneck'],
    ] as const)
      expect(network.skipped).toContainEqual({
        tensor: `net.skip_layers.${path}.conv1.conv.weight`,
        reason: reason(as),
      });
  });

  it('layers under several known names count once', () => {
    const convs = (prefix: string): Stored[] =>
      [0, 1, 2].flatMap((stage): Stored[] =>
        [0, 1].map((i) => [`${prefix}stages.${stage}.convs.${i}.conv.weight`, [32, 32, 3, 3]]),
      );
    const again = (list: readonly Stored[]): Stored[] =>
      list.map(([name, shape]) => [name.replace('.conv.', '.all_modules.0.'), shape]);
    const [encoder, inDecoder] = [convs('encoder.'), convs('decoder.encoder.')];
    const network = networkOf([...encoder, ...again(encoder), ...inDecoder, ...again(inDecoder)]);
    expect(used(network)).toEqual(matrices(encoder));
    expect(network.skipped).toContainEqual({
      tensor: 'decoder.encoder.stages.1.convs.0.all_modules.0.weight',
      reason: { code: 'stored-again', as: 'encoder.stages.1.convs.0.conv.weight' },
    });
  });
});

describe('weights that are computed in a way that is not known', () => {
  const spectral = (layer: string, out: number, columns: number): Stored[] => [
    [`${layer}.weight_orig`, [out, columns]],
    [`${layer}.weight_u`, [out]],
    [`${layer}.weight_v`, [columns]],
  ];
  const parametrized = (layer: string, out: number, columns: number): Stored[] => [
    [`${layer}.parametrizations.weight.original`, [out, columns]],
    [`${layer}.parametrizations.weight.0._u`, [out]],
    [`${layer}.parametrizations.weight.0._v`, [columns]],
  ];
  const orthogonal = (layer: string, out: number, columns: number): Stored[] => [
    [`${layer}.parametrizations.weight.original`, [out, columns]],
    [`${layer}.parametrizations.weight.0.base`, [out, columns]],
  ];
  it.each([
    ['spectral normalization', spectral],
    ['spectral normalization', parametrized],
    ['a parametrization', orthogonal],
  ])('are refused with what to call: %s', (method, stored) => {
    const pattern = new RegExp(
      `not stored but computed \\(${method}\\).*remove_parametrizations, remove_spectral_norm`,
    );
    expectFault(() => networkOf(llama(stored)), 'unsupported', 'test', pattern);
  });

  it('are left out where the rest can be read', () => {
    const list = llama((layer, out, columns) =>
      layer.includes('o_proj') ? spectral(layer, out, columns) : [[`${layer}.weight`, [out, columns]]],
    );
    const found = reasons(networkOf(list));
    expect(found['model.layers.0.self_attn.o_proj.weight_orig']).toBe(
      'part of a weight that is computed by spectral normalization',
    );
  });
});
