/**
 * A checkpoint of as many tensors as the largest mixtures of experts have: a real header in seeded order, and values that
 * are all zero and take no room on the disk.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { Mt19937 } from '../../../src/core/sampling/mt19937';

export const MANY_TENSORS = 497_000;

const LAYERS = 80;
const HIDDEN = 16;
const INTERMEDIATE = 8;
const VOCABULARY = 64;
const BYTES: Readonly<Record<string, number>> = { BF16: 2, F32: 4 };

interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
}

/** The tensors of a mixture of experts with LAYERS layers; `count` of them. */
function tensorsOf(count: number): Tensor[] {
  const perLayer = Math.floor((count - 3) / LAYERS);
  const experts = Math.floor((perLayer - 7) / 3);
  const matrix = (name: string, ...shape: number[]): Tensor => ({ name, dtype: 'BF16', shape });
  const tensors = [
    matrix('model.embed_tokens.weight', VOCABULARY, HIDDEN),
    { name: 'model.norm.weight', dtype: 'F32', shape: [HIDDEN] },
    matrix('lm_head.weight', VOCABULARY, HIDDEN),
  ];
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = `model.layers.${layer}`;
    for (const which of ['q_proj', 'k_proj', 'v_proj', 'o_proj'])
      tensors.push(matrix(`${at}.self_attn.${which}.weight`, HIDDEN, HIDDEN));
    for (const which of ['input_layernorm', 'post_attention_layernorm'])
      tensors.push({ name: `${at}.${which}.weight`, dtype: 'F32', shape: [HIDDEN] });
    tensors.push(matrix(`${at}.mlp.gate.weight`, experts, HIDDEN));
    for (let expert = 0; expert < experts; expert++) {
      const path = `${at}.mlp.experts.${expert}`;
      tensors.push(matrix(`${path}.gate_proj.weight`, INTERMEDIATE, HIDDEN));
      tensors.push(matrix(`${path}.up_proj.weight`, INTERMEDIATE, HIDDEN));
      tensors.push(matrix(`${path}.down_proj.weight`, HIDDEN, INTERMEDIATE));
    }
  }
  for (let left = count - tensors.length; left > 0; left--)
    tensors.push({ name: `model.statistics.${left}`, dtype: 'F32', shape: [1] });
  return tensors;
}

function shuffle(tensors: Tensor[], random: Mt19937): void {
  for (let i = tensors.length - 1; i > 0; i--) {
    const j = random.uint32() % (i + 1);
    [tensors[i], tensors[j]] = [tensors[j]!, tensors[i]!];
  }
}

/** Writes it to `path`. The order of the tensors depends on `seed` alone; without one it is that of the model. */
export function writeManyTensors(path: string, count = MANY_TENSORS, seed: number | null = 1): void {
  const tensors = tensorsOf(count);
  if (seed !== null) shuffle(tensors, new Mt19937(seed));
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = end;
    end += shape.reduce((product, size) => product * size, BYTES[dtype]!);
    return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`;
  });
  const metadata = JSON.stringify({ format: 'pt', note: '<b>seeded</b> & synthetic' });
  const header = Buffer.from(`{"__metadata__":${metadata},${entries.join(',')}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, length);
  writeSync(descriptor, header);
  ftruncateSync(descriptor, length.length + header.length + end);
  closeSync(descriptor);
}
