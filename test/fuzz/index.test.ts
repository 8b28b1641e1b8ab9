/** Any text as the index of a sharded checkpoint, beside shards that are mostly sound. */
import { dirname } from 'node:path';
import { afterAll, expect } from 'vitest';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { openFiles } from '../unit/checkpoint/build';
import { depthOf, JsonObject, readJson } from './oracle/json';
import { expectedOf } from './oracle/safetensors';
import { mutateSome } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { anyStyle, Entries, mutateJson, writeJson } from './support/json';
import { oddText, oddValue } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { madeTensor, tensorFile } from './support/tensorFiles';

const NAME = 'model.safetensors.index.json';
const folder = new Folder();
const path = folder.at(NAME);
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

/** The program's own limit, far above that of any index. */
const MAX_LEVELS = 16;

interface Input {
  index: Uint8Array;
  shards: Record<string, Uint8Array>;
}

function make(random: Random): Input {
  const count = random.between(1, 4);
  const shards: Record<string, Uint8Array> = {};
  const map: [string, string][] = [];
  for (let i = 0; i < count; i++) {
    const shard = `model-${String(i + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`;
    const names = random.list(1, 3, (j) => nameOf(random, i, j));
    const tensors = [...new Set(names)].map((name) =>
      madeTensor(random, name, 'F16', [random.between(1, 4), 3]),
    );
    shards[shard] = mutateSome(random, tensorFile(random, tensors), 0.95);
    for (const { name } of tensors) if (random.chance(0.97)) map.push([name, shard]);
  }
  const entries: [string, unknown][] = [
    ['metadata', new Entries([['total_size', random.below(1000)]])],
    ['weight_map', new Entries(map)],
  ];
  let index: unknown = new Entries(
    random.chance(0.2) ? [...entries, [oddText(random), oddValue(random)]] : entries,
  );
  if (random.chance(0.6))
    for (let left = random.between(1, 2); left > 0; left--) index = mutateJson(random, index);
  const text = Buffer.from(writeJson(random, index, anyStyle(random)));
  return { index: mutateSome(random, text, 0.85), shards };
}

function nameOf(random: Random, shard: number, tensor: number): string {
  if (random.chance(0.1)) return oddText(random);
  return `model.layers.${shard}.self_attn.${'qkvo'.charAt(tensor)}_proj.weight`;
}

function check({ index, shards }: Input): Outcome {
  folder.fill({ ...shards, [NAME]: index });
  let checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    if (isSound(index, shards)) throw error;
    return expectRefusal(error, folder.path);
  }
  try {
    for (const file of checkpoint.files) expect(dirname(file.path)).toBe(folder.path);
    expectShards(weightMap(index)!, shards, checkpoint);
  } finally {
    checkpoint.close();
  }
  inspectIt(path);
  return 'taken';
}

/** Every tensor of the index is in its shard, with the values that are stored there. */
function expectShards(
  map: ReadonlyMap<string, string>,
  shards: Input['shards'],
  checkpoint: ReturnType<typeof openCheckpoint>,
): void {
  for (const [name, shard] of map) {
    const expected = expectedOf(shards[shard]!)!;
    const { begin, end, dtype } = expected.tensors.get(name)!;
    const [found, ...others] = checkpoint.tensors.filter((tensor) => tensor.name === name);
    expect([found?.dtype, found?.bytes, others.length]).toEqual([dtype, end - begin, 0]);
    const bytes = new Uint8Array(end - begin);
    checkpoint.read(found!, 0, bytes);
    const stored = shards[shard]!.subarray(expected.values + begin, expected.values + end);
    expect(Buffer.compare(bytes, stored)).toBe(0);
  }
}

/** Null where the text is no index. */
function weightMap(index: Uint8Array): ReadonlyMap<string, string> | null {
  try {
    const json = readJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(index));
    if (!(json instanceof JsonObject) || json.repeats || depthOf(json) > MAX_LEVELS) return null;
    const map = json.get('weight_map');
    if (!(map instanceof JsonObject) || map.members.some(([, shard]) => typeof shard !== 'string'))
      return null;
    return new Map(map.members as [string, string][]);
  } catch {
    return null;
  }
}

/** Whether nothing is wrong with any of it. */
function isSound(index: Uint8Array, shards: Input['shards']): boolean {
  const map = weightMap(index);
  if (!map || map.size === 0 || !Buffer.from(index).toString().trimStart().startsWith('{')) return false;
  const files = new Set(map.values());
  const names = [...files].flatMap((file) => [
    ...(expectedOf(shards[file] ?? new Uint8Array())?.tensors.keys() ?? ['']),
  ]);
  return (
    // The limits of this program, far above all that anybody writes.
    index.length < 4000 &&
    [...files].every((file) => Object.hasOwn(shards, file) && !expectedOf(shards[file]!)?.disputed) &&
    [...map].every(([name, file]) => expectedOf(shards[file]!)?.tensors.has(name)) &&
    new Set(names).size === names.length
  );
}

fuzz({ name: 'index', make, check });
