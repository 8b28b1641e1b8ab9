/** Small models and low-rank adapters as numbers: written to files, and added up here in the plainest way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelOf, type Model } from '../../../src/core/adapter/model';
import type { BaseChoice } from '../../../src/protocol/subject';
import { architectureView } from '../../../src/core/adapter/network';
import { partRows, rowBytesOf } from '../../../src/core/weights/kinds';
import { planAnalysis, type AnalysisPlan } from '../../../src/core/analysis/plan';
import { decode, type DType } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { rounder } from '../../../src/core/checkpoint/rounding';
import { localFiles } from '../../../src/core/storage/localFiles';
import type { ByteSource } from '../../../src/core/storage/storage';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network } from '../../../src/core/network/types';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { writeCheckpoint, type TensorToWrite, type Written } from './writeCheckpoint';

/** Row-major. */
export interface Values {
  shape: readonly number[];
  values: Float64Array;
  dtype: DType;
}
export type Tensors = Record<string, Values>;

/** Seeded numbers of magnitude 2^-8 to 1. `dyadic`: multiples of 2^-7, so that products of them add up exactly. */
export function numbers(
  seed: number,
  shape: readonly number[],
  dtype: DType = 'F32',
  dyadic = false,
): Values {
  const random = new Mt19937(seed);
  const size = shape.reduce((product, each) => product * each, 1);
  const round = rounder(dtype);
  const values = Float64Array.from({ length: size }, () => {
    const sign = random.uint32() & 1 ? -1 : 1;
    if (dyadic) return (sign * (1 + random.interval(63))) / 128;
    return round(sign * 2 ** ((-8 * random.uint32()) / 2 ** 32));
  });
  return { shape, values, dtype };
}

/** base + scale · B · A, with k going up, as F64; of a base stored [in, out] if `turned`. */
export function mergedValues(
  base: Values | null,
  a: Values,
  b: Values,
  scale: number,
  turned = false,
): Values {
  const rank = a.shape[0]!;
  const [targets, sources] = [b.shape[0]!, a.values.length / rank];
  const shape = base?.shape ?? [targets, ...a.shape.slice(1)];
  const values = new Float64Array(targets * sources);
  for (let target = 0; target < targets; target++) {
    for (let source = 0; source < sources; source++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += b.values[target * rank + k]! * a.values[k * sources + source]!;
      const at = turned ? source * targets + target : target * sources + source;
      values[at] = (base?.values[at] ?? 0) + scale * sum;
    }
  }
  return { shape, values, dtype: 'F64' };
}

const written: Written[] = [];
/** For `afterAll`. */
export function removeWritten(): void {
  for (const each of written.splice(0)) each.remove();
}

/** @returns the folder. */
export function writeModel(tensors: Tensors, config?: object): string {
  return write(Object.entries(tensors), 'model.safetensors', config);
}

export interface AdapterFiles {
  /** adapter_config.json; `null` leaves it out. */
  config?: object | null;
  metadata?: object;
}

/** @returns the folder of `adapter_model.safetensors` with its configuration. */
export function writeAdapter(
  tensors: Tensors,
  { config = { peft_type: 'LORA', r: 4, lora_alpha: 8 }, metadata }: AdapterFiles = {},
): string {
  const path = write(Object.entries(tensors), 'adapter_model.safetensors', undefined, metadata);
  if (config) writeFileSync(join(path, 'adapter_config.json'), JSON.stringify(config));
  return path;
}

function write(
  tensors: readonly [string, Values][],
  name: string,
  config?: object,
  metadata?: object,
): string {
  const stored = tensors.map(([each, { dtype, shape, values }]): TensorToWrite => {
    return { name: each, dtype, shape, bytes: encode(values, dtype) };
  });
  const made = writeCheckpoint(stored, config, { name, ...(metadata && { metadata }) });
  written.push(made);
  return made.path;
}

/** As stored; values are of that type already. */
export function encode(values: Float64Array, dtype: DType): Uint8Array {
  if (dtype === 'F64') return new Uint8Array(values.slice().buffer);
  if (dtype === 'I8') return new Uint8Array(values.length);
  const single = Float32Array.from(values);
  if (dtype === 'F32') return new Uint8Array(single.buffer);
  const bits = new Uint32Array(single.buffer);
  const half = Uint16Array.from(bits, (word) => {
    if (dtype === 'BF16') return word >>> 16;
    const exponent = ((word >>> 23) & 0xff) - 112;
    return ((word >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((word >>> 13) & 0x3ff) : 0);
  });
  return new Uint8Array(half.buffer);
}

export interface OpenedModel {
  model: Model;
  network: Network;
  plan: AnalysisPlan;
}

/** What is analyzed at `path`. Files are closed again. */
export function openModel(path: string, base: BaseChoice): OpenedModel {
  const model = modelOf(openCheckpoint(path), base);
  try {
    const network = buildNetwork(architectureView(model), path);
    return { model, network, plan: planAnalysis(network, model.tensors) };
  } finally {
    model.close();
  }
}

/** All weights of a plan, part by part, `rows` rows at a time. */
export function weightsOf({ projections }: AnalysisPlan, rows = Infinity): number[][] {
  const sources = new Map<string, ByteSource>();
  const read = partRows((file) => {
    const source = sources.get(file.path) ?? localFiles.open(file.path, file.stamp);
    sources.set(file.path, source);
    return source;
  });
  try {
    return projections.flatMap(({ parts }) =>
      parts.map((part) => {
        const all: number[] = [];
        for (let row = 0; row < part.rows; row += rows) {
          const count = Math.min(rows, part.rows - row);
          const bytes = new Uint8Array(count * rowBytesOf(part));
          read(part, row, bytes);
          const out = new Float64Array(count * part.columns * part.taps);
          decode(part.dtype, bytes, out);
          all.push(...out);
        }
        return all;
      }),
    );
  } finally {
    for (const source of sources.values()) source.close();
  }
}

/** A Llama of two blocks, 48 wide, with grouped heads. */
export function llama(dtype: DType = 'F16', dyadic = false, prefix = 'model.'): Tensors {
  const shapes = {
    'self_attn.q_proj': [48, 48],
    'self_attn.k_proj': [24, 48],
    'self_attn.v_proj': [24, 48],
    'self_attn.o_proj': [48, 48],
    'mlp.gate_proj': [80, 48],
    'mlp.up_proj': [80, 48],
    'mlp.down_proj': [48, 80],
  };
  const layers = [0, 1].flatMap((block) =>
    Object.entries(shapes).map(([name, shape], i): [string, Values] => [
      `${prefix}layers.${block}.${name}.weight`,
      numbers(100 * block + i, shape, dtype, dyadic),
    ]),
  );
  return {
    [`${prefix}embed_tokens.weight`]: numbers(999, [64, 48], dtype),
    ...Object.fromEntries(layers),
  };
}
