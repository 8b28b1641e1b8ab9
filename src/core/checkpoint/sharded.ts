/** A checkpoint in several safetensors files, joined by an index (`model.safetensors.index.json`). */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { NeuroMfaError } from '../../protocol/errors';
import { foreignFile, HEAD_BYTES } from './foreign';
import type { CheckpointFormat } from './format';
import { MAX_TENSORS, openSafetensors } from './safetensors';
import { withFile } from './source';
import { stampAt } from './stamp';
import { parseStrictJson } from './strictJson';
import { joinTensorFiles, type TensorFile } from './tensorFiles';

/** An index holds one line per tensor; 200,000 tensors take some 20 MB. */
export const MAX_INDEX_BYTES = 100_000_000;
/** Each shard keeps a file descriptor open; the largest published models have a few hundred. */
export const MAX_SHARDS = 2_000;

const INDEX_SUFFIX = '.safetensors.index.json';
/** Room for the nested metadata that some tools write beside the map. */
const INDEX_LIMITS = { depth: 16, containers: 10_000 };

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

export const shardedSafetensors: CheckpointFormat = {
  sniffs: (head) => /^\s*\{/.test(latin1(head)) && latin1(head).includes('"weight_map"'),
  named: (fileName) => fileName.endsWith(INDEX_SUFFIX),
  open: (path, onTensors) => {
    const index = stampAt(path);
    const weightMap = readIndex(path);
    const shards = openShards(path, [...new Set(weightMap.values())].sort(), onTensors);
    try {
      checkTensors(path, weightMap, shards);
    } catch (error) {
      closeAll(shards);
      throw error;
    }
    return joinTensorFiles(path, 'safetensors-sharded', shards, [index]);
  },
};

/** Tensor name → shard file name. */
function readIndex(path: string): Map<string, string> {
  return withFile(path, (source) => {
    if (source.size > MAX_INDEX_BYTES) {
      throw damaged(path, `the index has ${source.size} bytes; at most ${MAX_INDEX_BYTES} are allowed`);
    }
    const bytes = source.slice(0, source.size);
    let json: unknown;
    try {
      json = parseStrictJson(bytes, INDEX_LIMITS);
    } catch (error) {
      throw (
        foreignFile(path, bytes.subarray(0, HEAD_BYTES)) ??
        damaged(path, `the index ${(error as Error).message}`)
      );
    }
    const index = v.safeParse(indexSchema, json);
    if (!index.success) throw damaged(path, 'the index has no "weight_map" from tensor names to file names');
    const weightMap = new Map(Object.entries(index.output.weight_map));
    if (weightMap.size === 0) throw damaged(path, 'the index names no tensors');
    if (weightMap.size > MAX_TENSORS) throw damaged(path, `the index names more than ${MAX_TENSORS} tensors`);
    for (const shard of weightMap.values()) checkShardName(path, shard);
    return weightMap;
  });
}

/** A shard lies beside its index: a name that could lead elsewhere is refused. */
function checkShardName(path: string, shard: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (shard === '' || /[/\\:\x00-\x1f]|\.\./.test(shard)) {
    throw damaged(path, `the index names the shard ${JSON.stringify(shard)}, which is not a plain file name`);
  }
  if (!shard.endsWith('.safetensors')) {
    throw new NeuroMfaError(
      'unsupported',
      path,
      `its shards are not safetensors files but such as ${JSON.stringify(shard)}`,
      'Use the safetensors edition of this checkpoint',
    );
  }
}

function openShards(
  path: string,
  names: readonly string[],
  onTensors: (count: number) => void = () => undefined,
): TensorFile[] {
  if (names.length > MAX_SHARDS) throw damaged(path, `the index names more than ${MAX_SHARDS} shards`);
  const missing = names.filter((name) => !existsSync(join(dirname(path), name)));
  if (missing.length > 0) {
    const [first, ...others] = missing;
    throw new NeuroMfaError(
      'missing',
      join(dirname(path), first!),
      `this shard of ${basename(path)} is missing${others.length ? `, and so are ${others.length} others` : ''}`,
      `Download or copy all ${names.length} shards into the folder`,
    );
  }
  const shards: TensorFile[] = [];
  try {
    let before = 0;
    for (const name of names) {
      const shard = openSafetensors(join(dirname(path), name), (count) => {
        onTensors(before + count);
      });
      shards.push(shard);
      before += shard.tensors.length;
    }
  } catch (error) {
    closeAll(shards);
    throw error;
  }
  return shards;
}

/** Every tensor of the index is in the shard it is said to be in, and no tensor is in two shards. */
function checkTensors(
  path: string,
  weightMap: ReadonlyMap<string, string>,
  shards: readonly TensorFile[],
): void {
  const found = new Map<string, string>();
  for (const { source, tensors } of shards) {
    const shard = basename(source.path);
    for (const { name } of tensors) {
      const other = found.get(name);
      if (other)
        throw damaged(path, `tensor ${JSON.stringify(name)} is in two shards, ${other} and ${shard}`);
      found.set(name, shard);
    }
  }
  for (const [name, shard] of weightMap) {
    if (found.get(name) !== shard) {
      throw damaged(path, `tensor ${JSON.stringify(name)} is not in ${shard}, where the index says it is`);
    }
  }
}

function closeAll(shards: readonly TensorFile[]): void {
  for (const { source } of shards) source.close();
}

function latin1(head: Uint8Array): string {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
}

function damaged(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', path, cause, 'Download the index and its shards again');
}
