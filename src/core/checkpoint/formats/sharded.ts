/** A checkpoint in several files, joined by an index such as `model.safetensors.index.json`. */
import { MAX_INDEX_BYTES, MAX_TENSORS } from './caps';
import { basename, dirname, join } from '../../storage/paths';
import { NeuroMfaError } from '../../../protocol/errors';
import { quoted } from '../../../protocol/visible';
import { foreignFile, HEAD_BYTES } from './foreign';
import type { CheckpointFile } from './format';
import { MAX_METADATA_ENTRIES } from './header';
import { MAX_METADATA_LENGTH, metadataLength, openSafetensors } from './safetensors';
import { openTorchFile } from './torch/torchFile';
import { readSmallFile } from '../../storage/smallFile';
import { stampAt } from '../../storage/stamp';
import { levels, parseStrictJson, type JsonLimits } from '../strictJson';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import { isTextMap } from '../textMap';

/** The largest published models have a few hundred shards. */
export const MAX_SHARDS = 2_000;

const NEXT_STEP = 'Download the index and its shards again';
/** File systems allow no longer names. */
const MAX_SHARD_NAME = 255;
/** Leaves space for the nested metadata that some tools write beside the map. */
const INDEX_LIMITS: JsonLimits = {
  levels: [
    ...levels(1, 1000),
    { most: MAX_TENSORS, fault: `names more than ${MAX_TENSORS} tensors` },
    ...levels(14, 10_000),
  ],
  containers: 10_000,
};

const FIRST_SHARD = /"weight_map"\s*:\s*\{\s*"[^"]*"\s*:\s*"([^"]*)"/;
const TORCH_SHARD = /\.(?:bin|pt|pth)$/i;
const isTorchShard = (name: string | null): boolean => name !== null && TORCH_SHARD.test(name);

/** The properties of a format's shards. */
export interface Shards {
  id: string;
  label: string;
  sureNames: readonly string[];
  /** Matches the names of shards. */
  names: RegExp;
  /** A word for such files, for messages. */
  files: string;
  /**
   * Whether an index is of this format, judged by the first shard that it names; null where the beginning names none.
   */
  takes: (shard: string | null) => boolean;
  /** Opens one shard; the caller closes it. */
  open: (path: string, onTensors: (count: number) => void) => TensorFile;
}

/** The row for an index that joins such shards. */
export function sharded(shards: Shards): CheckpointFile {
  return {
    id: shards.id,
    label: shards.label,
    sureNames: shards.sureNames,
    namesOnRequest: [],
    sniffs(head) {
      const text = latin1(head);
      if (!/^\s*\{/.test(text) || !text.includes('"weight_map"')) return false;
      return shards.takes(FIRST_SHARD.exec(text)?.[1] ?? null);
    },
    open(path, onTensors) {
      const index = stampAt(path);
      const weightMap = readIndex(path, shards);
      const files = openShards(path, [...new Set(weightMap.values())].sort(), shards, onTensors);
      try {
        checkTensors(path, weightMap, files);
      } catch (error) {
        closeAll(files);
        throw error;
      }
      return joinTensorFiles(path, shards.id, files, { others: [index], onTensors });
    },
  };
}

export const shardedSafetensors = sharded({
  id: 'safetensors-sharded',
  label: 'safetensors in several files (shards)',
  sureNames: ['*.safetensors.index.json'],
  names: /\.safetensors$/i,
  files: 'safetensors files',
  takes: (shard) => !isTorchShard(shard),
  open: openSafetensors,
});

/** As transformers wrote them until 2023. */
export const shardedTorch = sharded({
  id: 'pytorch-sharded',
  label: 'PyTorch in several files (shards)',
  sureNames: ['*.bin.index.json', '*.pt.index.json', '*.pth.index.json'],
  names: TORCH_SHARD,
  files: 'files of PyTorch',
  takes: isTorchShard,
  open: openTorchFile,
});

/** Tensor name → shard file name. */
function readIndex(path: string, shards: Shards): Map<string, string> {
  const bytes = readSmallFile(path, MAX_INDEX_BYTES, { what: 'the index', nextStep: NEXT_STEP });
  let json: unknown;
  try {
    json = parseStrictJson(bytes, INDEX_LIMITS);
  } catch (error) {
    throw (
      foreignFile(path, bytes.subarray(0, HEAD_BYTES)) ??
      damaged(path, `the index ${(error as Error).message}`)
    );
  }
  const { weight_map: map } = Object(json) as { weight_map?: unknown };
  if (!isTextMap(map)) throw damaged(path, 'the index has no "weight_map" from tensor names to file names');
  const weightMap = new Map(Object.entries(map));
  if (weightMap.size === 0) throw damaged(path, 'the index names no tensors');
  for (const shard of new Set(weightMap.values())) checkShardName(path, shard, shards);
  return weightMap;
}

/** A shard must be in the folder of its index: a name that could lead elsewhere is refused. */
function checkShardName(path: string, shard: string, { names, files }: Shards): void {
  // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
  if (shard === '' || shard.length > MAX_SHARD_NAME || /[/\\:\x00-\x1f]|\.\./.test(shard)) {
    throw damaged(path, `the index names the shard ${quoted(shard)}, which is not a plain file name`);
  }
  if (!names.test(shard)) {
    throw new NeuroMfaError(
      'unsupported',
      path,
      `its shards are not ${files} but such as ${quoted(shard)}`,
      'Use the safetensors or PyTorch edition of this checkpoint',
    );
  }
}

function openShards(
  path: string,
  names: readonly string[],
  { open }: Shards,
  onTensors: (count: number) => void = () => undefined,
): TensorFile[] {
  if (names.length > MAX_SHARDS) throw damaged(path, `the index names more than ${MAX_SHARDS} shards`);
  const missing = names.filter((name) => !isThere(join(dirname(path), name)));
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
    const metadata = new SharedMetadata(path);
    for (const name of names) {
      const shard = open(join(dirname(path), name), (count) => {
        onTensors(before + count);
      });
      shards.push(shard);
      shard.metadata = metadata.add(shard.metadata);
      before += shard.tensors.length;
      if (before > MAX_TENSORS) throw damaged(path, `its shards hold more than ${MAX_TENSORS} tensors`);
    }
  } catch (error) {
    closeAll(shards);
    throw error;
  }
  return shards;
}

/** Joins the metadata of all shards and limits their size, individually and in total. */
class SharedMetadata {
  readonly #known = new Set<string>();
  #length = 0;

  constructor(private readonly path: string) {}

  /** @returns the entries that no earlier shard had. @throws NeuroMfaError `damaged` */
  add(metadata: Readonly<Record<string, string>>): Record<string, string> {
    const added = Object.fromEntries(Object.entries(metadata).filter(([key]) => !this.#known.has(key)));
    for (const key of Object.keys(added)) this.#known.add(key);
    this.#length += metadataLength(added);
    if (this.#known.size > MAX_METADATA_ENTRIES || this.#length > MAX_METADATA_LENGTH) {
      const most = `${MAX_METADATA_ENTRIES} entries or ${MAX_METADATA_LENGTH} characters`;
      throw damaged(this.path, `its shards have more metadata than ${most}`);
    }
    return added;
  }
}

/** Checks that every tensor of the index is in the shard where it should be, and that no tensor is in two shards. */
function checkTensors(
  path: string,
  weightMap: ReadonlyMap<string, string>,
  shards: readonly TensorFile[],
): void {
  const found = new Map<string, string>();
  for (const { source, tensors } of shards) {
    const shard = basename(source.id.path);
    for (const { name } of tensors) {
      const other = found.get(name);
      if (other) throw damaged(path, `tensor ${quoted(name)} is in two shards, ${other} and ${shard}`);
      found.set(name, shard);
    }
  }
  for (const [name, shard] of weightMap) {
    if (found.get(name) !== shard && !(mayBeTied(name) && !found.has(name))) {
      throw damaged(path, `tensor ${quoted(name)} is not in ${shard}, where the index says it is`);
    }
  }
}

/**
 * Whether a tensor of this name may share its values with another one, and only one of the two is saved: embeddings and
 * output heads, outside the numbered blocks. Some programs nevertheless list both in the index.
 */
function mayBeTied(name: string): boolean {
  return (
    !/\.\d+\./.test(name) &&
    /(^|\.)(lm_head|embed_out|output|output_layer|proj_out|decoder|embed_tokens|shared|wte|word_embeddings)\.(weight|bias)$/.test(
      name,
    )
  );
}

/** A broken link is as missing as the file itself. */
function isThere(path: string): boolean {
  return stampAt(path).stamp !== null;
}

function closeAll(shards: readonly TensorFile[]): void {
  for (const { source } of shards) source.close();
}

function latin1(head: Uint8Array): string {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
}

function damaged(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', path, cause, NEXT_STEP);
}
