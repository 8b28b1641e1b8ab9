/** Any text as a config.json, beside tensors of several kinds of models. */
import { expect } from 'vitest';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { jobs } from '../../src/worker/job';
import { subjectAt } from '../unit/support/engine';
import { llama } from '../unit/support/adapters';
import { depthOf, JsonObject, readJson } from './oracle/json';
import { mutateSome } from './support/bytes';
import { expectFinite, expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { anyStyle, Entries, mutateJson, toEntries, writeJson } from './support/json';
import { oddNumber, oddText, oddValue, Raw } from './support/odd';
import { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { madeTensor, tensorFile, type MadeTensor } from './support/tensorFiles';

const folder = new Folder();
const path = folder.at('model.safetensors');

/** Names and shapes of some kinds of models; their values do not matter here. */
const MODELS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  llama: Object.fromEntries(Object.entries(llama()).map(([name, { shape }]) => [name, shape])),
  gpt_neox: {
    'gpt_neox.embed_in.weight': [64, 16],
    ...blocks('gpt_neox.layers.#.', {
      'attention.query_key_value.weight': [48, 16],
      'attention.dense.weight': [16, 16],
      'mlp.dense_h_to_4h.weight': [64, 16],
      'mlp.dense_4h_to_h.weight': [16, 64],
    }),
  },
  falcon: blocks('transformer.h.#.', {
    'self_attention.query_key_value.weight': [24, 16],
    'self_attention.dense.weight': [16, 16],
    'mlp.dense_h_to_4h.weight': [64, 16],
    'mlp.dense_4h_to_h.weight': [16, 64],
  }),
  clip: {
    ...blocks('text_model.encoder.layers.#.', {
      'self_attn.q_proj.weight': [16, 16],
      'self_attn.k_proj.weight': [16, 16],
      'self_attn.v_proj.weight': [16, 16],
      'self_attn.out_proj.weight': [16, 16],
      'mlp.fc1.weight': [64, 16],
      'mlp.fc2.weight': [16, 64],
    }),
    ...blocks('vision_model.encoder.layers.#.', {
      'self_attn.q_proj.weight': [16, 16],
      'self_attn.k_proj.weight': [16, 16],
      'self_attn.v_proj.weight': [16, 16],
      'self_attn.out_proj.weight': [16, 16],
      'mlp.fc1.weight': [64, 16],
      'mlp.fc2.weight': [16, 64],
    }),
  },
  t5: blocks('encoder.block.#.', {
    'layer.0.SelfAttention.q.weight': [16, 16],
    'layer.0.SelfAttention.k.weight': [16, 16],
    'layer.0.SelfAttention.v.weight': [16, 16],
    'layer.0.SelfAttention.o.weight': [16, 16],
    'layer.1.DenseReluDense.wi.weight': [64, 16],
    'layer.1.DenseReluDense.wo.weight': [16, 64],
  }),
  gpt2: blocks('h.#.', {
    'attn.c_attn.weight': [16, 48],
    'attn.c_proj.weight': [16, 16],
    'mlp.c_fc.weight': [16, 64],
    'mlp.c_proj.weight': [64, 16],
  }),
};

function blocks(prefix: string, shapes: Readonly<Record<string, readonly number[]>>) {
  return Object.fromEntries(
    [0, 1].flatMap((block) =>
      Object.entries(shapes).map(
        ([name, shape]) => [prefix.replace('#', String(block)) + name, shape] as const,
      ),
    ),
  );
}

const FILES = Object.fromEntries(
  Object.entries(MODELS).map(([model, shapes]) => {
    const random = new Random(0, model);
    const tensors = Object.entries(shapes).map(([name, shape]): MadeTensor =>
      madeTensor(random, name, 'F16', shape),
    );
    return [model, tensorFile(random, tensors, null, { space: '', newline: '', escaped: 0 })];
  }),
);

interface Input {
  model: string;
  config: Uint8Array;
}

function make(random: Random): Input {
  const model = random.pick(Object.keys(MODELS));
  const entries: [string, unknown][] = [
    ['architectures', ['ModelForCausalLM']],
    [
      'model_type',
      random.chance(0.7) ? model : random.pick([...Object.keys(MODELS), 'bert', 'mixtral', 'clip']),
    ],
    ['hidden_size', 16],
    ['num_attention_heads', random.pick([1, 2, 4, 8, 3])],
    ['num_key_value_heads', random.pick([1, 2, 4])],
    ['num_hidden_layers', 2],
    ['n_head', 4],
    ['num_heads', random.pick([4, oddNumber(random)])],
    ['d_kv', random.pick([4, oddNumber(random)])],
    ['initializer_factor', random.pick([1, oddNumber(random)])],
    ['head_dim', 8],
    ['intermediate_size', 64],
    ['vocab_size', 64],
    ['initializer_range', random.pick([0.02, oddNumber(random)])],
    ['rope_scaling', random.pick([null, new Raw('Infinity'), new Entries([['factor', new Raw('NaN')]])])],
    ['new_decoder_architecture', random.chance(0.5)],
    ['multi_query', random.chance(0.5)],
    ['text_config', random.chance(0.2) ? toEntries({ hidden_size: 16, num_attention_heads: 4 }) : null],
    ['id2label', toEntries({ 0: oddText(random), 1: oddText(random) })],
  ];
  const given = entries.filter(() => random.chance(0.7));
  for (const entry of given) if (random.chance(0.1)) entry[1] = toEntries(oddValue(random));
  let config: unknown = new Entries(given);
  if (random.chance(0.4)) config = mutateJson(random, config);
  const text = Buffer.from(writeJson(random, config, anyStyle(random)));
  return { model, config: mutateSome(random, text, 0.75) };
}

function check({ model, config }: Input): Outcome {
  folder.fill({ 'model.safetensors': FILES[model]!, 'config.json': config });
  const expected = configOf(config);
  let checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    if (expected) throw error;
    return expectRefusal(error, folder.path);
  }
  checkpoint.close();
  if (!expected) expect.fail('taken, although it is no configuration');
  expect(checkpoint.config).toEqual(expected);
  inspectIt(path);
  expectDrawable();
  return 'taken';
}

/** The network before training, as far as the configuration tells how its weights are drawn. */
function expectDrawable(): void {
  try {
    // What is asked for again is the configuration as it is written.
    const { info, plan } = jobs.open({ subject: subjectAt(path, { kind: 'init' }) });
    expectFinite({ info, plan });
  } catch (error) {
    expectRefusal(error, path);
  }
}

/** The program's own limit, far above that of any model. */
const MAX_LEVELS = 64;

/** What Python's json makes of it; null where it makes no object. */
function configOf(bytes: Uint8Array): unknown {
  try {
    const json = readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { nonFinite: true });
    return json instanceof JsonObject && depthOf(json) <= MAX_LEVELS ? json.plain : null;
  } catch {
    return null;
  }
}

fuzz({ name: 'config', make, check });
