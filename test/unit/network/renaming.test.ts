/** One model, whatever its names: the network is the same, neuron by neuron, in the names of any program. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Config, TensorShape } from '../../../src/core/network/types';

/** Rows of a matrix of the model: of `q`, say, those from `first` on. */
interface Run {
  matrix: string;
  first: number;
  count: number;
}
/** A tensor as a program stores it: runs of rows behind each other, perhaps turned to `[in, out]`, perhaps a kernel. */
interface Stored {
  runs: Run[];
  columns: number;
  turned: boolean;
  shape: number[];
}
type Matrices = Record<string, readonly [rows: number, columns: number]>;
type Naming = (tools: Tools) => Record<string, Stored>;

/** How a program may write down the matrices of one block. */
class Tools {
  constructor(private readonly matrices: Matrices) {}

  has(name: string): boolean {
    return name in this.matrices;
  }

  /** One tensor of one or more matrices, one below the other. */
  all(...names: string[]): Stored {
    const columns = this.matrices[names[0]!]![1];
    return this.stored(
      names.map((matrix) => ({ matrix, first: 0, count: this.matrices[matrix]![0] })),
      columns,
    );
  }

  /** The same as `[in, out]`. */
  turned(...names: string[]): Stored {
    const own = this.all(...names);
    return { ...own, turned: true, shape: own.shape.toReversed() };
  }

  /** The queries of a key-value head, its key, its value; then the next. */
  byHead(groups: number): Stored {
    const runs = Array.from({ length: groups }, (_, group) =>
      ['q', 'k', 'v'].map((matrix) => {
        const count = this.matrices[matrix]![0] / groups;
        return { matrix, first: group * count, count };
      }),
    ).flat();
    return this.stored(runs, this.matrices['q']![1]);
  }

  private stored(runs: Run[], columns: number): Stored {
    const rows = runs.reduce((sum, { count }) => sum + count, 0);
    return { runs, columns, turned: false, shape: [rows, columns] };
  }
}

interface Model {
  /** The kinds of its blocks by the path that stands for them in the names below. */
  stacks: Record<string, { blocks: number; matrices: Matrices }>;
  config: Config;
  /** By program, by stack: the path of a block, and its names. The first is the reference. */
  programs: Record<string, Record<string, [path: string, naming: Naming]>>;
}

/** All tensors of the model in a program's names. */
function storedModel({ stacks, programs }: Model, program: string): Map<string, Stored> {
  const tensors = new Map<string, Stored>();
  for (const [stack, [path, naming]] of Object.entries(programs[program]!)) {
    const { blocks, matrices } = stacks[stack]!;
    for (let block = 0; block < blocks; block++) {
      for (const [name, { runs, ...stored }] of Object.entries(naming(new Tools(matrices)))) {
        const own = runs.map((run) => ({ ...run, matrix: `${stack} ${block} ${run.matrix}` }));
        tensors.set(`${path.replace('#', String(block))}.${name}`, { ...stored, runs: own });
      }
    }
  }
  return tensors;
}

/** The network by what it joins: every target by its row in the model, and every draw by its place, never a tensor's name. */
function meaning(model: Map<string, Stored>, config: Config): unknown {
  const tensors = [...model].map(([name, { shape }]): TensorShape => ({ name, dtype: 'F32', shape }));
  const { projections, draws, blocks } = buildNetwork({ tensors, config }, 'test');
  const rowsIn = ({ runs }: Stored): string[] =>
    runs.flatMap(({ matrix, first, count }) =>
      Array.from({ length: count }, (_, row) => `${matrix} ${first + row}`),
    );
  return {
    blocks,
    draws: draws.map(({ width, multiple }) => [width, multiple]),
    projections: projections.map(({ block, role, sources, targets, layout, parts, sampling }) => ({
      block,
      role,
      sources,
      targets,
      sampling,
      rows: runsOf(
        parts.flatMap(({ tensor, skip, rows, columns, taps }) => {
          const stored = model.get(tensor)!;
          expect(stored.turned, `${tensor} is read as it is stored`).toBe(layout === 'in-out');
          const all = rowsIn(stored);
          return stored.turned ? all : all.slice(skip / (columns * taps), skip / (columns * taps) + rows);
        }),
      ),
    })),
  };
}

/** Rows that follow each other, in few words. */
function runsOf(rows: readonly string[]): string[] {
  const runs: { matrix: string; first: number; count: number }[] = [];
  for (const row of rows) {
    const at = row.lastIndexOf(' ');
    const [matrix, number] = [row.slice(0, at), Number(row.slice(at + 1))];
    const before = runs.at(-1);
    if (before?.matrix === matrix && before.first + before.count === number) before.count++;
    else runs.push({ matrix, first: number, count: 1 });
  }
  return runs.map(({ matrix, first, count }) => `${matrix} ${first}–${first + count - 1}`);
}

const [H, KV, M] = [32, 16, 44];
const LLAMA: Model = {
  config: { num_attention_heads: 4, num_key_value_heads: 2 },
  stacks: {
    block: {
      blocks: 12,
      matrices: { q: [H, H], k: [KV, H], v: [KV, H], o: [H, H], gate: [M, H], up: [M, H], down: [H, M] },
    },
  },
  programs: {
    'Hugging Face': {
      block: [
        'model.layers.#',
        (m) => ({
          'self_attn.q_proj.weight': m.all('q'),
          'self_attn.k_proj.weight': m.all('k'),
          'self_attn.v_proj.weight': m.all('v'),
          'self_attn.o_proj.weight': m.all('o'),
          'mlp.gate_proj.weight': m.all('gate'),
          'mlp.up_proj.weight': m.all('up'),
          'mlp.down_proj.weight': m.all('down'),
        }),
      ],
    },
    Meta: {
      block: [
        'layers.#',
        (m) => ({
          'attention.wq.weight': m.all('q'),
          'attention.wk.weight': m.all('k'),
          'attention.wv.weight': m.all('v'),
          'attention.wo.weight': m.all('o'),
          'feed_forward.w1.weight': m.all('gate'),
          'feed_forward.w2.weight': m.all('down'),
          'feed_forward.w3.weight': m.all('up'),
        }),
      ],
    },
    'Megatron-core': {
      block: [
        'decoder.layers.#',
        (m) => ({
          'self_attention.linear_qkv.weight': m.byHead(2),
          'self_attention.linear_proj.weight': m.all('o'),
          'mlp.linear_fc1.weight': m.all('gate', 'up'),
          'mlp.linear_fc2.weight': m.all('down'),
        }),
      ],
    },
    'Transformer Engine': {
      block: [
        'decoder.layers.#',
        (m) => ({
          'self_attention.layernorm_qkv.query_weight': m.all('q'),
          'self_attention.layernorm_qkv.key_weight': m.all('k'),
          'self_attention.layernorm_qkv.value_weight': m.all('v'),
          'self_attention.proj.weight': m.all('o'),
          'layernorm_mlp.fc1_weight': m.all('gate', 'up'),
          'layernorm_mlp.fc2_weight': m.all('down'),
        }),
      ],
    },
    torchtune: {
      block: [
        'layers.#',
        (m) => ({
          'attn.q_proj.weight': m.all('q'),
          'attn.k_proj.weight': m.all('k'),
          'attn.v_proj.weight': m.all('v'),
          'attn.output_proj.weight': m.all('o'),
          'mlp.w1.weight': m.all('gate'),
          'mlp.w2.weight': m.all('down'),
          'mlp.w3.weight': m.all('up'),
        }),
      ],
    },
    nanotron: {
      block: [
        'model.decoder.#.pp_block',
        (m) => ({
          'attn.qkv_proj.weight': m.all('q', 'k', 'v'),
          'attn.o_proj.weight': m.all('o'),
          'mlp.gate_up_proj.weight': m.all('gate', 'up'),
          'mlp.down_proj.weight': m.all('down'),
        }),
      ],
    },
    LitGPT: {
      block: [
        'transformer.h.#',
        (m) => ({
          'attn.qkv.weight': m.all('q', 'k', 'v'),
          'attn.proj.weight': m.all('o'),
          'mlp.fc_1.weight': m.all('gate'),
          'mlp.fc_2.weight': m.all('up'),
          'mlp.proj.weight': m.all('down'),
        }),
      ],
    },
    'LitGPT before 2025': {
      block: [
        'transformer.h.#',
        (m) => ({
          'attn.attn.weight': m.byHead(2),
          'attn.proj.weight': m.all('o'),
          'mlp.fc_1.weight': m.all('gate'),
          'mlp.fc_2.weight': m.all('up'),
          'mlp.proj.weight': m.all('down'),
        }),
      ],
    },
    'llama.cpp': {
      block: [
        'blk.#',
        (m) => ({
          'attn_q.weight': m.all('q'),
          'attn_k.weight': m.all('k'),
          'attn_v.weight': m.all('v'),
          'attn_output.weight': m.all('o'),
          'ffn_gate.weight': m.all('gate'),
          'ffn_up.weight': m.all('up'),
          'ffn_down.weight': m.all('down'),
        }),
      ],
    },
    'OLMo, original': {
      block: [
        'transformer.blocks.#',
        (m) => ({
          'att_proj.weight': m.all('q', 'k', 'v'),
          'attn_out.weight': m.all('o'),
          'ff_proj.weight': m.all('gate', 'up'),
          'ff_out.weight': m.all('down'),
        }),
      ],
    },
    'T5X and Flax': {
      block: [
        'target/decoder/layers_#',
        (m) => ({
          'self_attention/query/kernel': m.turned('q'),
          'self_attention/key/kernel': m.turned('k'),
          'self_attention/value/kernel': m.turned('v'),
          'self_attention/out/kernel': m.turned('o'),
          'mlp/wi_0/kernel': m.turned('gate'),
          'mlp/wi_1/kernel': m.turned('up'),
          'mlp/wo/kernel': m.turned('down'),
        }),
      ],
    },
    'names without modules': {
      block: [
        'h.#',
        (m) => ({
          wq: m.all('q'),
          wk: m.all('k'),
          wv: m.all('v'),
          wo: m.all('o'),
          w1: m.all('gate'),
          w2: m.all('down'),
          w3: m.all('up'),
        }),
      ],
    },
  },
};

const gpt = (
  path: string,
  qkv: string | [string, string, string],
  out: string,
  up: string,
  down: string,
  how: 'all' | 'turned' = 'all',
): [string, Naming] => [
  path,
  (m) => ({
    ...(typeof qkv === 'string'
      ? { [qkv]: m[how]('q', 'k', 'v') }
      : Object.fromEntries(qkv.map((name, i) => [name, m[how](['q', 'k', 'v'][i]!)]))),
    [out]: m[how]('o'),
    [up]: m[how]('up'),
    [down]: m[how]('down'),
  }),
];
const apart = (prefix: string, suffix = '.weight'): [string, string, string] => [
  `${prefix}q${suffix}`,
  `${prefix}k${suffix}`,
  `${prefix}v${suffix}`,
];

/** As many key as query heads, and no gate: GPT-2, ViT, BERT. */
const GPT: Model = {
  config: { num_attention_heads: 4 },
  stacks: {
    block: {
      blocks: 3,
      matrices: { q: [H, H], k: [H, H], v: [H, H], o: [H, H], up: [4 * H, H], down: [H, 4 * H] },
    },
  },
  programs: {
    'Hugging Face GPT-2': {
      block: gpt(
        'transformer.h.#',
        'attn.c_attn.weight',
        'attn.c_proj.weight',
        'mlp.c_fc.weight',
        'mlp.c_proj.weight',
        'turned',
      ),
    },
    nanoGPT: {
      block: gpt(
        '_orig_mod.transformer.h.#',
        'attn.c_attn.weight',
        'attn.c_proj.weight',
        'mlp.c_fc.weight',
        'mlp.c_proj.weight',
      ),
    },
    'timm ViT': {
      block: gpt('blocks.#', 'attn.qkv.weight', 'attn.proj.weight', 'mlp.fc1.weight', 'mlp.fc2.weight'),
    },
    'torchvision ViT': {
      block: gpt(
        'encoder.layers.encoder_layer_#',
        'self_attention.in_proj_weight',
        'self_attention.out_proj.weight',
        'mlp.0.weight',
        'mlp.3.weight',
      ),
    },
    'nn.TransformerEncoder': {
      block: gpt(
        'layers.#',
        'self_attn.in_proj_weight',
        'self_attn.out_proj.weight',
        'linear1.weight',
        'linear2.weight',
      ),
    },
    MPT: {
      block: gpt(
        'transformer.blocks.#',
        'attn.Wqkv.weight',
        'attn.out_proj.weight',
        'ffn.up_proj.weight',
        'ffn.down_proj.weight',
      ),
    },
    'BERT in TensorFlow': {
      block: gpt(
        'bert/encoder/layer_#',
        ['attention/self/query/kernel', 'attention/self/key/kernel', 'attention/self/value/kernel'],
        'attention/output/dense/kernel',
        'intermediate/dense/kernel',
        'output/dense/kernel',
        'turned',
      ),
    },
    'fairseq ESM': {
      block: gpt(
        'encoder.sentence_encoder.layers.#',
        apart('self_attn.', '_proj.weight'),
        'self_attn.out_proj.weight',
        'fc1.weight',
        'fc2.weight',
      ),
    },
    ESPnet: {
      block: gpt(
        'encoder.encoders.#',
        apart('self_attn.linear_'),
        'self_attn.linear_out.weight',
        'feed_forward.w_1.weight',
        'feed_forward.w_2.weight',
      ),
    },
    'x-transformers and ViT-PyTorch': {
      block: gpt(
        'transformer.layers.#',
        '0.fn.to_qkv.weight',
        '0.fn.to_out.0.weight',
        '1.fn.net.0.weight',
        '1.fn.net.3.weight',
      ),
    },
    'OpenAI Whisper': {
      block: gpt(
        'encoder.blocks.#',
        ['attn.query.weight', 'attn.key.weight', 'attn.value.weight'],
        'attn.out.weight',
        'mlp.0.weight',
        'mlp.2.weight',
      ),
    },
    'MLX Whisper': {
      block: gpt(
        'encoder.blocks.#',
        ['attn.query.weight', 'attn.key.weight', 'attn.value.weight'],
        'attn.out.weight',
        'mlp1.weight',
        'mlp2.weight',
      ),
    },
    'llama.cpp': {
      block: gpt('v.blk.#', 'attn_qkv.weight', 'attn_out.weight', 'ffn_up.weight', 'ffn_down.weight'),
    },
    'LitGPT, Pythia': {
      block: gpt(
        'transformer.h.#',
        'attn.qkv.weight',
        'attn.proj.weight',
        'mlp.fc.weight',
        'mlp.proj.weight',
      ),
    },
    'Keras-like': {
      block: gpt(
        'transformer_layer_#',
        [
          'self_attention_layer/query/kernel',
          'self_attention_layer/key/kernel',
          'self_attention_layer/value/kernel',
        ],
        'self_attention_layer/attention_output/kernel',
        'feedforward_intermediate_dense/kernel',
        'feedforward_output_dense/kernel',
        'turned',
      ),
    },
    diffusers: {
      block: gpt(
        'transformer_blocks.#',
        ['attn1.to_q.weight', 'attn1.to_k.weight', 'attn1.to_v.weight'],
        'attn1.to_out.0.weight',
        'ff.net.0.proj.weight',
        'ff.net.2.weight',
      ),
    },
    'ViT in Flax, by head': {
      block: [
        'Transformer/encoderblock_#',
        (m) => {
          const byHeads = (slot: string): Stored => ({ ...m.turned(slot), shape: [H, 4, H / 4] });
          return {
            'MultiHeadDotProductAttention_1/query/kernel': byHeads('q'),
            'MultiHeadDotProductAttention_1/key/kernel': byHeads('k'),
            'MultiHeadDotProductAttention_1/value/kernel': byHeads('v'),
            'MultiHeadDotProductAttention_1/out/kernel': { ...m.turned('o'), shape: [4, H / 4, H] },
            'MlpBlock_3/Dense_0/kernel': m.turned('up'),
            'MlpBlock_3/Dense_1/kernel': m.turned('down'),
          };
        },
      ],
    },
    'MLX encoder': {
      block: gpt(
        'encoder.layers.#',
        ['attention.query_proj.weight', 'attention.key_proj.weight', 'attention.value_proj.weight'],
        'attention.out_proj.weight',
        'linear1.weight',
        'linear2.weight',
      ),
    },
    'Transformer Engine, fused': {
      block: [
        'layers.#',
        (m) => ({
          'self_attention.layernorm_qkv.weight': m.byHead(4),
          'self_attention.proj.weight': m.all('o'),
          'layernorm_mlp.fc1_weight': m.all('up'),
          'layernorm_mlp.fc2_weight': m.all('down'),
        }),
      ],
    },
    'names of nobody': {
      block: gpt('trunk.#', ['focus.query', 'focus.key', 'focus.value'], 'focus.mix', 'think.a', 'think.b'),
    },
  },
};

const EXPERTS = [0, 1, 2];
const ATTENTION: Matrices = { q: [H, H], k: [KV, H], v: [KV, H], o: [H, H] };
const expertsOf = (write: (expert: number) => Record<string, Stored>): Record<string, Stored> =>
  Object.assign({}, ...EXPERTS.map(write)) as Record<string, Stored>;

const MIXTURE: Model = {
  config: { num_attention_heads: 4, num_key_value_heads: 2 },
  stacks: {
    block: {
      blocks: 2,
      matrices: {
        ...ATTENTION,
        ...Object.fromEntries(
          EXPERTS.flatMap((i) => [
            [`gate${i}`, [M, H] as const],
            [`up${i}`, [M, H] as const],
            [`down${i}`, [H, M] as const],
          ]),
        ),
      },
    },
  },
  programs: {
    'Hugging Face': {
      block: [
        'model.layers.#',
        (m) => ({
          'self_attn.q_proj.weight': m.all('q'),
          'self_attn.k_proj.weight': m.all('k'),
          'self_attn.v_proj.weight': m.all('v'),
          'self_attn.o_proj.weight': m.all('o'),
          ...expertsOf((i) => ({
            [`mlp.experts.${i}.gate_proj.weight`]: m.all(`gate${i}`),
            [`mlp.experts.${i}.up_proj.weight`]: m.all(`up${i}`),
            [`mlp.experts.${i}.down_proj.weight`]: m.all(`down${i}`),
          })),
        }),
      ],
    },
    'Megatron-core, grouped': {
      block: [
        'decoder.layers.#',
        (m) => ({
          'self_attention.linear_qkv.weight': m.byHead(2),
          'self_attention.linear_proj.weight': m.all('o'),
          ...expertsOf((i) => ({
            [`mlp.experts.linear_fc1.weight${i}`]: m.all(`gate${i}`, `up${i}`),
            [`mlp.experts.linear_fc2.weight${i}`]: m.all(`down${i}`),
          })),
        }),
      ],
    },
    'Megatron-core, sequential': {
      block: [
        'decoder.layers.#',
        (m) => ({
          'self_attention.linear_qkv.weight': m.byHead(2),
          'self_attention.linear_proj.weight': m.all('o'),
          ...expertsOf((i) => ({
            [`mlp.experts.local_experts.${i}.linear_fc1.weight`]: m.all(`gate${i}`, `up${i}`),
            [`mlp.experts.local_experts.${i}.linear_fc2.weight`]: m.all(`down${i}`),
          })),
        }),
      ],
    },
    Mistral: {
      block: [
        'layers.#',
        (m) => ({
          'attention.wq.weight': m.all('q'),
          'attention.wk.weight': m.all('k'),
          'attention.wv.weight': m.all('v'),
          'attention.wo.weight': m.all('o'),
          ...expertsOf((i) => ({
            [`feed_forward.experts.${i}.w1.weight`]: m.all(`gate${i}`),
            [`feed_forward.experts.${i}.w2.weight`]: m.all(`down${i}`),
            [`feed_forward.experts.${i}.w3.weight`]: m.all(`up${i}`),
          })),
        }),
      ],
    },
    'llama.cpp': {
      block: [
        'blk.#',
        (m) => {
          const pile = (side: string, shape: number[]): Stored => ({
            ...m.all(...EXPERTS.map((i) => `${side}${i}`)),
            shape: [EXPERTS.length, ...shape],
          });
          return {
            'attn_q.weight': m.all('q'),
            'attn_k.weight': m.all('k'),
            'attn_v.weight': m.all('v'),
            'attn_output.weight': m.all('o'),
            'ffn_gate_exps.weight': pile('gate', [M, H]),
            'ffn_up_exps.weight': pile('up', [M, H]),
            'ffn_down_exps.weight': pile('down', [H, M]),
          };
        },
      ],
    },
    'DeepSpeed-like': {
      block: [
        'blk.#',
        (m) => ({
          'attn_q.weight': m.all('q'),
          'attn_k.weight': m.all('k'),
          'attn_v.weight': m.all('v'),
          'attn_output.weight': m.all('o'),
          ...expertsOf((i) => ({
            [`deepspeed_moe.experts.deepspeed_experts.${i}.gate_proj.weight`]: m.all(`gate${i}`),
            [`deepspeed_moe.experts.deepspeed_experts.${i}.up_proj.weight`]: m.all(`up${i}`),
            [`deepspeed_moe.experts.deepspeed_experts.${i}.down_proj.weight`]: m.all(`down${i}`),
          })),
        }),
      ],
    },
  },
};

/** An encoder and a decoder with cross-attention. */
const BOTH: Model = {
  config: { num_attention_heads: 4 },
  stacks: {
    encoder: {
      blocks: 2,
      matrices: { q: [H, H], k: [H, H], v: [H, H], o: [H, H], up: [M, H], down: [H, M] },
    },
    decoder: {
      blocks: 3,
      matrices: {
        ...{ q: [H, H], k: [H, H], v: [H, H], o: [H, H], up: [M, H], down: [H, M] },
        ...{ cq: [H, H], ck: [H, H], cv: [H, H], co: [H, H] },
      },
    },
  },
  programs: Object.fromEntries(
    (
      [
        [
          'Hugging Face BART',
          'model.@.layers.#',
          'self_attn',
          'encoder_attn',
          ['q_proj', 'k_proj', 'v_proj', 'out_proj'],
          ['fc1', 'fc2'],
        ],
        [
          'OpenAI Whisper',
          '@.blocks.#',
          'attn',
          'cross_attn',
          ['query', 'key', 'value', 'out'],
          ['mlp.0', 'mlp.2'],
        ],
        [
          'MLX Whisper',
          '@.blocks.#',
          'attn',
          'cross_attn',
          ['query', 'key', 'value', 'out'],
          ['mlp1', 'mlp2'],
        ],
        [
          'T5X',
          '@.layers_#',
          'self_attention',
          'encoder_decoder_attention',
          ['query', 'key', 'value', 'out'],
          ['mlp.wi', 'mlp.wo'],
        ],
        [
          'ESPnet',
          '@.@s.#',
          'self_attn',
          'src_attn',
          ['linear_q', 'linear_k', 'linear_v', 'linear_out'],
          ['feed_forward.w_1', 'feed_forward.w_2'],
        ],
        [
          'Megatron',
          '@.layers.#',
          'self_attention',
          'inter_attention',
          ['query', 'key', 'value', 'dense'],
          ['mlp.dense_h_to_4h', 'mlp.dense_4h_to_h'],
        ],
        [
          'nn.Transformer, apart',
          'transformer.@.layers.#',
          'self_attn',
          'multihead_attn',
          ['q', 'k', 'v', 'out_proj'],
          ['linear1', 'linear2'],
        ],
      ] as const
    ).map(([program, path, self, cross, [q, k, v, o], [up, down]]) => {
      const naming =
        (decoder: boolean): Naming =>
        (m) => ({
          [`${self}.${q}.weight`]: m.all('q'),
          [`${self}.${k}.weight`]: m.all('k'),
          [`${self}.${v}.weight`]: m.all('v'),
          [`${self}.${o}.weight`]: m.all('o'),
          ...(decoder && {
            [`${cross}.${q}.weight`]: m.all('cq'),
            [`${cross}.${k}.weight`]: m.all('ck'),
            [`${cross}.${v}.weight`]: m.all('cv'),
            [`${cross}.${o}.weight`]: m.all('co'),
          }),
          [`${up}.weight`]: m.all('up'),
          [`${down}.weight`]: m.all('down'),
        });
      return [
        program,
        {
          encoder: [path.replaceAll('@', 'encoder'), naming(false)],
          decoder: [path.replaceAll('@', 'decoder'), naming(true)],
        },
      ] as const;
    }),
  ),
};
const fusedCross: Naming = (m) => ({
  'self_attn.in_proj_weight': m.all('q', 'k', 'v'),
  'self_attn.out_proj.weight': m.all('o'),
  ...(m.has('cq') && {
    'multihead_attn.in_proj_weight': m.all('cq', 'ck', 'cv'),
    'multihead_attn.out_proj.weight': m.all('co'),
  }),
  'linear1.weight': m.all('up'),
  'linear2.weight': m.all('down'),
});
BOTH.programs['nn.Transformer'] = {
  encoder: ['transformer.encoder.layers.#', fusedCross],
  decoder: ['transformer.decoder.layers.#', fusedCross],
};
const inGguf: Naming = (m) => ({
  ...Object.fromEntries(['q', 'k', 'v', 'o'].map((slot) => [`attn_${slot}.weight`, m.all(slot)])),
  ...(m.has('cq') &&
    Object.fromEntries(['q', 'k', 'v', 'o'].map((slot) => [`cross_attn_${slot}.weight`, m.all(`c${slot}`)]))),
  'ffn_up.weight': m.all('up'),
  'ffn_down.weight': m.all('down'),
});
BOTH.programs['llama.cpp'] = { encoder: ['enc.blk.#', inGguf], decoder: ['dec.blk.#', inGguf] };
const inMegatronCore: Naming = (m) => ({
  'self_attention.linear_qkv.weight': m.byHead(4),
  'self_attention.linear_proj.weight': m.all('o'),
  ...(m.has('cq') && {
    'cross_attention.linear_q.weight': m.all('cq'),
    'cross_attention.linear_kv.weight': m.all('ck', 'cv'),
    'cross_attention.linear_proj.weight': m.all('co'),
  }),
  'mlp.linear_fc1.weight': m.all('up'),
  'mlp.linear_fc2.weight': m.all('down'),
});
BOTH.programs['Megatron-core, kv in turn'] = {
  encoder: ['encoder.layers.#', inMegatronCore],
  decoder: ['decoder.layers.#', inMegatronCore],
};

/** Stages of blocks, and what joins patches between them. */
const stage = (width: number): Matrices => ({
  q: [width, width],
  k: [width, width],
  v: [width, width],
  o: [width, width],
  up: [4 * width, width],
  down: [width, 4 * width],
});
const swin = (up: string, down: string, paths: [string, string, string], merging: string) => ({
  first: gpt(paths[0], 'attn.qkv.weight', 'attn.proj.weight', up, down),
  between: [paths[1], (m: Tools) => ({ [merging]: m.all('merge') })] as [string, Naming],
  second: gpt(paths[2], 'attn.qkv.weight', 'attn.proj.weight', up, down),
});
const SWIN: Model = {
  config: null,
  stacks: {
    first: { blocks: 2, matrices: stage(16) },
    between: { blocks: 1, matrices: { merge: [32, 64] } },
    second: { blocks: 2, matrices: stage(32) },
  },
  programs: {
    Microsoft: swin(
      'mlp.fc1.weight',
      'mlp.fc2.weight',
      ['layers.0.blocks.#', 'layers.0.downsample', 'layers.1.blocks.#'],
      'reduction.weight',
    ),
    torchvision: swin(
      'mlp.0.weight',
      'mlp.3.weight',
      ['features.1.#', 'features.2', 'features.3.#'],
      'reduction.weight',
    ),
  },
};

const MODELS = {
  'stages of several widths': SWIN,
  'grouped heads and a gate': LLAMA,
  'equal heads': GPT,
  experts: MIXTURE,
  'an encoder and a decoder': BOTH,
};

describe.each(Object.entries(MODELS))('a model with %s', (_, model) => {
  const [first, ...others] = Object.keys(model.programs) as [string, ...string[]];
  const expected = meaning(storedModel(model, first), model.config);
  it.each(others)('has the network of %s', (program) => {
    expect(meaning(storedModel(model, program), model.config)).toEqual(expected);
  });

  it('has it with any wrapper around it, and in any order of tensors (seeded)', () => {
    const programs = Object.keys(model.programs);
    const wrapper = fc.constantFrom(
      '',
      'module.',
      'model.',
      '_orig_mod.',
      'policy.actor.',
      'state.model.',
      'é.',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        wrapper,
        fc.infiniteStream(fc.nat()),
        (program, prefix, keys) => {
          const shuffled = [...storedModel(model, program)]
            .map(([name, stored]) => ({ name: prefix + name, stored, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key);
          const renamed = new Map(shuffled.map(({ name, stored }) => [name, stored]));
          expect(meaning(renamed, model.config)).toEqual(expected);
        },
      ),
      { seed: 11, numRuns: 40 },
    );
  });
});
