/** One model in several dialects of names and layouts has one result, bit for bit. */
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { file, write, type Entry } from '../checkpoint/build';
import { planOf } from '../support/analyze';
import { runSampleIn, WAYS } from '../support/packed';

/** A matrix [rows, columns, …], row-major. */
interface Matrix {
  shape: number[];
  values: number[];
}
type Model = Record<string, Matrix>;

const generator = new Mt19937(1);
/** Weights of a trained size: lengths 1/|w| from 2 to 150 and beyond. */
function random(...shape: number[]): Matrix {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Array.from({ length: count }, () => (generator.uint32() / 2 ** 32 - 0.5) / 4) };
}

function transposed({ shape, values }: Matrix): Matrix {
  const [rows, columns] = shape as [number, number];
  const turned = Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
  return { shape: [columns, rows], values: turned };
}

/** Rows behind each other. */
function stacked(...matrices: Matrix[]): Matrix {
  const rows = matrices.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return { shape: [rows, matrices[0]!.shape[1]!], values: matrices.flatMap(({ values }) => values) };
}

function rows({ shape, values }: Matrix, first: number, count: number): Matrix {
  const columns = shape[1]!;
  return { shape: [count, columns], values: values.slice(first * columns, (first + count) * columns) };
}

/** q, k and v of one head behind each other, then those of the next. */
function byHead(heads: number, q: Matrix, k: Matrix, v: Matrix): Matrix {
  const size = q.shape[0]! / heads;
  return stacked(
    ...Array.from({ length: heads }, (_, h) => [q, k, v].map((each) => rows(each, h * size, size))).flat(),
  );
}

/** [matrices, rows, columns]. */
function piled(...matrices: Matrix[]): Matrix {
  return {
    shape: [matrices.length, ...matrices[0]!.shape],
    values: matrices.flatMap(({ values }) => values),
  };
}

let files = 0;
/** Everything an analysis tells of a model, as text. */
function result(model: Model, config: Record<string, unknown> = {}): string {
  let end = 0;
  const entries = Object.entries(model).map(([name, { shape, values }]): [string, Entry] => {
    const begin = end;
    end += 4 * values.length;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const data = Float32Array.from(Object.values(model).flatMap(({ values }) => values));
  const name = `dialect-${files++}`;
  const path = write(
    `${name}/model.safetensors`,
    file(JSON.stringify(Object.fromEntries(entries)), new Uint8Array(data.buffer)),
  );
  write(`${name}/config.json`, JSON.stringify(config));
  const plan = planOf(dirname(path));
  const samples = WAYS.map((way, seed) => runSampleIn(way, plan, seed, { neurons: 16 }));
  expect(samples[0]!.result.outcome).toBe('kept');
  return JSON.stringify(samples.map(({ result: each, arrays }) => [each, [...arrays.lnZ], [...arrays.nfd]]));
}

const H = 32;
const blocks = [0, 1].map(() => ({
  q: random(H, H),
  k: random(H, H),
  v: random(H, H),
  o: random(H, H),
  up: random(4 * H, H),
  down: random(H, 4 * H),
}));
type Block = (typeof blocks)[number];
const inDialect = (prefix: string, dialect: (block: Block) => Model): Model =>
  Object.fromEntries(
    blocks.flatMap((block, i) =>
      Object.entries(dialect(block)).map(([name, matrix]) => [`${prefix}${i}.${name}.weight`, matrix]),
    ),
  );

describe('attention with equal heads', () => {
  const gptj = inDialect('transformer.h.', ({ q, k, v, o, up, down }) => ({
    'attn.q_proj': q,
    'attn.k_proj': k,
    'attn.v_proj': v,
    'attn.out_proj': o,
    'mlp.fc_in': up,
    'mlp.fc_out': down,
  }));
  const expected = result(gptj);
  const conv1d = (turn: (matrix: Matrix) => Matrix) =>
    inDialect('transformer.h.', ({ q, k, v, o, up, down }) => ({
      'attn.c_attn': turn(stacked(q, k, v)),
      'attn.c_proj': turn(o),
      'mlp.c_fc': turn(up),
      'mlp.c_proj': turn(down),
    }));

  it('is the same fused, [in, out] (GPT-2) as apart, [out, in] (GPT-J)', () => {
    expect(result(conv1d(transposed)) === expected).toBe(true);
  });

  it('is the same fused, [out, in]', () => {
    expect(result(conv1d((matrix) => matrix)) === expected).toBe(true);
  });

  it('is the same interleaved by head (BLOOM)', () => {
    const bloom = inDialect('h.', ({ q, k, v, o, up, down }) => ({
      'self_attention.query_key_value': byHead(4, q, k, v),
      'self_attention.dense': o,
      'mlp.dense_h_to_4h': up,
      'mlp.dense_4h_to_h': down,
    }));
    expect(result(bloom, { n_head: 4 }) === expected).toBe(true);
  });

  it.each(['module.', '_orig_mod.', 'base_model.model.', 'model.module.'])(
    'is the same with the prefix %s',
    (prefix) => {
      const prefixed = Object.fromEntries(
        Object.entries(gptj).map(([name, matrix]) => [prefix + name, matrix]),
      );
      expect(result(prefixed) === expected).toBe(true);
    },
  );

  it('is the same without any prefix, with wrappers inside names, and in any order of tensors', () => {
    const bare = Object.entries(gptj).map(([name, matrix]): [string, Matrix] => [
      name
        .replace('transformer.', '')
        .replace('attn.', 'attn._orig_mod.')
        .replace('fc_in.', 'fc_in.base_layer.'),
      matrix,
    ]);
    expect(result(Object.fromEntries(bare)) === expected).toBe(true);
    expect(result(Object.fromEntries(bare.toReversed())) === expected).toBe(true);
    expect(
      result(Object.fromEntries(bare.toSorted(([a], [b]) => (a.slice(-12) < b.slice(-12) ? -1 : 1)))) ===
        expected,
    ).toBe(true);
  });

  it('is another where a weight is another', () => {
    const [name, matrix] = Object.entries(gptj)[0]!;
    const changed = { ...gptj, [name]: { ...matrix, values: matrix.values.map((value) => 2 * value) } };
    expect(result(changed) === expected).toBe(false);
  });
});

describe('grouped heads and a gated MLP', () => {
  const own = { q: random(H, H), k: random(8, H), v: random(8, H), o: random(H, H) };
  const [gate, up, down] = [random(48, H), random(48, H), random(H, 48)];
  const at = 'model.layers.0.';

  it('is the same fused (Phi-3) as apart (Llama)', () => {
    const apart: Model = {
      [`${at}self_attn.q_proj.weight`]: own.q,
      [`${at}self_attn.k_proj.weight`]: own.k,
      [`${at}self_attn.v_proj.weight`]: own.v,
      [`${at}self_attn.o_proj.weight`]: own.o,
      [`${at}mlp.gate_proj.weight`]: gate,
      [`${at}mlp.up_proj.weight`]: up,
      [`${at}mlp.down_proj.weight`]: down,
    };
    const together: Model = {
      [`${at}mlp.gate_up_proj.weight`]: stacked(gate, up),
      [`${at}mlp.down_proj.weight`]: down,
      [`${at}self_attn.o_proj.weight`]: own.o,
      [`${at}self_attn.qkv_proj.weight`]: stacked(own.q, own.k, own.v),
    };
    expect(result(together) === result(apart)).toBe(true);
  });

  it('has the same experts apart (Mixtral) as stacked, [out, in] and [in, out]', () => {
    const attention: Model = {
      [`${at}self_attn.q_proj.weight`]: own.q,
      [`${at}self_attn.k_proj.weight`]: own.k,
      [`${at}self_attn.v_proj.weight`]: own.v,
      [`${at}self_attn.o_proj.weight`]: own.o,
    };
    const experts = [
      { gate, up, down },
      { gate: random(48, H), up: random(48, H), down: random(H, 48) },
    ];
    const apart = experts.map((each, i): Model => ({
      [`${at}block_sparse_moe.experts.${i}.w1.weight`]: each.gate,
      [`${at}block_sparse_moe.experts.${i}.w2.weight`]: each.down,
      [`${at}block_sparse_moe.experts.${i}.w3.weight`]: each.up,
    }));
    const expected = result({ ...attention, ...apart[0], ...apart[1] });
    for (const turn of [(matrix: Matrix) => matrix, transposed]) {
      const stack: Model = {
        [`${at}mlp.experts.gate_up_proj`]: piled(...experts.map((each) => turn(stacked(each.gate, each.up)))),
        [`${at}mlp.experts.down_proj`]: piled(...experts.map((each) => turn(each.down))),
      };
      expect(result({ ...attention, ...stack }) === expected).toBe(true);
    }
  });
});

it('has the same residual network in the names of torchvision and of Hugging Face', () => {
  const [one, two, shortcut] = [random(24, 16, 3, 3), random(24, 24, 3, 3), random(24, 16, 1, 1)];
  const torchvision: Model = {
    'layer1.0.conv1.weight': one,
    'layer1.0.conv2.weight': two,
    'layer1.0.downsample.0.weight': shortcut,
  };
  const at = 'resnet.encoder.stages.0.layers.0.';
  const huggingFace: Model = {
    [`${at}shortcut.convolution.weight`]: shortcut,
    [`${at}layer.0.convolution.weight`]: one,
    [`${at}layer.1.convolution.weight`]: two,
  };
  expect(result(huggingFace) === result(torchvision)).toBe(true);
});
