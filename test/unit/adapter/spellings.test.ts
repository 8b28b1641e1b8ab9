/** Low-rank halves in the spellings of other programs, several adapters in one model, and bases that nothing can be added to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NeuroMfaError } from '../../../src/protocol/errors';
import {
  llama,
  mergedValues,
  numbers,
  openModel,
  removeWritten,
  weightsOf,
  writeAdapter,
  writeModel,
  type Tensors,
  type Values,
} from '../support/adapters';

afterEach(removeWritten);

const Q = 'model.layers.0.self_attn.q_proj';
const K = 'model.layers.1.self_attn.k_proj';
const halves = (layer: string): [Values, Values] => {
  const targets = layer === Q ? 48 : 24;
  return [numbers(layer.length, [4, 48]), numbers(layer.length + 1, [targets, 4])];
};

/** [b, a] of [a, b]. */
function turned({ shape, values, dtype }: Values): Values {
  const [rows, columns] = shape as [number, number];
  const at = (i: number): number => (i % rows) * columns + Math.floor(i / rows);
  return { shape: [columns, rows], dtype, values: values.map((_, i) => values[at(i)]!) };
}

function fault(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (error instanceof NeuroMfaError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}

describe('halves', () => {
  const spelled = (names: (layer: string, a: Values, b: Values) => Tensors): Tensors =>
    Object.assign({}, ...[Q, K].map((layer) => names(layer, ...halves(layer)))) as Tensors;
  const mlx = spelled((layer, a, b) => ({ [`${layer}.lora_a`]: turned(a), [`${layer}.lora_b`]: turned(b) }));
  const mlxConfig = { fine_tune_type: 'lora', lora_parameters: { rank: 4, scale: 2, dropout: 0 } };
  const peftConfig = { peft_type: 'LORA', r: 4, lora_alpha: 8 };

  it.each<[string, Tensors, object]>([
    ['mlx-lm', mlx, mlxConfig],
    [
      'torchtune',
      spelled((layer, a, b) => ({ [`${layer}.lora_a.weight`]: a, [`${layer}.lora_b.weight`]: b })),
      peftConfig,
    ],
    [
      'Megatron Bridge and NeMo',
      spelled((layer, a, b) => ({
        [`${layer}.adapter.linear_in.weight`]: a,
        [`${layer}.adapter.linear_out.weight`]: b,
      })),
      peftConfig,
    ],
    [
      'a model that was wrapped with one',
      spelled((layer, a, b) => ({
        [`${layer}.lora_A.default.weight`]: a,
        [`${layer}.lora_B.default.weight`]: b,
      })),
      peftConfig,
    ],
  ])('of %s make the merged model', (_name, tensors, config) => {
    const base = llama();
    const merged = { ...base };
    for (const layer of [Q, K])
      merged[`${layer}.weight`] = mergedValues(base[`${layer}.weight`]!, ...halves(layer), 2);
    const opened = openModel(writeAdapter(tensors, { config }), writeModel(base));
    const plain = openModel(writeModel(merged), null);
    expect(opened.network).toEqual(plain.network);
    expect(weightsOf(opened.plan)).toEqual(weightsOf(plain.plan));
    expect(opened.model.adapter).toMatchObject({ updates: 2, rank: [4, 4], scale: [2, 2] });
    const alone = openModel(writeAdapter(tensors, { config }), null);
    expect(alone.network.projections.map(({ sources, targets }) => [sources, targets])).toEqual([
      [48, 48],
      [48, 24],
    ]);
  });

  it('of a square layer are told apart by their names', () => {
    const [a, b] = [numbers(1, [8, 8]), numbers(2, [8, 8])];
    const one = openModel(writeAdapter({ 'h.0.q.lora_a': turned(a), 'h.0.q.lora_b': turned(b) }), null);
    const other = openModel(writeAdapter({ 'h.0.q.lora_A.weight': a, 'h.0.q.lora_B.weight': b }), null);
    expect(weightsOf(one.plan)[0]!.length).toBe(64);
    const unscaled = weightsOf(one.plan).map((part) =>
      part.map((value) => value / one.model.adapter!.scale![0]),
    );
    expect(unscaled).toEqual(
      weightsOf(other.plan).map((part) => part.map((value) => value / other.model.adapter!.scale![0])),
    );
  });

  it.each<[string, Tensors, object | null, RegExp]>([
    [
      'target_parameters by their place',
      {
        'base_model.model.layers.0.mlp.experts.lora_A.weight': numbers(1, [16, 48]),
        'base_model.model.layers.0.mlp.experts.lora_B.weight': numbers(2, [96, 16]),
        'base_model.model.layers.0.mlp.experts.base_layer.lora_A.weight': numbers(3, [16, 48]),
        'base_model.model.layers.0.mlp.experts.base_layer.lora_B.weight': numbers(4, [48, 16]),
      },
      null,
      /fused experts .*target_parameters.*merge_and_unload/,
    ],
    [
      'target_parameters by the configuration',
      {
        'base_model.model.layers.0.moe.lora_A.weight': halves(Q)[0],
        'base_model.model.layers.0.moe.lora_B.weight': halves(Q)[1],
      },
      { ...peftConfig, target_parameters: ['moe.w1'] },
      /target_parameters in adapter_config\.json/,
    ],
    [
      'experts of mlx-lm',
      {
        'layers.0.mlp.switch_mlp.up_proj.lora_a': numbers(1, [4, 8, 48]),
        'layers.0.mlp.switch_mlp.up_proj.lora_b': numbers(2, [4, 96, 8]),
      },
      mlxConfig,
      /fused experts/,
    ],
    [
      'bottleneck adapters',
      {
        'encoder.layer.0.output.adapters.task.adapter_down.0.weight': numbers(1, [4, 48]),
        'encoder.layer.0.output.adapters.task.adapter_up.weight': numbers(2, [48, 4]),
      },
      null,
      /bottleneck adapters .*update no weight\. Analyze the whole model/,
    ],
    ['Bone', { [`${Q}.bone_block`]: numbers(1, [4, 48]) }, null, /another kind \(Bone or MiSS/],
    ['FourierFT', { [`${Q}.fourierft_spectrum`]: numbers(1, [48]) }, null, /another kind \(FourierFT/],
    ['RandLoRA', { 'model.randlora_A': numbers(1, [4, 1, 48]) }, null, /another kind \(RandLoRA/],
    [
      'DeLoRA',
      { [`${Q}.delora_A`]: numbers(1, [4, 48]), [`${Q}.delora_B`]: numbers(2, [48, 4]) },
      null,
      /another kind \(DeLoRA/,
    ],
    [
      'virtual tokens',
      { prompt_embeddings: numbers(1, [20, 48]) },
      null,
      /nothing in it connects two layers/,
    ],
    ['DoRA of mlx-lm', { ...mlx, [`${Q}.m`]: numbers(3, [48]) }, mlxConfig, /another kind \(DoRA/],
    ['DoRA by its configuration', mlx, { fine_tune_type: 'dora' }, /another kind \(dora/],
  ])('%s are refused by their kind', (_name, tensors, config, message) => {
    expect(fault(() => openModel(writeAdapter(tensors, { config }), null))).toMatch(message);
  });
});

it('a model with several adapters in it is read as its base layers', () => {
  const tensors = Object.fromEntries(
    Object.entries(llama()).flatMap(([name, values]): [string, Values][] => {
      if (!name.endsWith('proj.weight')) return [[name, values]];
      const layer = name.slice(0, -'.weight'.length);
      const [out, columns] = values.shape as [number, number];
      const own = ['speech', 'vision'].flatMap((adapter): [string, Values][] => [
        [`${layer}.lora_A.${adapter}.weight`, numbers(1, [4, columns])],
        [`${layer}.lora_B.${adapter}.weight`, numbers(2, [out, 4])],
      ]);
      return [[`${layer}.base_layer.weight`, values], ...own];
    }),
  );
  const { network, model } = openModel(writeModel(tensors), null);
  expect(model.adapter).toBeNull();
  expect(network.architecture).toBe('llama');
  expect(network.projections.map(({ sources, targets }) => [sources, targets])).toEqual(
    openModel(writeModel(llama()), null).network.projections.map(({ sources, targets }) => [
      sources,
      targets,
    ]),
  );
  expect(network.skipped).toContainEqual({
    tensor: `${Q}.lora_B.vision.weight`,
    reason: { code: 'inner-adapter' },
  });
});

describe('a quantized base', () => {
  const [a, b] = halves(Q);
  const adapter = { [`${Q}.lora_A.weight`]: a, [`${Q}.lora_B.weight`]: b };
  const base = (store: (layer: string, values: Values) => Tensors): Tensors =>
    Object.assign(
      {},
      ...Object.entries(llama()).map(([name, values]) =>
        name.endsWith('proj.weight') ? store(name.slice(0, -'.weight'.length), values) : { [name]: values },
      ),
    ) as Tensors;
  const bytes = (shape: readonly number[]): Values => ({ ...numbers(1, shape), dtype: 'I8' });

  it.each<[string, Tensors]>([
    [
      'in another shape',
      base((layer) => ({ [`${layer}.weight`]: bytes([96, 1]), [`${layer}.SCB`]: numbers(1, [48]) })),
    ],
    ['in its own shape, without scales', base((layer, { shape }) => ({ [`${layer}.weight`]: bytes(shape) }))],
    [
      'under another name',
      base((layer) => ({ [`${layer}.qweight`]: bytes([6, 48]), [`${layer}.scales`]: numbers(1, [2, 48]) })),
    ],
  ])('%s is said to be one, with the edition that is needed', (_name, tensors) => {
    const path = writeModel(tensors);
    writeFileSync(
      join(path, 'config.json'),
      JSON.stringify({ model_type: 'llama', quantization_config: { quant_method: 'bitsandbytes' } }),
    );
    expect(fault(() => openModel(writeAdapter(adapter), path))).toMatch(
      /its base .* is quantized \(bitsandbytes.*, I8\).*edition of the base in float16, bfloat16 or float32/,
    );
  });
});

it('bottleneck adapters inside a model are left out of it', () => {
  const inside = {
    ...llama(),
    'model.layers.0.adapters.task.adapter_down.0.weight': numbers(1, [4, 48]),
    'model.layers.0.adapters.task.adapter_up.weight': numbers(2, [48, 4]),
  };
  const { network } = openModel(writeModel(inside), null);
  const plain = openModel(writeModel(llama()), null).network;
  expect(network.projections).toEqual(plain.projections);
});
