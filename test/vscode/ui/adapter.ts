/** A low-rank adapter for a model of the sample run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LAYERS = [0, 1, 2, 3, 4, 5].map(
  (block) => `base_model.model.gpt_neox.layers.${block}.attention.query_key_value`,
);
const HIDDEN = 128;
const RANK = 4;

/** Writes it into `folder`. @param base what it says it was trained on. @param size of its values. @returns its path. */
export function writeAdapter(folder: string, base: string, size = 0.2): string {
  const header: Record<string, object> = {};
  const numbers: Float32Array[] = [];
  let offset = 0;
  const add = (name: string, shape: [number, number]): void => {
    const values = Float32Array.from(
      { length: shape[0] * shape[1] },
      (_, i) => size * Math.sin(7 * i + offset),
    );
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    numbers.push(values);
    offset += values.byteLength;
  };
  for (const layer of LAYERS) {
    add(`${layer}.lora_A.weight`, [RANK, HIDDEN]);
    add(`${layer}.lora_B.weight`, [3 * HIDDEN, RANK]);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'adapter_model.safetensors');
  writeFileSync(path, Buffer.concat([length, json, ...numbers.map((each) => Buffer.from(each.buffer))]));
  const config = { peft_type: 'LORA', r: RANK, lora_alpha: 8, base_model_name_or_path: base };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
  return path;
}
