/** Text encoders and encoder-decoders, with the names and shapes of the Hugging Face definitions named beside each. */
import { describe, expect, it } from 'vitest';
import { lines, networkOf, reasons, repeat, weights, type Shapes } from './support';

const H = 8;
const MHA = 'attention heads, attention heads @8, attention heads @16';

function firstBlock(shapes: Shapes): string[] {
  return lines(networkOf(shapes))
    .filter((line) => line.startsWith('0 '))
    .map((line) => line.replaceAll('block 0 ', '').replace('block 1 input', 'next'));
}

/** q, k, v, out, up, down. */
const PLAIN: [family: string, source: string, block: string, tensors: string[]][] = [
  [
    'bert',
    'modeling_bert.py',
    'bert.encoder.layer.#',
    [
      'attention.self.query',
      'attention.self.key',
      'attention.self.value',
      'attention.output.dense',
      'intermediate.dense',
      'output.dense',
    ],
  ],
  [
    'bert',
    'modeling_deberta_v2.py',
    'deberta.encoder.layer.#',
    [
      'attention.self.query_proj',
      'attention.self.key_proj',
      'attention.self.value_proj',
      'attention.output.dense',
      'intermediate.dense',
      'output.dense',
    ],
  ],
  [
    'distilbert',
    'modeling_distilbert.py',
    'distilbert.transformer.layer.#',
    ['attention.q_lin', 'attention.k_lin', 'attention.v_lin', 'attention.out_lin', 'ffn.lin1', 'ffn.lin2'],
  ],
];

describe.each(PLAIN)('%s (%s)', (family, _source, block, tensors) => {
  it('has q, k and v as one projection', () => {
    const [q, k, v, out, up, down] = tensors as [string, string, string, string, string, string];
    const shapes = repeat(
      2,
      weights(`${block}.`, {
        ...{ [q]: [H, H], [k]: [H, H], [v]: [H, H], [out]: [H, H] },
        ...{ [up]: [32, H], [down]: [H, 32] },
      }),
    );
    const at = block.replace('#', '0');
    expect(networkOf(shapes)).toMatchObject({ architecture: family, blocks: 2 });
    expect(firstBlock(shapes)).toEqual([
      `0 attention.qkv 8→24 ${at}.${q} 8x8 & ${at}.${k} 8x8 & ${at}.${v} 8x8: input → ${MHA}`,
      `0 attention.out 8→8 ${at}.${out} 8x8: attention heads → MLP input`,
      `0 mlp.up 8→32 ${at}.${up} 32x8: MLP input → MLP hidden`,
      `0 mlp.down 32→8 ${at}.${down} 8x32: MLP hidden → next`,
    ]);
  });
});

it('RoBERTa (modeling_roberta.py) leaves out embeddings, pooler and head', () => {
  const block = repeat(
    1,
    weights('roberta.encoder.layer.#.', {
      'attention.self.query': [H, H],
      'attention.self.key': [H, H],
      'attention.self.value': [H, H],
      'attention.output.dense': [H, H],
      'intermediate.dense': [32, H],
      'output.dense': [H, 32],
    }),
  );
  const outside = {
    'roberta.embeddings.word_embeddings.weight': [99, H],
    'roberta.embeddings.position_embeddings.weight': [16, H],
    'roberta.embeddings.token_type_embeddings.weight': [2, H],
    'roberta.embeddings.position_ids': [1, 16],
    'roberta.pooler.dense.weight': [H, H],
    'lm_head.dense.weight': [H, H],
    'lm_head.decoder.weight': [99, H],
    'classifier.out_proj.weight': [2, H],
  };
  expect(reasons(networkOf({ ...outside, ...block }))).toEqual({
    'roberta.embeddings.word_embeddings.weight': 'token embedding: connects no two layers of neurons',
    'roberta.embeddings.position_embeddings.weight': 'position table',
    'roberta.embeddings.token_type_embeddings.weight': 'token embedding: connects no two layers of neurons',
    'roberta.embeddings.position_ids': 'buffer: positions',
    'roberta.pooler.dense.weight': 'pooler',
    'lm_head.dense.weight': 'output head (unembedding)',
    'lm_head.decoder.weight': 'output head (unembedding)',
    'classifier.out_proj.weight': 'output head (unembedding)',
  });
});

it('ALBERT (modeling_albert.py) has one block, which counts once', () => {
  const layers = 'albert.encoder.albert_layer_groups.0.albert_layers.0.';
  const shapes = weights(layers, {
    'attention.query': [H, H],
    'attention.key': [H, H],
    'attention.value': [H, H],
    'attention.dense': [H, H],
    ffn: [32, H],
    ffn_output: [H, 32],
  });
  expect(networkOf(shapes)).toMatchObject({ architecture: 'albert', blocks: 1 });
  expect(firstBlock(shapes)).toHaveLength(4);
});

it("PyTorch's own encoder layer keeps q, k and v in one parameter", () => {
  const shapes = repeat(1, {
    ...weights('encoder.layers.#.', { 'self_attn.out_proj': [H, H], linear1: [32, H], linear2: [H, 32] }),
    'encoder.layers.#.self_attn.in_proj_weight': [24, H],
  });
  expect(networkOf(shapes).architecture).toBe('torch_encoder');
  expect(firstBlock(shapes)[0]).toBe(
    `0 attention.qkv 8→24 encoder.layers.0.self_attn.in_proj_weight 24x8: input → ${MHA}`,
  );
});

describe('T5 (modeling_t5.py)', () => {
  const attention = (layer: string): Shapes => ({
    [`${layer}.q`]: [6, H],
    [`${layer}.k`]: [6, H],
    [`${layer}.v`]: [6, H],
    [`${layer}.o`]: [H, 6],
  });
  const feedForward = (layer: string): Shapes => ({
    [`${layer}.DenseReluDense.wi_0`]: [16, H],
    [`${layer}.DenseReluDense.wi_1`]: [16, H],
    [`${layer}.DenseReluDense.wo`]: [H, 16],
  });
  const encoder = weights('encoder.block.#.', {
    ...attention('layer.0.SelfAttention'),
    ...feedForward('layer.1'),
  });
  const decoder = weights('decoder.block.#.', {
    ...attention('layer.0.SelfAttention'),
    ...attention('layer.1.EncDecAttention'),
    ...feedForward('layer.2'),
  });
  const tables = {
    'shared.weight': [99, H],
    'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight': [32, 2],
  };
  // The decoder stands first in the file.
  const network = networkOf({ ...tables, ...repeat(2, decoder), ...repeat(2, encoder) });

  it('has the encoder, then the decoder; cross-attention has its q apart from its k and v', () => {
    expect(network).toMatchObject({ architecture: 't5', blocks: 4 });
    expect(network.projections.map(({ block, role }) => `${block} ${role}`)).toEqual([
      ...[0, 1].flatMap((n) => [`${n} attention.qkv`, `${n} attention.out`, `${n} mlp.up`, `${n} mlp.down`]),
      ...[2, 3].flatMap((n) => [
        `${n} attention.qkv`,
        `${n} attention.out`,
        `${n} cross_attention.q`,
        `${n} cross_attention.kv`,
        `${n} cross_attention.out`,
        `${n} mlp.up`,
        `${n} mlp.down`,
      ]),
    ]);
  });

  it('lets k and v of every decoder block read what the encoder ends in', () => {
    const at = 'decoder.block.0.layer.1.EncDecAttention';
    expect(lines(network).filter((line) => line.startsWith('2 cross_attention'))).toEqual([
      `2 cross_attention.q 8→6 ${at}.q 6x8: block 2 cross-attention input → block 2 cross-attention heads`,
      `2 cross_attention.kv 8→12 ${at}.k 6x8 & ${at}.v 6x8: block 1 output → block 2 cross-attention heads, block 2 cross-attention heads @6`,
      `2 cross_attention.out 6→8 ${at}.o 8x6: block 2 cross-attention heads → block 2 MLP input`,
    ]);
    expect(lines(network).find((line) => line.startsWith('3 cross_attention.kv'))).toContain(
      ': block 1 output →',
    );
    expect(lines(network)[7]).toContain('→ block 1 output');
  });

  it('leaves out embedding and position table', () => {
    expect(Object.values(reasons(network))).toEqual([
      'position table',
      'token embedding: connects no two layers of neurons',
    ]);
  });
});

it('BART and Whisper (modeling_bart.py, modeling_whisper.py) are encoder-decoders, not OPT twice', () => {
  const attention = (name: string): Shapes => ({
    [`${name}.q_proj`]: [H, H],
    [`${name}.k_proj`]: [H, H],
    [`${name}.v_proj`]: [H, H],
    [`${name}.out_proj`]: [H, H],
  });
  const mlp = { fc1: [32, H], fc2: [H, 32] };
  const network = networkOf({
    ...repeat(1, weights('model.encoder.layers.#.', { ...attention('self_attn'), ...mlp })),
    ...repeat(
      1,
      weights('model.decoder.layers.#.', { ...attention('self_attn'), ...attention('encoder_attn'), ...mlp }),
    ),
  });
  expect(network.architecture).toBe('bart');
  expect(network.projections.map(({ block, role }) => `${block} ${role}`)).toEqual([
    '0 attention.qkv',
    '0 attention.out',
    '0 mlp.up',
    '0 mlp.down',
    '1 attention.qkv',
    '1 attention.out',
    '1 cross_attention.q',
    '1 cross_attention.kv',
    '1 cross_attention.out',
    '1 mlp.up',
    '1 mlp.down',
  ]);
});

it("Whisper in OpenAI's names (whisper/model.py), and as MLX has them, is that of modeling_whisper.py", () => {
  const model = ([blocks, own, cross, q, k, v, out, up, down]: readonly string[]): Shapes => {
    const attention = (path: string): Shapes =>
      Object.fromEntries([q, k, v, out].map((leaf) => [`${path}.${leaf}`, [H, H]]));
    const mlp = { [up!]: [32, H], [down!]: [H, 32] };
    return {
      ...repeat(2, weights(`model.encoder.${blocks}.#.`, { ...attention(own!), ...mlp })),
      ...repeat(
        2,
        weights(`model.decoder.${blocks}.#.`, { ...attention(own!), ...attention(cross!), ...mlp }),
      ),
      ...weights('model.', { 'encoder.conv1': [H, 80, 3], 'encoder.conv2': [H, H, 3] }),
    };
  };
  const plain = (shapes: Shapes): string[] =>
    lines(networkOf(shapes)).map((line) => line.replace(/ [^→]*: /, ' : '));
  const hf = model([
    'layers',
    'self_attn',
    'encoder_attn',
    'q_proj',
    'k_proj',
    'v_proj',
    'out_proj',
    'fc1',
    'fc2',
  ]);
  const names = ['blocks', 'attn', 'cross_attn', 'query', 'key', 'value', 'out'];
  for (const mlp of [
    ['mlp.0', 'mlp.2'],
    ['mlp1', 'mlp2'],
  ]) {
    const shapes = model([...names, ...mlp]);
    expect(networkOf(shapes)).toMatchObject({ architecture: 'bart', blocks: 4, warnings: [] });
    expect(plain(shapes)).toEqual(plain(hf));
    expect(reasons(networkOf(shapes))).toEqual({
      'model.encoder.conv1.weight': 'stem: reads raw input',
      'model.encoder.conv2.weight': 'stem: reads raw input',
    });
  }
});
