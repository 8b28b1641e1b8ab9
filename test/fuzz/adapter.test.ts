/** Low-rank adapters with anything wrong in names, shapes, scales and configuration, with a base and alone. */
import { afterAll, expect } from 'vitest';
import { storedSubject } from '../../src/protocol/subject';
import { jobs } from '../../src/worker/job';
import { withModel } from '../../src/worker/withModel';
import { openFiles } from '../unit/checkpoint/build';
import { mutateSome } from './support/bytes';
import { expectFinite, expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { anyStyle, Entries, mutateJson, mutateText, toEntries, writeJson } from './support/json';
import { oddNumber, oddText, oddValue } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { madeTensor, tensorFile, type MadeTensor } from './support/tensorFiles';

const folder = new Folder();
const adapter = folder.at('lora/adapter_model.safetensors');
const base = folder.at('base/model.safetensors');
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

const WIDTH = 8;
const LAYERS: Readonly<Record<string, readonly [number, number]>> = {
  'self_attn.q_proj': [WIDTH, WIDTH],
  'self_attn.v_proj': [WIDTH, WIDTH],
  'mlp.up_proj': [2 * WIDTH, WIDTH],
  'mlp.down_proj': [WIDTH, 2 * WIDTH],
};
/** How programs write the two halves and the scale of `layer`. */
const DIALECTS: readonly ((layer: string) => { a: string; b: string; alpha: string })[] = [
  (layer) => ({
    a: `base_model.model.${layer}.lora_A.weight`,
    b: `base_model.model.${layer}.lora_B.weight`,
    alpha: `base_model.model.${layer}.alpha`,
  }),
  (layer) => ({
    a: `base_model.model.${layer}.lora_A.default.weight`,
    b: `base_model.model.${layer}.lora_B.default.weight`,
    alpha: `base_model.model.${layer}.alpha`,
  }),
  (layer) => ({ a: `${layer}.lora.down.weight`, b: `${layer}.lora.up.weight`, alpha: `${layer}.alpha` }),
  (layer) => {
    const flat = `lora_unet_${layer.replaceAll('.', '_')}`;
    return { a: `${flat}.lora_down.weight`, b: `${flat}.lora_up.weight`, alpha: `${flat}.alpha` };
  },
];
/** What other kinds of adapters keep. */
const OTHERS = [
  'lora_magnitude_vector',
  'dora_scale',
  'lora_E',
  'hada_w1_a',
  'lokr_w1',
  'oft_r',
  'lora_mid.weight',
  'bias',
];

interface Input {
  adapter: Uint8Array;
  config: Uint8Array | null;
  base: Uint8Array | null;
  /** The base is taken because the adapter names it, rather than given. */
  declared: boolean;
}

function make(random: Random): Input {
  const dialect = random.pick(DIALECTS);
  const rank = random.pick([1, 2, 4]);
  const layers = Object.entries(LAYERS).map(([name, shape]) => [`model.layers.0.${name}`, shape] as const);
  const tensors: MadeTensor[] = [];
  const chosen = layers.filter(() => random.chance(0.8));
  const scaled = random.chance(0.5);
  const add = (name: string, shape: readonly number[], dtype = random.pick(['F32', 'F16', 'BF16'])): void => {
    const changed = random.chance(0.02) ? [...shape, random.pick([0, 1, 3])] : shape;
    const other = random.chance(0.02) ? random.pick(['F64', 'I8', 'F8_E4M3']) : dtype;
    tensors.push(madeTensor(random, random.chance(0.02) ? mutateText(random, name) : name, other, changed));
  };
  for (const [layer, [out, into]] of chosen) {
    const names = dialect(layer);
    const own = random.chance(0.03) ? rank + 1 : rank;
    if (random.chance(0.98)) add(names.a, [rank, into]);
    if (random.chance(0.98)) add(names.b, [out, own]);
    if (scaled && random.chance(0.9)) tensors.push(scale(random, names.alpha));
    if (random.chance(0.01)) add(`${layer}.${random.pick(OTHERS)}`, [out, into]);
  }
  if (random.chance(0.1)) add('base_model.model.model.norm.weight', [WIDTH]);
  const metadata = random.chance(0.3)
    ? {
        lora_adapter_metadata: writeJson(
          random,
          mutateJson(random, configOf(random, rank, 'unet.')),
          anyStyle(random),
        ),
      }
    : null;
  let config: unknown = configOf(random, rank, '');
  if (random.chance(0.3)) config = mutateJson(random, config);
  const text = Buffer.from(writeJson(random, config, anyStyle(random)));
  const model = layers.map(([layer, shape]) =>
    madeTensor(random, `${layer}.weight`, random.pick(['F16', 'F32']), shape),
  );
  return {
    adapter: mutateSome(random, tensorFile(random, unique(tensors), metadata), 0.95),
    config: random.chance(0.75) ? mutateSome(random, text, 0.95) : null,
    base: random.chance(0.6) ? mutateSome(random, tensorFile(random, model), 0.97) : null,
    declared: random.chance(0.3),
  };
}

function scale(random: Random, name: string): MadeTensor {
  const dtype = random.pick(['F32', 'F16', 'F64', 'I64', 'BF16']);
  const shape = random.pick([[], [1], [1, 1], [2]]);
  if (random.chance(0.5)) return madeTensor(random, name, dtype, shape);
  const value = random.pick([NaN, Infinity, -Infinity, oddNumber(random), 8, 16]);
  return { name, dtype: 'F64', shape: [], bytes: new Uint8Array(Float64Array.of(value).buffer) };
}

function configOf(random: Random, rank: number, prefix: string): Entries {
  const pattern = toEntries({
    [random.pick(['q_proj', '^model.layers.0.mlp.up_proj', '(a+)+$'])]: oddNumber(random),
  });
  const entries: [string, unknown][] = [
    ['peft_type', 'LORA'],
    ['r', rank],
    ['lora_alpha', random.chance(0.8) ? 8 : oddValue(random)],
    ['use_rslora', random.chance(0.3)],
    ['use_dora', random.chance(0.02)],
    ['fan_in_fan_out', random.chance(0.1)],
    ['alpha_pattern', random.chance(0.3) ? pattern : new Entries([])],
    ['base_model_name_or_path', random.chance(0.7) ? '../base' : oddText(random)],
    ['init_lora_weights', random.chance(0.97) ? true : oddText(random)],
  ];
  const given = entries.filter(() => random.chance(0.9));
  return new Entries(given.map(([key, value]) => [prefix + key, toEntries(value)]));
}

function unique(tensors: readonly MadeTensor[]): MadeTensor[] {
  return [...new Map(tensors.map((tensor) => [tensor.name, tensor])).values()];
}

function check(input: Input): Outcome {
  folder.fill({
    'lora/adapter_model.safetensors': input.adapter,
    ...(input.config && { 'lora/adapter_config.json': input.config }),
    ...(input.base && { 'base/model.safetensors': input.base }),
  });
  const choice = input.declared ? { within: [folder.path] } : input.base ? base : null;
  try {
    withModel({ at: adapter, base: choice }, (model) => {
      expectFinite(model.adapter);
      expect(model.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
    });
    const { info, plan } = jobs.open({ subject: storedSubject(adapter, choice) });
    expectFinite({ info, plan });
  } catch (error) {
    expectRefusal(error, folder.path);
    // It is shown even where it makes no network.
    inspectIt(adapter, choice, folder.path);
    return 'refused';
  }
  expect(inspectIt(adapter, choice, folder.path)).toBe('taken');
  return 'taken';
}

fuzz({ name: 'adapter', make, check });
