/** Heads apart, keys beside values, a gate beside what it gates: each program's tensors give the weights of the same model. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network } from '../../../src/core/network/types';
import { expectSound, lines, networkOf, reasons, repeat, sketch, type Shapes } from './support';

const [WIDTH, HEADS, GROUPS, SIZE, HIDDEN, BLOCKS] = [8, 4, 2, 3, 20, 2];

type Matrix = number[][];
interface Stored {
  shape: number[];
  values: number[];
}
type Model = Record<string, Stored>;

/** A value that tells which weight it is: `W[target][source]`. */
const matrixOf = (id: number, targets: number, sources: number): Matrix =>
  Array.from({ length: targets }, (_, t) =>
    Array.from({ length: sources }, (__, s) => id * 1e4 + t * 100 + s),
  );
const transposed = (matrix: Matrix): Matrix => matrix[0]!.map((_, s) => matrix.map((row) => row[s]!));
const plain = (matrix: Matrix): Stored => ({
  shape: [matrix.length, matrix[0]!.length],
  values: matrix.flat(),
});
/** [heads, in, size] of each. */
const headsApart = (heads: number, ...matrices: Matrix[]): number[] =>
  matrices.flatMap((matrix) =>
    Array.from({ length: heads }, (_, head) =>
      transposed(matrix.slice(head * SIZE, (head + 1) * SIZE)).flat(),
    ).flat(),
  );

const weightsOf = (block: number, groups: number) => ({
  q: matrixOf(10 * block + 1, HEADS * SIZE, WIDTH),
  k: matrixOf(10 * block + 2, groups * SIZE, WIDTH),
  v: matrixOf(10 * block + 3, groups * SIZE, WIDTH),
  o: matrixOf(10 * block + 4, WIDTH, HEADS * SIZE),
  gate: matrixOf(10 * block + 5, HIDDEN, WIDTH),
  up: matrixOf(10 * block + 6, HIDDEN, WIDTH),
  down: matrixOf(10 * block + 7, WIDTH, HIDDEN),
});

type Weights = ReturnType<typeof weightsOf>;
const model = (groups: number, block: (i: number, weights: Weights) => Model): Model =>
  Object.assign({}, ...Array.from({ length: BLOCKS }, (_, i) => block(i, weightsOf(i, groups)))) as Model;

const huggingFace = (groups: number): Model =>
  model(groups, (i, { q, k, v, o, gate, up, down }) => ({
    [`model.layers.${i}.self_attn.q_proj.weight`]: plain(q),
    [`model.layers.${i}.self_attn.k_proj.weight`]: plain(k),
    [`model.layers.${i}.self_attn.v_proj.weight`]: plain(v),
    [`model.layers.${i}.self_attn.o_proj.weight`]: plain(o),
    [`model.layers.${i}.mlp.gate_proj.weight`]: plain(gate),
    [`model.layers.${i}.mlp.up_proj.weight`]: plain(up),
    [`model.layers.${i}.mlp.down_proj.weight`]: plain(down),
  }));

/** @param transposedGate as in later versions. @param suffix of parameters, `/w` or nothing. */
const gemma = (groups: number, transposedGate: boolean, suffix: string): Model =>
  model(groups, (i, { q, k, v, o, gate, up, down }) => {
    const at = (name: string, shape: number[], values: number[]): Model => ({
      [`transformer/layer_${i}/${name}`]: { shape, values },
    });
    const gates = transposedGate ? [gate, up] : [transposed(gate), transposed(up)];
    return {
      ...(groups === HEADS
        ? at('attn/qkv_einsum/w', [3, HEADS, WIDTH, SIZE], headsApart(HEADS, q, k, v))
        : {
            ...at('attn/q_einsum/w', [HEADS, WIDTH, SIZE], headsApart(HEADS, q)),
            ...at('attn/kv_einsum/w', [2, groups, WIDTH, SIZE], headsApart(groups, k, v)),
          }),
      ...at('attn/attn_vec_einsum/w', [HEADS, SIZE, WIDTH], transposed(o).flat()),
      ...at(
        `mlp/gating_einsum${suffix}`,
        transposedGate ? [2, HIDDEN, WIDTH] : [2, WIDTH, HIDDEN],
        gates.flat(2),
      ),
      ...at(`mlp/linear${suffix}`, [HIDDEN, WIDTH], transposed(down).flat()),
    };
  });

const transformerLens = (groups: number): Model =>
  model(groups, (i, { q, k, v, o, gate, up, down }) => {
    const grouped = groups === HEADS ? '' : '_';
    return {
      [`blocks.${i}.attn.W_Q`]: { shape: [HEADS, WIDTH, SIZE], values: headsApart(HEADS, q) },
      [`blocks.${i}.attn.${grouped}W_K`]: { shape: [groups, WIDTH, SIZE], values: headsApart(groups, k) },
      [`blocks.${i}.attn.${grouped}W_V`]: { shape: [groups, WIDTH, SIZE], values: headsApart(groups, v) },
      [`blocks.${i}.attn.W_O`]: { shape: [HEADS, SIZE, WIDTH], values: transposed(o).flat() },
      [`blocks.${i}.mlp.W_gate`]: plain(transposed(gate)),
      [`blocks.${i}.mlp.W_in`]: plain(transposed(up)),
      [`blocks.${i}.mlp.W_out`]: plain(transposed(down)),
      [`blocks.${i}.attn.b_Q`]: { shape: [HEADS, SIZE], values: Array<number>(HEADS * SIZE).fill(0) },
    };
  });

const shapesOf = (stored: Model): Shapes =>
  Object.fromEntries(Object.entries(stored).map(([name, { shape }]) => [name, shape]));

/** Each projection as its role, its draws, and the weights of every target in order. */
function meaning(stored: Model): unknown {
  const network: Network = networkOf(shapesOf(stored));
  expectSound(network, shapesOf(stored));
  const { draws, projections } = network;
  return projections.map(({ block, role, parts, layout, sampling }) => ({
    block,
    role,
    sampling: [sampling.sources, ...sampling.targets].map((each) =>
      typeof each === 'number' ? draws[each] : [draws[each.draw], each.offset],
    ),
    targets: parts.flatMap(({ tensor, skip, rows, columns }) => {
      const { values } = stored[tensor]!;
      const stores = Array.from({ length: rows }, (_, row) =>
        values.slice(skip + row * columns, skip + (row + 1) * columns),
      );
      return layout === 'out-in' ? stores : transposed(stores);
    }),
  }));
}

describe.each([HEADS, GROUPS, 1])('a model with %i heads of keys', (groups) => {
  it.each<[string, Model]>([
    ['Gemma in JAX', gemma(groups, false, '/w')],
    ['Gemma in JAX, parameters without modules', gemma(groups, false, '')],
    ['Gemma 2 in JAX, whose gates are transposed', gemma(groups, true, '/w')],
    ['TransformerLens', transformerLens(groups)],
  ])('has the weights and draws of Hugging Face in the names of %s', (_, stored) => {
    expect(meaning(stored)).toEqual(meaning(huggingFace(groups)));
  });
});

it('XLNet (modeling_xlnet.py): q, k and v as [in, heads, size], the output as [out, heads, size]', () => {
  const network = networkOf(
    repeat(2, {
      ...Object.fromEntries(
        'qkvor'.split('').map((name) => [`transformer.layer.#.rel_attn.${name}`, [8, 2, 4]]),
      ),
      'transformer.layer.#.rel_attn.r_w_bias': [2, 4],
      'transformer.layer.#.rel_attn.seg_embed': [2, 2, 4],
      'transformer.layer.#.ff.layer_1.weight': [24, 8],
      'transformer.layer.#.ff.layer_2.weight': [8, 24],
    }),
  );
  expect(sketch(network)).toEqual([
    'attention.qkv 8→24 in-out q 8x8 & k 8x8 & v 8x8: input → attention heads, attention heads @8, attention heads @16',
    'attention.out 8→8 o 8x8: attention heads → MLP input',
    'mlp.up 8→24 layer_1 24x8: MLP input → MLP hidden',
    'mlp.down 24→8 layer_2 8x24: MLP hidden → next',
  ]);
  expect(reasons(network)['transformer.layer.0.rel_attn.r']).toBe('position table');
});

it('Grok 1 in Haiku (model.py): w is [in, out], experts [experts, in, out]', () => {
  const at = 'transformer/decoder_layer_#';
  const network = networkOf(
    repeat(2, {
      [`${at}/multi_head_attention/query/w`]: [8, 8],
      [`${at}/multi_head_attention/key/w`]: [8, 4],
      [`${at}/multi_head_attention/value/w`]: [8, 4],
      [`${at}/multi_head_attention/linear/w`]: [8, 8],
      [`${at}/router/w`]: [8, 3],
      [`${at}/moe/linear/w`]: [3, 8, 40],
      [`${at}/moe/linear_v/w`]: [3, 8, 40],
      [`${at}/moe/linear_1/w`]: [3, 40, 8],
    }),
  );
  expect(
    lines(network)
      .map((line) => line.replace(/ transformer.*/, ''))
      .slice(0, 4),
  ).toEqual([
    '0 attention.qkv 8→16 in-out',
    '0 attention.out 8→8 in-out',
    '0 expert.up 8→80 in-out',
    '0 expert.down 40→8 in-out',
  ]);
  expect(network.projections).toHaveLength(2 * (2 + 3 * 2));
  expect(reasons(network)['transformer/decoder_layer_0/router/w']).toBe('router');
});

describe('the layers of all blocks in one tensor', () => {
  it.each<[string, Shapes]>([
    [
      'Gemma in big_vision',
      {
        'llm/layers/attn/q_einsum/w': [6, 4, 64, 16],
        'llm/layers/attn/kv_einsum/w': [6, 2, 1, 64, 16],
        'llm/layers/attn/attn_vec_einsum/w': [6, 4, 16, 64],
        'llm/layers/mlp/gating_einsum': [6, 2, 64, 96],
        'llm/layers/mlp/linear': [6, 96, 64],
      },
    ],
    [
      'MaxText',
      {
        'decoder/layers/self_attention/query/kernel': [64, 6, 4, 16],
        'decoder/layers/mlp/wi_0/kernel': [64, 6, 96],
        'decoder/layers/mlp/wo/kernel': [96, 6, 64],
      },
    ],
    [
      'Levanter',
      {
        'transformer.layers.self_attn.q_proj.weight': [6, 64, 64],
        'transformer.layers.mlp.up_proj.weight': [6, 96, 64],
        'transformer.layers.mlp.down_proj.weight': [6, 64, 96],
        'transformer.layers.mlp.experts.w1.weight': [6, 4, 96, 64],
      },
    ],
  ])('of %s are refused with that reason', (_, shapes) => {
    const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F32', shape }));
    expect(() => buildNetwork({ tensors, config: null }, 'test')).toThrow(
      /nothing in it connects two layers .*the layers of several blocks in one tensor/,
    );
  });
});

describe('x-transformers, which numbers the modules of a block one by one', () => {
  const attention = (path: string, context = 8): Shapes => ({
    [`${path}.1.to_q.weight`]: [8, 8],
    [`${path}.1.to_k.weight`]: [8, context],
    [`${path}.1.to_v.weight`]: [8, context],
    [`${path}.1.to_out.weight`]: [8, 8],
  });
  const feedForward = (path: string): Shapes => ({
    [`${path}.1.ff.0.0.weight`]: [24, 8],
    [`${path}.1.ff.2.weight`]: [8, 24],
  });

  it('has as many blocks as the model', () => {
    const at = 'net.attn_layers.layers';
    const network = networkOf(
      Object.assign(
        {},
        ...[0, 2, 4].map((i) => ({ ...attention(`${at}.${i}`), ...feedForward(`${at}.${i + 1}`) })),
      ) as Shapes,
    );
    expect(network.blocks).toBe(3);
    expect(sketch(network)).toEqual([
      'attention.qkv 8→24 to_q 8x8 & to_k 8x8 & to_v 8x8: input → attention heads, attention heads @8, attention heads @16',
      'attention.out 8→8 to_out 8x8: attention heads → MLP input',
      'mlp.up 8→24 0 24x8: MLP input → MLP hidden',
      'mlp.down 24→8 2 8x24: MLP hidden → next',
    ]);
  });

  it('knows the second of three as cross-attention', () => {
    const at = 'attn_layers.layers';
    const network = networkOf(
      Object.assign(
        {},
        ...[0, 3].map((i) => ({
          ...attention(`${at}.${i}`),
          ...attention(`${at}.${i + 1}`, 6),
          ...feedForward(`${at}.${i + 2}`),
        })),
      ) as Shapes,
    );
    expect(network.projections.slice(0, 7).map(({ role, sources }) => `${role} ${sources}`)).toEqual([
      'attention.qkv 8',
      'attention.out 8',
      'cross_attention.q 8',
      'cross_attention.kv 6',
      'cross_attention.out 8',
      'mlp.up 8',
      'mlp.down 24',
    ]);
  });
});
