/**
 * Seeded synthetic checkpoints with the shapes of Pythia models, written on demand under `out/bench/`.
 * Values: Gaussian with the models' own initial deviations, one list of random numbers repeated: writing takes seconds and
 * counting takes as long as for any other weights.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mt19937 } from '../src/core/sampling/mt19937';

export interface Shape {
  name: string;
  hidden: number;
  blocks: number;
  heads: number;
  vocabulary: number;
}

export const SHAPES: Record<string, Shape> = {
  '70m': { name: '70m', hidden: 512, blocks: 6, heads: 8, vocabulary: 50304 },
  '410m': { name: '410m', hidden: 1024, blocks: 24, heads: 16, vocabulary: 50304 },
  '1b': { name: '1b', hidden: 2048, blocks: 16, heads: 8, vocabulary: 50304 },
  '1.4b': { name: '1.4b', hidden: 2048, blocks: 24, heads: 16, vocabulary: 50304 },
  '2.8b': { name: '2.8b', hidden: 2560, blocks: 32, heads: 32, vocabulary: 50304 },
};

/** Not a multiple of any width: otherwise queries, keys and values of wide models would be the same rows. */
const RANDOM_WEIGHTS = 2 ** 22 - 3;

/**
 * @param factor multiplies every weight.
 * @returns the checkpoint's folder
 */
export function makeCheckpoint(
  { name, hidden, blocks, heads, vocabulary }: Shape,
  factor = 1,
  folder = join('out/bench', `pythia-${name}`),
): string {
  const file = join(folder, 'model.safetensors');
  if (existsSync(file)) return folder;
  mkdirSync(folder, { recursive: true });
  const small = Math.sqrt(2 / (5 * hidden));
  const wang = 2 / (blocks * Math.sqrt(hidden));
  const tensors: [string, number[], number][] = [['gpt_neox.embed_in.weight', [vocabulary, hidden], small]];
  for (let i = 0; i < blocks; i++) {
    const at = `gpt_neox.layers.${i}`;
    tensors.push(
      [`${at}.attention.query_key_value.weight`, [3 * hidden, hidden], small],
      [`${at}.attention.dense.weight`, [hidden, hidden], wang],
      [`${at}.mlp.dense_h_to_4h.weight`, [4 * hidden, hidden], small],
      [`${at}.mlp.dense_4h_to_h.weight`, [hidden, 4 * hidden], wang],
    );
  }
  tensors.push(['embed_out.weight', [vocabulary, hidden], small]);
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [tensor, shape] of tensors) {
    const bytes = 2 * shape[0]! * shape[1]!;
    header[tensor] = { dtype: 'F16', shape, data_offsets: [at, (at += bytes)] };
  }
  const json = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const descriptor = openSync(`${file}.part`, 'w');
  writeSync(descriptor, length);
  writeSync(descriptor, json);
  const random = new Map([small, wang].map((deviation) => [deviation, gaussianHalves(factor * deviation)]));
  const places = new Map([small, wang].map((deviation) => [deviation, 0]));
  for (const [, shape, deviation] of tensors) {
    const list = random.get(deviation)!;
    let from = places.get(deviation)!;
    for (let left = 2 * shape[0]! * shape[1]!; left > 0;) {
      const bytes = Math.min(left, list.length - from);
      writeSync(descriptor, list, from, bytes);
      left -= bytes;
      from = (from + bytes) % list.length;
    }
    places.set(deviation, from);
  }
  closeSync(descriptor);
  renameSync(`${file}.part`, file);
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      model_type: 'gpt_neox',
      hidden_size: hidden,
      num_attention_heads: heads,
      num_hidden_layers: blocks,
    }),
  );
  return folder;
}

export function bytesOf(folder: string): number {
  return statSync(join(folder, 'model.safetensors')).size;
}

/** Normal numbers rounded to F16 (truncated, which is near enough here). */
export function gaussianHalves(deviation: number, count = RANDOM_WEIGHTS): Buffer {
  const generator = new Mt19937(2024);
  const single = new Float32Array(1);
  const pattern = new Uint32Array(single.buffer);
  const buffer = Buffer.alloc(2 * count);
  for (let i = 0; i < count; i++) {
    const u = (generator.uint32() + 0.5) / 2 ** 32;
    const v = (generator.uint32() + 0.5) / 2 ** 32;
    single[0] = deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
    const bits = pattern[0]!;
    const exponent = ((bits >>> 23) & 255) - 112;
    buffer.writeUInt16LE(
      ((bits >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((bits >>> 13) & 1023) : 0),
      2 * i,
    );
  }
  return buffer;
}
