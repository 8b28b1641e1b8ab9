/** One model in the names of several programs has one full result, bit for bit: the engine end to end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { bundleWorkers, PathEngine, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

const [BLOCKS, H, KV, M] = [5, 32, 16, 48];
const generator = new Mt19937(3);
const random = (rows: number): Float32Array =>
  Float32Array.from({ length: rows }, () => (generator.uint32() / 2 ** 32 - 0.5) / 4);
/** Rows of H numbers each; `down` has M. */
const blocks = Array.from({ length: BLOCKS }, () => ({
  q: random(H * H),
  k: random(KV * H),
  v: random(KV * H),
  o: random(H * H),
  gate: random(M * H),
  up: random(M * H),
  down: random(H * M),
}));
type Block = (typeof blocks)[number];

const joined = (...parts: Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]));
/** [out, in] as [in, out]. */
const turned = (values: Float32Array, columns: number): Float32Array => {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
};
/** The rows of a head in Meta's order: those of the rotation's first half and of its second in turn. */
const rotated = (values: Float32Array, size: number): Float32Array =>
  Float32Array.from(values, (_, i) => {
    const [row, column] = [Math.floor(i / H), i % H];
    const at = row % size;
    return values[(row - at + Math.floor(at / 2) + (at % 2) * (size / 2)) * H + column]!;
  });

const PROGRAMS: Record<string, (block: Block, i: number) => Record<string, [Float32Array, number, number]>> =
  {
    'Hugging Face': ({ q, k, v, o, gate, up, down }, i) => ({
      [`model.layers.${i}.self_attn.q_proj.weight`]: [q, H, H],
      [`model.layers.${i}.self_attn.k_proj.weight`]: [k, KV, H],
      [`model.layers.${i}.self_attn.v_proj.weight`]: [v, KV, H],
      [`model.layers.${i}.self_attn.o_proj.weight`]: [o, H, H],
      [`model.layers.${i}.mlp.gate_proj.weight`]: [gate, M, H],
      [`model.layers.${i}.mlp.up_proj.weight`]: [up, M, H],
      [`model.layers.${i}.mlp.down_proj.weight`]: [down, H, M],
    }),
    LitGPT: ({ q, k, v, o, gate, up, down }, i) => ({
      [`transformer.h.${i}.attn.qkv.weight`]: [joined(q, k, v), H + 2 * KV, H],
      [`transformer.h.${i}.attn.proj.weight`]: [o, H, H],
      [`transformer.h.${i}.mlp.fc_1.weight`]: [gate, M, H],
      [`transformer.h.${i}.mlp.fc_2.weight`]: [up, M, H],
      [`transformer.h.${i}.mlp.proj.weight`]: [down, H, M],
    }),
    nanotron: ({ q, k, v, o, gate, up, down }, i) => ({
      [`model.decoder.${i}.pp_block.attn.qkv_proj.weight`]: [joined(q, k, v), H + 2 * KV, H],
      [`model.decoder.${i}.pp_block.attn.o_proj.weight`]: [o, H, H],
      [`model.decoder.${i}.pp_block.mlp.gate_up_proj.weight`]: [joined(gate, up), 2 * M, H],
      [`model.decoder.${i}.pp_block.mlp.down_proj.weight`]: [down, H, M],
    }),
    'llama.cpp, heads of 8 rotated': ({ q, k, v, o, gate, up, down }, i) => ({
      [`blk.${i}.attn_q.weight`]: [rotated(q, 8), H, H],
      [`blk.${i}.attn_k.weight`]: [rotated(k, 8), KV, H],
      [`blk.${i}.attn_v.weight`]: [v, KV, H],
      [`blk.${i}.attn_output.weight`]: [o, H, H],
      [`blk.${i}.ffn_gate.weight`]: [gate, M, H],
      [`blk.${i}.ffn_up.weight`]: [up, M, H],
      [`blk.${i}.ffn_down.weight`]: [down, H, M],
    }),
    Flax: ({ q, k, v, o, gate, up, down }, i) => ({
      [`decoder.layers_${i}.self_attention.query.kernel`]: [turned(q, H), H, H],
      [`decoder.layers_${i}.self_attention.key.kernel`]: [turned(k, H), H, KV],
      [`decoder.layers_${i}.self_attention.value.kernel`]: [turned(v, H), H, KV],
      [`decoder.layers_${i}.self_attention.out.kernel`]: [turned(o, H), H, H],
      [`decoder.layers_${i}.mlp.wi_0.kernel`]: [turned(gate, H), H, M],
      [`decoder.layers_${i}.mlp.wi_1.kernel`]: [turned(up, H), H, M],
      [`decoder.layers_${i}.mlp.wo.kernel`]: [turned(down, M), M, H],
    }),
  };
/** Of these the rows that moments are taken from differ, and so the Gaussian weights that projections are compared with. */
const OTHER_ROWS = ['llama.cpp, heads of 8 rotated', 'Flax'];

let workers: WorkerBundle;
let engine: PathEngine;
const written: Written[] = [];
beforeAll(async () => {
  workers = await bundleWorkers();
  engine = new PathEngine({ directory: workers.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  workers.remove();
  for (const each of written) each.remove();
});

/** All that a full analysis tells of the model but for names and times, as text. */
async function told(program: string, gaussian: boolean): Promise<string> {
  const tensors = blocks.flatMap((block, i) =>
    Object.entries(PROGRAMS[program]!(block, i)).map(([name, [values, ...shape]]) => ({
      name,
      dtype: 'F32',
      shape,
      bytes: new Uint8Array(values.buffer),
    })),
  );
  const checkpoint = writeCheckpoint(tensors, { num_attention_heads: 4, num_key_value_heads: 2 });
  written.push(checkpoint);
  const { result } = await engine.analyze(checkpoint.path, makeSettings({ mode: 'full' }));
  const { network, samples, summary, perProjection, bootstrap } = result;
  expect(samples[0]!.outcome).toBe('kept');
  const projections = perProjection!.map((each) => ({
    ...each,
    name: '',
    gaussian: gaussian ? each.gaussian : null,
  }));
  return JSON.stringify([network.structure, network.edges, samples, summary, projections, bootstrap]);
}

it.each(Object.keys(PROGRAMS).slice(1))('%s', async (program) => {
  const gaussian = !OTHER_ROWS.includes(program);
  expect(await told(program, gaussian)).toBe(await told('Hugging Face', gaussian));
});
