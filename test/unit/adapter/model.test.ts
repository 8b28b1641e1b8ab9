/** Low-rank adapters with their base and alone, against the same sums made in the plainest way. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelOf } from '../../../src/core/adapter/model';
import type { BaseChoice } from '../../../src/protocol/subject';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
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
import { runSample } from '../support/analyze';
import { expectFault } from '../checkpoint/build';
import { lines, reasons } from '../network/support';
import { factText } from '../../../src/protocol/factWords';

afterAll(removeWritten);

/** The layers of `llama()` that its adapters change, and the rank. */
const LAYERS = ['layers.0.self_attn.q_proj', 'layers.0.self_attn.v_proj', 'layers.1.mlp.down_proj'];
const RANK = 4;

interface Update {
  a: Values;
  b: Values;
}

/** By layer of the base. */
function updates(base: Tensors, layers = LAYERS, dyadic = false): Record<string, Update> {
  return Object.fromEntries(
    layers.map((layer, i) => {
      const [targets, sources] = base[`model.${layer}.weight`]!.shape as [number, number];
      const a = numbers(1000 + i, [RANK, sources], 'BF16', dyadic);
      return [layer, { a, b: numbers(2000 + i, [targets, RANK], 'F32', dyadic) }];
    }),
  );
}

/** @param names of the halves of a layer. */
function adapter(
  changed: Record<string, Update>,
  names: (layer: string) => [string, string] = (layer) => [
    `base_model.model.model.${layer}.lora_A.weight`,
    `base_model.model.model.${layer}.lora_B.weight`,
  ],
): Tensors {
  return Object.fromEntries(
    Object.entries(changed).flatMap(([layer, { a, b }]) => {
      const [down, up] = names(layer);
      return [
        [down, a],
        [up, b],
      ];
    }),
  );
}

function merged(base: Tensors, changed: Record<string, Update>, scale: number): Tensors {
  return Object.fromEntries(
    Object.entries(base).map(([name, values]) => {
      const update = changed[name.replace(/^model\./, '').replace(/\.weight$/, '')];
      return [name, update ? mergedValues(values, update.a, update.b, scale) : values];
    }),
  );
}

describe('an adapter with its base', () => {
  it('is the merged model, bit for bit: its network, its draws, its weights, its samples', () => {
    for (const dyadic of [true, false]) {
      const base = llama('F16', dyadic);
      const changed = updates(base, LAYERS, dyadic);
      const basePath = writeModel(base);
      const made = openModel(writeAdapter(adapter(changed)), basePath);
      const whole = openModel(writeModel(merged(base, changed, 2)), undefined);
      expect(made.network.architecture).toBe('llama');
      expect(made.network).toEqual(whole.network);
      const weights = weightsOf(made.plan);
      expect(weights).toEqual(weightsOf(whole.plan));
      for (const scaleFree of [false, 'network'] as const) {
        const samples = [made, whole].map(({ plan }) => runSample(plan, 3, { scaleFree }));
        expect(samples[0]).toEqual(samples[1]);
        expect(samples[0]!.result.alpha0).toBeGreaterThan(0);
      }
      // Whatever rows are asked for together.
      for (const rows of [1, 7, 48]) expect(weightsOf(made.plan, rows)).toEqual(weights);
    }
  });

  it('leaves every other tensor to the base', () => {
    const base = llama();
    const changed = updates(base);
    const [own, bare] = [
      openModel(writeAdapter(adapter(changed)), writeModel(base)),
      openModel(writeModel(base), undefined),
    ].map(({ plan }) => weightsOf(plan));
    const differing = own!.flatMap((weights, i) =>
      JSON.stringify(weights) === JSON.stringify(bare![i]) ? [] : [i],
    );
    expect(differing).toEqual([0, 2, 13]);
  });

  const spellings: [string, (layer: string) => [string, string], string][] = [
    [
      'PEFT with the name of the adapter',
      (layer) => [
        `base_model.model.model.${layer}.lora_A.default.weight`,
        `base_model.model.model.${layer}.lora_B.default.weight`,
      ],
      'model.',
    ],
    [
      'PEFT around the bare model, whose base has a prefix',
      (layer) => [`base_model.model.${layer}.lora_A.weight`, `base_model.model.${layer}.lora_B.weight`],
      'model.',
    ],
    [
      'PEFT, whose base has no prefix',
      (layer) => [
        `base_model.model.model.${layer}.lora_A.weight`,
        `base_model.model.model.${layer}.lora_B.weight`,
      ],
      '',
    ],
    [
      'a base in wrappers',
      (layer) => [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`],
      '_orig_mod.module.model.',
    ],
    [
      'diffusers',
      (layer) => [`transformer.${layer}.lora.down.weight`, `transformer.${layer}.lora.up.weight`],
      '',
    ],
    [
      'older diffusers',
      (layer) => [`${layer}.lora_linear_layer.down.weight`, `${layer}.lora_linear_layer.up.weight`],
      'model.',
    ],
    [
      'kohya',
      (layer) => {
        const path = layer.replaceAll('.', '_');
        return [`lora_te_${path}.lora_down.weight`, `lora_te_${path}.lora_up.weight`];
      },
      'model.',
    ],
  ];
  it.each(spellings)('finds its tensors by the names of %s, in any order', (_, names, prefix) => {
    const base = llama();
    const changed = updates(base);
    const named = Object.entries(base).map(([name, values]): [string, Values] => [
      name.replace(/^model\./, prefix),
      values,
    ]);
    const stored = Object.entries(adapter(changed, names));
    const made = openModel(
      writeAdapter(Object.fromEntries(stored.toReversed())),
      writeModel(Object.fromEntries(named.toReversed())),
    );
    const whole = openModel(writeModel(merged(base, changed, 2)), undefined);
    expect(weightsOf(made.plan)).toEqual(weightsOf(whole.plan));
  });

  it('adds to weights stored [in, out], squares among them', () => {
    const base: Tensors = {
      'h.0.attn.c_attn.weight': numbers(1, [16, 48]),
      'h.0.attn.c_proj.weight': numbers(2, [16, 16]),
      'h.0.mlp.c_fc.weight': numbers(3, [16, 64]),
      'h.0.mlp.c_proj.weight': numbers(4, [64, 16]),
    };
    const halves = {
      'attn.c_attn': { a: numbers(5, [2, 16]), b: numbers(6, [48, 2]) },
      'attn.c_proj': { a: numbers(7, [2, 16]), b: numbers(8, [16, 2]) },
    };
    const tensors = Object.entries(halves).flatMap(([layer, { a, b }]): [string, Values][] => [
      [`base_model.model.transformer.h.0.${layer}.lora_A.weight`, a],
      [`base_model.model.transformer.h.0.${layer}.lora_B.weight`, b],
    ]);
    const sum = { ...base };
    for (const [layer, { a, b }] of Object.entries(halves)) {
      const name = `h.0.${layer}.weight`;
      sum[name] = mergedValues(base[name]!, a, b, 8, true);
    }
    const expected = weightsOf(openModel(writeModel(sum), undefined).plan);
    // PEFT writes the layout down; without that, the layers around a square tell it.
    for (const config of [{ lora_alpha: 16, fan_in_fan_out: true }, { lora_alpha: 16 }]) {
      const made = openModel(writeAdapter(Object.fromEntries(tensors), { config }), writeModel(base));
      expect(made.network.projections.map(({ layout }) => layout)).toEqual(Array(4).fill('in-out'));
      expect(weightsOf(made.plan)).toEqual(expected);
    }
    // In an architecture that is not known nothing else tells it.
    const unknown = { 'net.0.a.weight': numbers(1, [16, 16]), 'net.1.a.weight': numbers(2, [16, 16]) };
    const square = {
      'net.0.a.lora_A.weight': numbers(3, [2, 16]),
      'net.0.a.lora_B.weight': numbers(4, [16, 2]),
    };
    for (const turned of [false, true]) {
      const config = { lora_alpha: 2, fan_in_fan_out: turned };
      const made = openModel(writeAdapter(square, { config }), writeModel(unknown));
      const [a, b] = Object.values(square) as [Values, Values];
      expect(weightsOf(made.plan)[0]).toEqual([
        ...mergedValues(unknown['net.0.a.weight'], a, b, 1, turned).values,
      ]);
    }
  });

  it('adds to the rows of a tensor that its family takes apart, and to kernels', () => {
    const bloom: Tensors = {
      'h.0.self_attention.query_key_value.weight': numbers(1, [48, 16]),
      'h.0.self_attention.dense.weight': numbers(2, [16, 16]),
      'h.0.mlp.dense_h_to_4h.weight': numbers(3, [64, 16]),
      'h.0.mlp.dense_4h_to_h.weight': numbers(4, [16, 64]),
    };
    const layer = 'h.0.self_attention.query_key_value';
    const [a, b] = [numbers(5, [2, 16]), numbers(6, [48, 2])];
    const config = { model_type: 'bloom', n_head: 4 };
    const made = openModel(
      writeAdapter({ [`${layer}.lora_A.weight`]: a, [`${layer}.lora_B.weight`]: b }),
      writeModel(bloom, config),
    );
    const sum = { ...bloom, [`${layer}.weight`]: mergedValues(bloom[`${layer}.weight`]!, a, b, 4) };
    expect(made.network.projections[0]!.parts).toHaveLength(12);
    expect(weightsOf(made.plan)).toEqual(weightsOf(openModel(writeModel(sum, config), undefined).plan));

    const kernels: Tensors = {
      'net.0.conv.weight': numbers(1, [12, 8, 3, 3]),
      'net.1.conv.weight': numbers(2, [8, 12, 3, 3]),
    };
    const [down, up] = [numbers(3, [2, 8, 3, 3]), numbers(4, [12, 2, 1, 1])];
    const kernel = { 'net.0.conv.lora_A.weight': down, 'net.0.conv.lora_B.weight': up };
    const conv = openModel(writeAdapter(kernel), writeModel(kernels));
    expect(weightsOf(conv.plan)[0]).toEqual([
      ...mergedValues(kernels['net.0.conv.weight']!, down, up, 4).values,
    ]);
  });

  it('takes what the adapter stores whole in place of the base’s', () => {
    const base = llama();
    const changed = updates(base);
    const whole = numbers(77, [48, 48], 'F32');
    const tensors = {
      ...adapter(changed),
      'base_model.model.model.layers.1.self_attn.o_proj.weight': whole,
      'base_model.model.score.weight': numbers(78, [3, 48]),
      'base_model.model.model.layers.0.self_attn.q_proj.bias': numbers(79, [48]),
    };
    const { network, plan, model } = openModel(writeAdapter(tensors), writeModel(base));
    const at = network.projections.findIndex(({ name }) => name.includes('layers.1.self_attn.o_proj'));
    expect(network.projections).toHaveLength(8);
    expect(weightsOf({ ...plan, projections: [plan.projections[at]!] })).toEqual([[...whole.values]]);
    expect(model.skipped).toEqual([
      {
        tensor: 'base_model.model.model.layers.1.self_attn.o_proj.weight',
        reason: { code: 'replaces', tensor: 'model.layers.1.self_attn.o_proj.weight' },
      },
    ]);
    expect(reasons(network)).toMatchObject({ 'base_model.model.score.weight': expect.any(String) as string });
  });

  it('leaves out updates of other parts of a pipeline, of a tied head and of embeddings', () => {
    const base = llama();
    const [a, b] = [numbers(5, [2, 48]), numbers(6, [48, 2])];
    const tensors = {
      'unet.layers.0.self_attn.q_proj.lora_A.weight': a,
      'unet.layers.0.self_attn.q_proj.lora_B.weight': b,
      'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight': a,
      'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_B.weight': b,
      'lm_head.lora_A.weight': a,
      'lm_head.lora_B.weight': b,
      'model.embed_tokens.lora_embedding_A': numbers(7, [2, 64]),
    };
    const { model } = openModel(writeAdapter(tensors), writeModel(base));
    expect(
      Object.fromEntries(model.skipped.map(({ tensor, reason }) => [tensor, factText(reason)])),
    ).toMatchObject({
      'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight':
        'low-rank update of text_encoder, which is not in the base',
      'lm_head.lora_B.weight': 'output head (unembedding)',
      'model.embed_tokens.lora_embedding_A':
        'low-rank update of an embedding: connects no two layers of neurons',
    });
  });
});

describe('an adapter alone', () => {
  const at = 'base_model.model.model.layers';
  const pair = (name: string, rank: number, from: number, to: number): Tensors => ({
    [`${name}.lora_A.weight`]: numbers(1, [rank, from]),
    [`${name}.lora_B.weight`]: numbers(2, [to, rank]),
  });

  it('is its updates s·B·A', () => {
    const tensors = pair(`${at}.0.self_attn.q_proj`, 4, 16, 24);
    const { plan } = openModel(writeAdapter(tensors), null);
    const [a, b] = Object.values(tensors) as [Values, Values];
    expect(weightsOf(plan)).toEqual([[...mergedValues(null, a, b, 2).values]]);
  });

  it('has the projections of its base: those of q and v are one', () => {
    const blocks = [0, 1].flatMap((block) => [
      pair(`${at}.${block}.self_attn.q_proj`, 4, 16, 16),
      pair(`${at}.${block}.self_attn.v_proj`, 2, 16, 8),
    ]);
    const { network } = openModel(writeAdapter(Object.assign({}, ...blocks) as Tensors), null);
    expect(network).toMatchObject({ architecture: 'lora', blocks: 2 });
    expect(lines(network).map((line) => line.replaceAll('base_model.model.model.', ''))).toEqual([
      '0 attention.qkv 16→24 layers.0.self_attn.q_proj 16x16 & layers.0.self_attn.v_proj 8x16: block 0 input → block 0 attention heads, block 0 attention keys and values @16',
      '1 attention.qkv 16→24 layers.1.self_attn.q_proj 16x16 & layers.1.self_attn.v_proj 8x16: block 1 input → block 1 attention heads, block 1 attention keys and values @16',
    ]);
  });

  it('is read as its family where whole blocks are updated, and by names where blocks are missing between', () => {
    const base = llama();
    const all = Object.entries(base).filter(([name]) => name.includes('layers'));
    const tensors = (kept: (name: string) => boolean): Tensors =>
      Object.assign(
        {},
        ...all
          .filter(([name]) => kept(name))
          .map(([name, { shape }]) => pair(name.replace('.weight', ''), 4, shape[1]!, shape[0]!)),
      ) as Tensors;
    const whole = openModel(writeAdapter(tensors(() => true)), null).network;
    const model = openModel(writeModel(base), undefined).network;
    expect(whole.architecture).toBe('lora (llama)');
    expect(whole.draws).toEqual(model.draws);
    expect(whole.projections).toEqual(model.projections);
    const second = openModel(writeAdapter(tensors((name) => name.includes('.1.'))), null).network;
    expect(second.architecture).toBe('lora');
    expect(second.projections.map(({ role }) => role)).toEqual([
      'attention.qkv',
      'attention.out',
      'mlp.up',
      'mlp.down',
    ]);
  });

  it.each([
    [
      'PEFT',
      'layers.3.q_proj.lora_A.default.weight',
      'layers.3.q_proj.lora_B.default.weight',
      'layers.3.q_proj',
    ],
    [
      'kohya',
      'lora_unet_down_blocks_0_attentions_1_attn1_to_q.lora_down.weight',
      'lora_unet_down_blocks_0_attentions_1_attn1_to_q.lora_up.weight',
      'unet.down_blocks.0.attentions.1.attn1_to_q',
    ],
    [
      'diffusers',
      'unet.mid.attn1.to_q.lora.down.weight',
      'unet.mid.attn1.to_q.lora.up.weight',
      'unet.mid.attn1.to_q',
    ],
    [
      'attention processors',
      'mid.attn1.processor.to_out_lora.down.weight',
      'mid.attn1.processor.to_out_lora.up.weight',
      'mid.attn1.to_out.0',
    ],
  ])('calls layers by the names of %s', (_tool, a, b, name) => {
    const { network } = openModel(writeAdapter({ [a]: numbers(1, [4, 16]), [b]: numbers(2, [8, 4]) }), null);
    expect(network.projections.map((projection) => projection.name)).toEqual([name]);
  });

  it('is not what a model is that has an adapter in it', () => {
    const layer = 'model.layers.0.self_attn.q_proj';
    const { [`${layer}.weight`]: q, ...base } = llama();
    const tensors = { ...base, ...pair(layer, 2, 48, 48), [`${layer}.base_layer.weight`]: q! };
    const { network, model } = openModel(writeModel(tensors), undefined);
    expect(model.adapter).toBeNull();
    expect(network.architecture).toBe('llama');
    expect(reasons(network)[`${layer}.lora_A.weight`]).toMatch(/^half of a low-rank update/);
  });
});

describe('the scale', () => {
  const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
  const tensors: Tensors = {
    [`${layer}.lora_A.weight`]: numbers(1, [4, 16]),
    [`${layer}.lora_B.weight`]: numbers(2, [16, 4]),
  };
  const scaleOf = (config: object | null, more: Tensors = {}, metadata?: object): unknown =>
    openModel(writeAdapter({ ...tensors, ...more }, { config, ...(metadata && { metadata }) }), null).model
      .adapter!.scale;

  it('is α / r, or α / √r', () => {
    expect(scaleOf({ lora_alpha: 12, r: 99 })).toEqual([3, 3]);
    expect(scaleOf({ lora_alpha: 12, use_rslora: true })).toEqual([6, 6]);
  });

  it('may have an α for some layers', () => {
    const pattern = (key: string) => scaleOf({ lora_alpha: 12, alpha_pattern: { nothing: 4, [key]: 8 } });
    expect(pattern('self_attn.q_proj')).toEqual([2, 2]);
    expect(pattern('model.layers.0.self_attn.q_proj')).toEqual([2, 2]);
    expect(pattern('^model.layers.0.self_attn.q_proj')).toEqual([2, 2]);
    expect(pattern('^self_attn.q_proj')).toEqual([3, 3]);
    expect(pattern('attn.q_proj')).toEqual([3, 3]);
  });

  it('may be stored beside the halves, or in the metadata', () => {
    const alpha = (dtype: 'F32' | 'BF16', value: number): Values => ({
      shape: [],
      values: Float64Array.of(value),
      dtype,
    });
    expect(scaleOf(null, { [`${layer}.alpha`]: alpha('BF16', 2) })).toEqual([0.5, 0.5]);
    expect(scaleOf({ lora_alpha: 12 }, { [`${layer}.alpha`]: alpha('F32', 2) })).toEqual([0.5, 0.5]);
    const metadata = {
      lora_adapter_metadata: JSON.stringify({ 'base_model.lora_alpha': 6, 'base_model.r': 4 }),
    };
    expect(scaleOf(null, {}, metadata)).toEqual([1.5, 1.5]);
  });

  it.each([NaN, Infinity, -Infinity, 0, -2])(
    'is none with an α of %s, which is told with its tensor',
    (value) => {
      const stored: Values = { shape: [], values: Float64Array.of(value), dtype: 'F32' };
      const path = writeAdapter({ ...tensors, [`${layer}.alpha`]: stored }, { config: { lora_alpha: 12 } });
      expectFault(
        () => openModel(path, null),
        'unsupported',
        join(path, 'adapter_model.safetensors'),
        new RegExp(`q_proj\\.alpha is ${value}, where the positive number is expected that scales`),
      );
    },
  );

  it('is taken as 1 where nothing tells it', () => {
    expect(scaleOf(null)).toBeNull();
    expect(scaleOf({ r: 4 })).toBeNull();
    expect(scaleOf(null, {}, { lora_adapter_metadata: 'not JSON' })).toBeNull();
    const [a, b] = Object.values(tensors) as [Values, Values];
    expect(weightsOf(openModel(writeAdapter(tensors, { config: null }), null).plan)).toEqual([
      [...mergedValues(null, a, b, 1).values],
    ]);
  });
});

describe('what names an analysis', () => {
  const base = llama();
  const stored = adapter(updates(base));
  const fingerprint = (path: string, choice: BaseChoice): string => {
    const model = modelOf(openCheckpoint(path), choice);
    try {
      return model.fingerprint();
    } finally {
      model.close();
    }
  };

  it('is the content of adapter and base, and the scale; not where they lie', () => {
    const own = writeAdapter(stored);
    const one = writeModel(base);
    const named = [
      fingerprint(own, null),
      fingerprint(own, one),
      fingerprint(own, writeModel(llama('BF16'))),
      fingerprint(writeAdapter(stored, { config: { lora_alpha: 4 } }), one),
      fingerprint(writeAdapter(stored, { config: null }), one),
      fingerprint(one, undefined),
    ];
    expect(new Set(named).size).toBe(named.length);
    const elsewhere = mkdtempSync(join(tmpdir(), 'neuromfa-moved-'));
    cpSync(own, join(elsewhere, 'adapter'), { recursive: true });
    cpSync(one, join(elsewhere, 'base'), { recursive: true });
    expect(fingerprint(join(elsewhere, 'adapter'), join(elsewhere, 'base'))).toBe(named[1]);
    rmSync(elsewhere, { recursive: true });
  });

  it('is the base that the configuration names, where that is a path, there, and in the given folders', () => {
    const one = writeModel(base);
    const of = (name: string) =>
      writeAdapter(stored, { config: { lora_alpha: 8, base_model_name_or_path: name } });
    const found = openModel(of(one), { within: ['/no/such', one] }).model;
    expect(found.adapter!.base).toMatchObject({ path: join(one, 'model.safetensors') });
    expect(found.adapter!.baseName).toBe(one);
    for (const choice of [null, undefined, { within: [] }, { within: [`${one}x`] }]) {
      expect(openModel(of(one), choice).model.adapter).toMatchObject({ base: null, baseName: one });
    }
    expect(openModel(of('meta-llama/Llama-2-7b-hf'), { within: [tmpdir()] }).model.adapter).toMatchObject({
      base: null,
      baseName: 'meta-llama/Llama-2-7b-hf',
      updates: 3,
      rank: [4, 4],
      scale: [2, 2],
    });
    expect(openModel(of('/no/such/model'), { within: ['/'] }).model.adapter!.base).toBeNull();
    const other = mkdtempSync(join(tmpdir(), 'neuromfa-empty-'));
    expectFault(
      () => openModel(of(other), { within: [other] }),
      'missing',
      other,
      /the base that adapter_config.json names cannot be used: no checkpoint is in this folder/,
    );
    rmSync(other, { recursive: true });
  });
});

describe('what is refused, with its reason', () => {
  const base = llama();
  const basePath = writeModel(base);
  const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
  const [a, b] = [numbers(1, [4, 48]), numbers(2, [48, 4])];
  const sound = { [`${layer}.lora_A.weight`]: a, [`${layer}.lora_B.weight`]: b };
  const refused = (
    tensors: Tensors,
    message: RegExp,
    { choice = basePath, config }: { choice?: string | null; config?: object } = {},
  ): void => {
    const path = writeAdapter(tensors, config && { config });
    expectFault(
      () => openModel(path, choice),
      'unsupported',
      join(path, 'adapter_model.safetensors'),
      message,
    );
  };

  it('updates that match no tensor of the base, or several, or do not fit', () => {
    const named = (name: string, down = a, up = b): Tensors => ({
      [`${name}.lora_A.weight`]: down,
      [`${name}.lora_B.weight`]: up,
    });
    refused(
      { ...sound, ...named('model.layers.7.self_attn.q_proj') },
      /model\.layers\.7\.self_attn\.q_proj\.lora_A\.weight and .*lora_B\.weight match no tensor of the base .*model\.safetensors/,
    );
    refused(named('model.layers.0.self_attn.query'), /match no tensor of the base/);
    refused(
      named('model.layers.0.mlp.gate_proj', a, numbers(3, [81, 4])),
      /make an update of shape \[81, 48\], which does not fit model\.layers\.0\.mlp\.gate_proj\.weight of the base .*, of shape \[80, 48\]/,
    );
    const twice = Object.fromEntries(
      ['text.', 'vision.'].flatMap((tower) =>
        Object.entries(base).map(([name, values]) => [tower + name, values]),
      ),
    );
    refused(
      named('layers.0.self_attn.q_proj'),
      /match several tensors of the base .*: text\.model.*, vision\.model/,
      {
        choice: writeModel(twice),
      },
    );
  });

  it('halves that are not two, or do not fit each other', () => {
    refused({ [`${layer}.lora_A.weight`]: a }, /lora_A\.weight has no other half/);
    refused({ [`${layer}.lora_B.weight`]: b }, /lora_B\.weight has no other half/);
    refused(
      { ...sound, [`${layer}.lora_B.weight`]: numbers(2, [48, 3]) },
      /lora_A\.weight has rank 4 and .*lora_B\.weight has rank 3/,
    );
    refused({ ...sound, [`${layer}.lora_A.other.weight`]: a }, /both update .*q_proj/);
    refused({ ...sound, [`${layer}.lora_B.weight`]: numbers(2, [48, 4, 3, 3]) }, /a kernel where a matrix/);
    refused({ ...sound, [`${layer}.alpha`]: numbers(2, [2]) }, /\.alpha is not one number/);
  });

  it('adapters of other kinds', () => {
    const [magnitude, vector] = [numbers(1, [48]), numbers(1, [48, 1])];
    refused(
      { ...sound, [`${layer}.lora_magnitude_vector`]: magnitude },
      /another kind \(DoRA, by .*magnitude_vector/,
    );
    refused({ ...sound, [`${layer}.lora_E`]: vector }, /AdaLoRA/, { choice: null });
    refused({ 'lora_unet_a.hada_w1_a': a, 'lora_unet_a.hada_w1_b': a }, /LoHa/, { choice: null });
    refused({ 'a.ia3_l': vector }, /IA³/, { choice: null });
    refused(sound, /another kind \(VERA, by peft_type in adapter_config.json/, {
      config: { peft_type: 'VERA' },
    });
    refused(sound, /DoRA, by use_dora/, { config: { use_dora: true } });
    refused(sound, /pissa_niter_16, by init_lora_weights/, {
      config: { init_lora_weights: 'pissa_niter_16' },
    });
    refused(sound, /layer replication/, { config: { layer_replication: [[0, 1]] } });
    refused(sound, /regular expression "layers\.\(\?=0\).*Write the names of the layers in its place/, {
      config: { lora_alpha: 1, alpha_pattern: { 'layers.(?=0)0.q_proj': 2 } },
    });
  });

  it('a GGUF file as base, whose rows have another order', () => {
    const base = resolve('test/fixtures/formats/gguf/tiny.gguf');
    expectFault(
      () => openModel(writeAdapter(sound), base),
      'unsupported',
      base,
      /rows of queries and keys in another order\. Choose the model from which it was converted as the base/,
    );
  });

  it('a base that is none', () => {
    const own = writeAdapter(sound);
    const another = writeAdapter(sound);
    expectFault(
      () => openModel(own, another),
      'unsupported',
      join(another, 'adapter_model.safetensors'),
      /it is an adapter, and no base of one/,
    );
    const other = writeModel(base);
    expectFault(
      () => openModel(other, basePath),
      'usage',
      join(other, 'model.safetensors'),
      /no low-rank adapter that could be added to the base/,
    );
    // Beside its adapters the base itself may be analyzed.
    expect(openModel(basePath, basePath).model.adapter).toBeNull();
    expectFault(() => openModel(own, '/no/such'), 'missing', '/no/such', /no such file/);
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const quantized = writeModel({ ...base, [name]: { ...base[name]!, dtype: 'I8' } });
    expectFault(
      () => openModel(own, quantized),
      'unsupported',
      join(own, 'adapter_model.safetensors'),
      /its base .*model\.safetensors is quantized \(I8\), and an update cannot be added/,
    );
  });

  it('says so of a configuration that is damaged', () => {
    for (const alpha of ['many', null, 0, -1]) {
      const path = writeAdapter(sound, { config: { lora_alpha: alpha } });
      expectFault(
        () => openModel(path, null),
        'damaged',
        join(path, 'adapter_model.safetensors'),
        /adapter_config\.json: the alpha of .*q_proj is not a positive number/,
      );
    }
    const path = writeAdapter(sound, { config: { lora_alpha: '@' } });
    const file = join(path, 'adapter_config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"@"', '1e400'));
    expectFault(
      () => openModel(path, null),
      'damaged',
      join(path, 'adapter_model.safetensors'),
      /the alpha of .*q_proj is not a positive number/,
    );
  });
});
