/** Weights in fewer bits than can be read: named as such, never a network made of their scales. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Config, Network, TensorShape } from '../../../src/core/network/types';
import { expectFault } from '../checkpoint/build';
import { reasons } from './support';

type Stored = readonly [name: string, dtype: string, shape: readonly number[]];
const LINEAR = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'];
const MLP = ['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'];

/** Two Llama blocks with layers stored as `stored` has them, and embedding, head and norms as ever. */
function llama(stored: (layer: string, out: number, columns: number) => readonly Stored[]): TensorShape[] {
  const blocks = [0, 1].flatMap((block): Stored[] => [
    ...[...LINEAR, ...MLP].flatMap((layer) => {
      const [out, columns] = layer.startsWith('mlp')
        ? layer.endsWith('down_proj')
          ? [64, 128]
          : [128, 64]
        : [64, 64];
      return stored(`model.layers.${block}.${layer}`, out, columns);
    }),
    [`model.layers.${block}.input_layernorm.weight`, 'F16', [64]],
  ]);
  const outside: Stored[] = [
    ['model.embed_tokens.weight', 'F16', [1000, 64]],
    ['lm_head.weight', 'F16', [1000, 64]],
  ];
  return [...blocks, ...outside].map(([name, dtype, shape]) => ({ name, dtype, shape }));
}

const networkOf = (tensors: readonly TensorShape[], config: Config = null): Network =>
  buildNetwork({ tensors, config }, 'test');

const gptq = (layer: string, out: number, columns: number): Stored[] => [
  [`${layer}.qweight`, 'I32', [columns / 8, out]],
  [`${layer}.qzeros`, 'I32', [columns / 32, out / 8]],
  [`${layer}.scales`, 'F16', [columns / 32, out]],
  [`${layer}.g_idx`, 'I32', [columns]],
];

describe('a checkpoint of quantized weights is refused with what they are', () => {
  it.each<
    [kind: string, how: string, stored: (layer: string, out: number, columns: number) => readonly Stored[]]
  >([
    ['GPTQ and AWQ', 'GPTQ, I32', gptq],
    [
      'FP8 (DeepSeek-V3)',
      'FP8, F8_E4M3',
      (layer, out, columns) => [
        [`${layer}.weight`, 'F8_E4M3', [out, columns]],
        [`${layer}.weight_scale_inv`, 'F32', [2, 2]],
      ],
    ],
    [
      'bitsandbytes, 4 bits',
      'bitsandbytes, U8',
      (layer, out, columns) => [
        [`${layer}.weight`, 'U8', [(out * columns) / 2, 1]],
        [`${layer}.weight.absmax`, 'F32', [64, 2]],
        [`${layer}.weight.quant_map`, 'F32', [16]],
        [`${layer}.weight.quant_state.bitsandbytes__nf4`, 'U8', [100]],
      ],
    ],
    [
      'bitsandbytes, 8 bits',
      'bitsandbytes, I8',
      (layer, out, columns) => [
        [`${layer}.weight`, 'I8', [out, columns]],
        [`${layer}.SCB`, 'F32', [out]],
      ],
    ],
    [
      'compressed-tensors',
      'compressed-tensors, I32',
      (layer, out, columns) => [
        [`${layer}.weight_packed`, 'I32', [out, columns / 8]],
        [`${layer}.weight_scale`, 'BF16', [out, columns / 32]],
        [`${layer}.weight_shape`, 'I64', [2]],
      ],
    ],
    [
      'MLX',
      'MLX, U32',
      (layer, out, columns) => [
        [`${layer}.weight`, 'U32', [out, columns / 8]],
        [`${layer}.scales`, 'BF16', [out, columns / 32]],
        [`${layer}.biases`, 'BF16', [out, columns / 32]],
      ],
    ],
    [
      'HQQ',
      'HQQ, U8',
      (layer, out, columns) => [
        [`${layer}.W_q`, 'U8', [out / 2, columns]],
        [`${layer}.scale`, 'F16', [out, 4]],
        [`${layer}.zero`, 'F16', [out, 4]],
      ],
    ],
  ])('%s', (_kind, how, stored) => {
    expectFault(
      () => networkOf(llama(stored), { model_type: 'llama' }),
      'unsupported',
      'test',
      new RegExp(
        `its weights are quantized \\(${how}\\), such as model\\.layers\\.0\\..*: their values cannot be read\\. Use the checkpoint that it was made from, in float16, bfloat16 or float32`,
      ),
    );
  });

  it('and by which method, where the configuration says so', () => {
    const config = { model_type: 'llama', quantization_config: { quant_method: 'gptq', bits: 4 } };
    expectFault(() => networkOf(llama(gptq), config), 'unsupported', 'test', /quantized \(gptq, I32\)/);
  });
});

it('a part of the model that can be read is read, and the result says that it is a part', () => {
  const [attention, experts] = [
    LINEAR.map((layer): TensorShape => ({
      name: `model.layers.0.${layer}.weight`,
      dtype: 'BF16',
      shape: [64, 64],
    })),
    // GPT-OSS stores its experts in MXFP4.
    [
      { name: 'model.layers.0.mlp.experts.gate_up_proj_blocks', dtype: 'U8', shape: [4, 256, 2, 16] },
      { name: 'model.layers.0.mlp.experts.gate_up_proj_scales', dtype: 'U8', shape: [4, 256, 2] },
      { name: 'model.layers.0.mlp.experts.gate_up_proj_bias', dtype: 'BF16', shape: [4, 256] },
      { name: 'model.layers.0.mlp.experts.down_proj_blocks', dtype: 'U8', shape: [4, 64, 4, 16] },
      { name: 'model.layers.0.mlp.experts.down_proj_scales', dtype: 'U8', shape: [4, 64, 4] },
    ],
  ];
  const network = networkOf([...attention, ...experts], { model_type: 'gpt_oss' });
  expect(network.projections.map(({ role }) => role)).toEqual(['attention.qkv', 'attention.out']);
  expect(network.warnings).toEqual([
    {
      code: 'weights-left-out',
      tensors: 2,
      share: expect.closeTo(0.75, 2) as number,
      tensor: 'model.layers.0.mlp.experts.gate_up_proj_blocks',
      reason: { code: 'quantized', method: 'MXFP4', dtype: 'U8' },
    },
  ]);
  expect(reasons(network)).toEqual({
    'model.layers.0.mlp.experts.gate_up_proj_blocks':
      'quantized weights (MXFP4, U8), whose values cannot be read',
    'model.layers.0.mlp.experts.gate_up_proj_scales': 'belongs to quantized weights',
    'model.layers.0.mlp.experts.gate_up_proj_bias': 'bias',
    'model.layers.0.mlp.experts.down_proj_blocks':
      'quantized weights (MXFP4, U8), whose values cannot be read',
    'model.layers.0.mlp.experts.down_proj_scales': 'belongs to quantized weights',
  });
});

it('a quantized table or head is no loss', () => {
  const network = networkOf([
    ...llama((layer, out, columns) => [[`${layer}.weight`, 'F16', [out, columns]]]).filter(
      ({ name }) => name !== 'lm_head.weight',
    ),
    { name: 'lm_head.weight', dtype: 'I8', shape: [1000, 64] },
  ]);
  expect(network).toMatchObject({ architecture: 'llama', blocks: 2, warnings: [] });
});
