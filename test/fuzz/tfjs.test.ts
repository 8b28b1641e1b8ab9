/** Models of TensorFlow.js, changed at random: the values that were written, or a refusal. */
import { afterAll, expect } from 'vitest';
import type { Checkpoint } from '../../src/core/checkpoint/types';
import { openFiles } from '../unit/checkpoint/build';
import { Folder } from './support/folder';
import { anyStyle, Entries, mutateJson, toEntries, writeJson } from './support/json';
import { oddText } from './support/odd';
import type { Random } from './support/random';
import { readAll, type Values } from './support/readAll';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

interface Written {
  name: string;
  values: Uint8Array;
}

interface Input {
  name: string;
  json: string;
  shards: Record<string, Uint8Array>;
  /** Null where anything was changed. */
  written: Written[] | null;
}

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

function make(random: Random): Input {
  const data: Uint8Array[] = [];
  const written: Written[] = [];
  const weights = random.list(1, 5, (i) => anyWeight(random, i, data, written));
  const all = Buffer.concat(data);
  const shard = random.pick([1e6, 64, 13, 5]);
  const count = Math.max(1, Math.ceil(all.length / shard));
  const names = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const shards = Object.fromEntries(
    names.map((name, i) => [name, Uint8Array.from(all.subarray(i * shard, (i + 1) * shard))]),
  );
  const groups = [{ paths: names, weights }];
  const bare = random.chance(0.3);
  const whole = bare
    ? groups
    : { format: 'graph-model', modelTopology: anyTopology(random, weights), weightsManifest: groups };
  let json = toEntries(whole);
  const changed = random.chance(0.6);
  if (changed) for (let left = random.between(1, 3); left > 0; left--) json = mutateJson(random, json);
  // Strangers write JSON in any style; the beginning must still show what it is.
  const isObject = json instanceof Entries || Array.isArray(json);
  const text =
    changed && isObject && random.chance(0.3)
      ? writeJson(random, json, anyStyle(random))
      : writeJson(random, json, PLAIN);
  const cut = random.chance(0.1) ? random.pick(names) : null;
  if (cut) shards[cut] = shards[cut]!.subarray(0, random.below(shards[cut]!.length + 1));
  return {
    name: bare ? 'net-weights_manifest.json' : 'model.json',
    json: text,
    shards,
    written: changed || cut ? null : written,
  };
}

const PLAIN = { space: '', newline: '', escaped: 0 };

function anyWeight(random: Random, index: number, data: Uint8Array[], written: Written[]): object {
  const name = `${
    random.chance(0.1)
      ? oddText(random)
          .slice(0, 60)
          .replace(/[\ud800-\udfff]/g, '')
      : 'w'
  }${index}`;
  const type = random.pick(Object.keys(BYTES) as (keyof typeof BYTES)[]);
  const shape = random.list(0, 4, () => random.pick([1, 2, 3, 6]));
  const elements = shape.reduce((product, side) => product * side, 1);
  const bytes = random.bytes(elements * BYTES[type]);
  data.push(bytes);
  if (/^uint|^float16/.test(type)) {
    const scale = random.fraction();
    const min = random.fraction() - 0.5;
    const isHalf = type === 'float16';
    written.push({ name, values: isHalf ? bytes : dequantized(bytes, type === 'uint8', scale, min) });
    const quantization = isHalf ? { dtype: type } : { dtype: type, scale, min };
    return { name, shape, dtype: 'float32', quantization };
  }
  written.push({ name, values: bytes });
  return { name, shape, dtype: type };
}

function dequantized(bytes: Uint8Array, narrow: boolean, scale: number, min: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = Float32Array.from({ length: narrow ? bytes.length : bytes.length / 2 }, (_, i) => {
    const code = narrow ? view.getUint8(i) : view.getUint16(2 * i, true);
    return code * scale + min;
  });
  return new Uint8Array(values.buffer);
}

/** Each weight is used by some operation; of some the values are handed on first. */
function anyTopology(random: Random, weights: readonly object[]): object {
  const nodes = weights.flatMap((weight) => {
    const { name } = weight as { name: string };
    const op = random.pick([
      'MatMul',
      'Conv2D',
      '_FusedMatMul',
      'DepthwiseConv2dNative',
      'AddV2',
      'GatherV2',
    ]);
    const turned = random.chance(0.3) ? { transpose_b: { b: true } } : {};
    const handedOn = random.chance(0.3);
    return [
      { name, op: 'Const', input: [], attr: {} },
      ...(handedOn ? [{ name: `${name}/read`, op: 'Identity', input: [name] }] : []),
      { name: `use of ${name}`, op, input: ['x', handedOn ? `${name}/read:0` : name], attr: turned },
    ];
  });
  return { node: nodes };
}

function check({ name, json, shards, written }: Input): Outcome {
  folder.fill({ [name]: json, ...shards });
  const compare = (_: Checkpoint, values: Values): void => {
    for (const each of written!) expect(values(each.name)).toEqual(each.values);
  };
  return readAll(folder.at(name), written && compare, folder.path);
}

fuzz({ name: 'tfjs', make, check });
