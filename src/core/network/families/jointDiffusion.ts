/** Diffusion transformers in which picture and text attend to each other. Names and shapes: the definitions beside each. */
import {
  family,
  fused,
  rowsAt,
  separate,
  stack,
  step,
  unit,
  type Family,
  type Unit,
  type Weights,
} from '../family';
import { attention, fusedQkv, mlp, modulation, qkv, ungated } from './transformer';

/** What the text passes through: of a last block its output may go nowhere. */
function contextAttention(input: readonly Weights[], out: readonly string[]): Unit {
  const whole = attention(input, out, { optional: true });
  const [steps = []] = whole.variants;
  return { ...whole, name: 'context attention', variants: [steps, steps.slice(0, 1)] };
}

const feedForward = (name: string, up: readonly Weights[], down: readonly string[]): Unit => ({
  ...mlp(up, down, { optional: true }),
  name,
});
const gelu = (tensor: string): Weights => fused(tensor, ['hidden', 'hidden'], 'gated', ['gate', 'up']);

/** Text and picture have the activations in common: single blocks pass both through together. */
const JOINT = { stream: 'joint' } as const;
const SINGLE = { ...JOINT, phase: 1 } as const;

/** Attention and MLP read one input and are written by one matrix, which reads both. */
function singleBlock(qkvWays: readonly Weights[], up: readonly Weights[], out: readonly string[]): Unit {
  return unit('attention and MLP', [
    [
      step('attention.qkv', 'input', qkvWays),
      step('mlp.up', 'input', up),
      step(
        'linear',
        'heads and hidden',
        out.map((tensor) => separate([tensor], 'output')),
      ),
    ],
  ]);
}

/** q, k and v, as wide as the activations each, and behind them the rows of the MLP. */
const inOne = (tensor: string, out: string): Unit =>
  singleBlock([rowsAt(0, 3, fusedQkv(tensor, 'in-turn'))], [rowsAt(3, null, ungated(tensor))], [out]);

/**
 * FLUX, FLUX.2 and HunyuanVideo: diffusers' `transformer_flux.py`, `transformer_flux2.py`, `transformer_hunyuan_video.py`; Black Forest Labs'
 * `flux/modules/layers.py`. SD3: diffusers' `transformer_sd3.py`, Stability's `mmdit.py`. Qwen-Image: diffusers'
 * `transformer_qwenimage.py`.
 */
const MMDIT = family('mmdit', [
  stack(
    'transformer_blocks.#',
    [
      [
        attention([qkv('attn.to_q', 'attn.to_k', 'attn.to_v')], ['attn.to_out.0']),
        contextAttention([qkv('attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj')], ['attn.to_add_out']),
        // SD 3.5 medium.
        {
          ...attention([qkv('attn2.to_q', 'attn2.to_k', 'attn2.to_v')], ['attn2.to_out.0'], {
            optional: true,
          }),
          name: 'second attention',
        },
        modulation(['norm1.linear', 'img_mod.1']),
        modulation(['norm1_context.linear', 'txt_mod.1'], { name: 'context modulation' }),
      ],
      [
        feedForward(
          'MLP',
          [gelu('ff.net.0.proj'), gelu('ff.linear_in'), gelu('img_mlp.net.0.proj')],
          ['ff.net.2', 'ff.linear_out', 'img_mlp.net.2'],
        ),
        feedForward(
          'context MLP',
          [gelu('ff_context.net.0.proj'), gelu('ff_context.linear_in'), gelu('txt_mlp.net.0.proj')],
          ['ff_context.net.2', 'ff_context.linear_out', 'txt_mlp.net.2'],
        ),
      ],
    ],
    JOINT,
  ),
  stack(
    'double_blocks.#',
    [
      [
        attention(
          [fusedQkv('img_attn.qkv', 'in-turn'), fusedQkv('img_attn_qkv', 'in-turn')],
          ['img_attn.proj', 'img_attn_proj'],
        ),
        contextAttention(
          [fusedQkv('txt_attn.qkv', 'in-turn'), fusedQkv('txt_attn_qkv', 'in-turn')],
          ['txt_attn.proj', 'txt_attn_proj'],
        ),
        modulation(['img_mod.lin', 'img_mod.linear']),
        modulation(['txt_mod.lin', 'txt_mod.linear'], { name: 'context modulation' }),
      ],
      [
        feedForward('MLP', [gelu('img_mlp.0'), gelu('img_mlp.fc1')], ['img_mlp.2', 'img_mlp.fc2']),
        feedForward('context MLP', [gelu('txt_mlp.0'), gelu('txt_mlp.fc1')], ['txt_mlp.2', 'txt_mlp.fc2']),
      ],
    ],
    JOINT,
  ),
  stack(
    'joint_blocks.#',
    [
      [
        attention([fusedQkv('x_block.attn.qkv', 'in-turn')], ['x_block.attn.proj']),
        contextAttention([fusedQkv('context_block.attn.qkv', 'in-turn')], ['context_block.attn.proj']),
        {
          ...attention([fusedQkv('x_block.attn2.qkv', 'in-turn')], ['x_block.attn2.proj'], {
            optional: true,
          }),
          name: 'second attention',
        },
        modulation(['x_block.adaLN_modulation.1']),
        modulation(['context_block.adaLN_modulation.1'], { name: 'context modulation' }),
      ],
      [
        feedForward('MLP', [ungated('x_block.mlp.fc1')], ['x_block.mlp.fc2']),
        feedForward('context MLP', [ungated('context_block.mlp.fc1')], ['context_block.mlp.fc2']),
      ],
    ],
    JOINT,
  ),
  stack(
    'single_transformer_blocks.#',
    [
      [
        singleBlock([qkv('attn.to_q', 'attn.to_k', 'attn.to_v')], [ungated('proj_mlp')], ['proj_out']),
        modulation(['norm.linear']),
      ],
    ],
    SINGLE,
  ),
  stack(
    'single_blocks.#',
    [[inOne('linear1', 'linear2'), modulation(['modulation.lin', 'modulation.linear'])]],
    SINGLE,
  ),
  // FLUX.2.
  stack('single_transformer_blocks.#', [[inOne('attn.to_qkv_mlp_proj', 'attn.to_out')]], SINGLE),
]);

/** The text is narrower than the picture, and passes through the blocks beside it. */
const CONTEXT = '/context';

/** Of a last block its output may go nowhere. */
function narrowContext(
  input: Weights,
  out: string,
  up: Weights,
  down: string,
): { attention: Unit; feedForward: Unit } {
  const read = step('attention.qkv', CONTEXT, [input]);
  const write = step('attention.out', 'heads', [separate([out], CONTEXT)]);
  const steps = [step('mlp.up', CONTEXT, [up]), step('mlp.down', 'hidden', [separate([down], CONTEXT)])];
  return {
    attention: unit('context attention', [[read, write], [read]], { optional: true, sign: true }),
    feedForward: unit('context MLP', [steps], { optional: true }),
  };
}

const swiglu = (tensor: string, labels: readonly string[]): Weights =>
  fused(tensor, ['hidden', 'hidden'], 'gated', labels);
const DIFFUSERS = narrowContext(
  qkv('attn1.add_q_proj', 'attn1.add_k_proj', 'attn1.add_v_proj'),
  'attn1.to_add_out',
  swiglu('ff_context.net.0.proj', ['up', 'gate']),
  'ff_context.net.2',
);
const ORIGINAL = narrowContext(
  fusedQkv('attn.qkv_y', 'in-turn'),
  'attn.proj_y',
  swiglu('mlp_y.w1', ['gate', 'up']),
  'mlp_y.w2',
);

/** diffusers' `transformer_mochi.py`, Genmo's `asymm_models_joint.py`. */
export const MOCHI = family('mochi', [
  stack('transformer_blocks.#', [
    [
      attention([qkv('attn1.to_q', 'attn1.to_k', 'attn1.to_v')], ['attn1.to_out.0']),
      DIFFUSERS.attention,
      modulation(['norm1.linear']),
      modulation(['norm1_context.linear', 'norm1_context.linear_1'], { name: 'context modulation' }),
    ],
    [feedForward('MLP', [swiglu('ff.net.0.proj', ['up', 'gate'])], ['ff.net.2']), DIFFUSERS.feedForward],
  ]),
  stack('blocks.#', [
    [
      attention([fusedQkv('attn.qkv_x', 'in-turn')], ['attn.proj_x']),
      ORIGINAL.attention,
      modulation(['mod_x']),
      modulation(['mod_y'], { name: 'context modulation' }),
    ],
    [feedForward('MLP', [swiglu('mlp_x.w1', ['gate', 'up'])], ['mlp_x.w2']), ORIGINAL.feedForward],
  ]),
]);

export const JOINT_DIFFUSION: readonly Family[] = [MMDIT];
