/**
 * `.metadata` of a distributed PyTorch checkpoint: which tensors it has, how they were cut into pieces, and which bytes
 * of which file each piece is. See torch/distributed/checkpoint/metadata.py and filesystem.py
 * (torch/distributed/_shard/checkpoint in 1.13), and MCoreMetadata of Megatron.
 */
import { quoted } from '../../../../protocol/visible';
import type { DType } from '../../dtype';
import { countElements, FormatFault } from '../reading';
import { dtypeOf, torchHooks } from './objects';
import { unpickle } from './pickle';
import { Box, Global, PickleError, Tuple } from './pickleValues';
import type { Box as Piece } from './tiles';

/** A model of 70 billion weights on 100 processes has about 70,000 pieces. */
const MAX_PIECES = 2_000_000;
const MAX_ENTRIES = 1_000_000;
/** File systems allow no longer names. */
const MAX_FILE_NAME = 255;

export interface DcpMetadata {
  tensors: readonly DcpTensor[];
  /** Names of stored things that are not tensors. */
  objects: readonly string[];
  /** Names of tensors that were flattened by settings which only the writing program can undo. */
  reshaped: ReadonlySet<string>;
}

export interface DcpTensor {
  name: string;
  /**
   * The path from the top of the training state, such as `optimizer`, `state`, a name, `exp_avg`; null where it is
   * unknown.
   */
  path: readonly string[] | null;
  /** Null for a type that is not known here. */
  dtype: DType | null;
  /** PyTorch's name for the type. */
  type: string;
  shape: readonly number[];
  pieces: readonly StoredPiece[];
}

export interface StoredPiece extends Piece {
  /** The plain name of a file in the folder. */
  file: string;
  offset: number;
  bytes: number;
  /** Whether its bytes are not plain `torch.save` bytes: extensions compress or encrypt them. */
  transformed: boolean;
}

/** @throws PickleError @throws HarmfulPickle @throws FormatFault */
export function readMetadata(content: Uint8Array): DcpMetadata {
  const hooks = torchHooks((key) => {
    throw new PickleError(`has a storage ${quoted(key)}, where none is expected`);
  });
  const root = attributes(unpickle(content, 0, hooks).value);
  const entries = root.get('state_dict_metadata');
  const stored = root.get('storage_data');
  if (!(entries instanceof Map) || !(stored instanceof Map))
    throw new FormatFault('it does not list tensors and where they are stored');
  if (entries.size > MAX_ENTRIES || stored.size > MAX_PIECES)
    throw new FormatFault(`it lists more than ${MAX_ENTRIES} tensors or ${MAX_PIECES} pieces`);
  const places = placesOf(stored);
  const paths = root.get('planner_data');
  const tensors: DcpTensor[] = [];
  const objects: string[] = [];
  for (const [name, entry] of entries as ReadonlyMap<unknown, unknown>) {
    if (typeof name !== 'string') throw new FormatFault('it has a tensor without a name');
    const own = attributes(entry);
    if (!own.has('chunks')) objects.push(name);
    else tensors.push(tensorOf(name, own, places, paths instanceof Map ? paths.get(name) : undefined));
  }
  return { tensors, objects, reshaped: reshapedIn(root.get('mcore_data')) };
}

function tensorOf(
  name: string,
  own: ReadonlyMap<unknown, unknown>,
  places: ReadonlyMap<string, Place>,
  path: unknown,
): DcpTensor {
  const shape = counts(name, own.get('size'));
  countElements(name, shape);
  const properties = own.get('properties');
  const state = properties instanceof Box ? properties.state : null;
  const type = state instanceof Tuple ? state.items[0] : attributes(properties).get('dtype');
  const chunks = own.get('chunks');
  if (!Array.isArray(chunks)) throw new FormatFault(`tensor ${quoted(name)} lists no pieces`);
  // Each process that holds a piece lists it; it is stored once.
  const pieces = new Map<string, StoredPiece>();
  for (const chunk of chunks as readonly unknown[]) {
    const box = attributes(chunk);
    const [starts, sizes] = [counts(name, box.get('offsets')), counts(name, box.get('sizes'))];
    if (sizes.includes(0)) continue;
    const key = keyOf(name, starts);
    const place = places.get(key);
    if (!place)
      throw new FormatFault(
        `nothing says where the piece of ${quoted(name)} is stored that begins at [${starts.join(', ')}]`,
      );
    const known = pieces.get(key);
    if (known && known.sizes.join() !== sizes.join())
      throw new FormatFault(`two pieces of ${quoted(name)} begin at [${starts.join(', ')}]`);
    pieces.set(key, { starts, sizes, ...place });
  }
  return {
    name,
    path: pathOf(path),
    dtype: dtypeOf(type) ?? null,
    type: type instanceof Global ? type.name : 'unknown',
    shape,
    pieces: [...pieces.values()],
  };
}

type Place = Pick<StoredPiece, 'file' | 'offset' | 'bytes' | 'transformed'>;

function placesOf(stored: ReadonlyMap<unknown, unknown>): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [index, info] of stored) {
    const [which, where] = [attributes(index), attributes(info)];
    const name = which.get('fqn');
    if (typeof name !== 'string') throw new FormatFault('it stores something without a name');
    const start = which.get('offset');
    const key = keyOf(name, start === undefined || start === null ? [] : counts(name, start));
    if (places.has(key)) throw new FormatFault(`it stores a piece of ${quoted(name)} twice`);
    const [file, offset, bytes] = [where.get('relative_path'), where.get('offset'), where.get('length')];
    if (!isCount(offset) || !isCount(bytes) || !Number.isSafeInteger(offset + bytes))
      throw new FormatFault(`a piece of ${quoted(name)} has no place in a file`);
    // Pieces lie beside their list: a name that could lead elsewhere is refused.
    // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
    if (typeof file !== 'string' || !/^[^/\\:\x00-\x1f]{1,255}$/.test(file) || /^\.\.?$/.test(file))
      throw new FormatFault(
        `a piece of ${quoted(name)} is in ${fileText(file)}, which is no plain file name`,
      );
    const transforms = where.get('transform_descriptors');
    const transformed = Array.isArray(transforms) ? transforms.length > 0 : transforms instanceof Tuple;
    places.set(key, { file, offset, bytes, transformed });
  }
  return places;
}

function fileText(file: unknown): string {
  return typeof file === 'string' ? quoted(file, MAX_FILE_NAME) : 'no file';
}

/** Tensors that Megatron has flattened and cut elsewhere than between rows. */
function reshapedIn(data: unknown): Set<string> {
  const names = new Set<string>();
  for (const [name, each] of data instanceof Map ? (data as ReadonlyMap<unknown, unknown>) : []) {
    const own = each instanceof Map ? (each as ReadonlyMap<unknown, unknown>) : attributes(each);
    const shape = own.get('nd_reformulated_orig_global_shape');
    if (typeof name === 'string' && shape !== undefined && shape !== null) names.add(name);
  }
  return names;
}

const NONE: ReadonlyMap<unknown, unknown> = new Map();

/** The attributes of an object. */
function attributes(value: unknown): ReadonlyMap<unknown, unknown> {
  const state = value instanceof Box ? value.state : value;
  // Classes with slots have these second.
  const own = state instanceof Tuple ? state.items.find((each) => each instanceof Map) : state;
  return own instanceof Map ? (own as ReadonlyMap<unknown, unknown>) : NONE;
}

function pathOf(path: unknown): string[] | null {
  const items = path instanceof Tuple ? path.items : Array.isArray(path) ? (path as unknown[]) : [];
  const keys = items.filter((each) => typeof each === 'string' || typeof each === 'number').map(String);
  return keys.length > 0 && keys.length === items.length ? keys : null;
}

function keyOf(name: string, starts: readonly number[]): string {
  return `${name}\n${starts.join()}`;
}

function counts(name: string, value: unknown): readonly number[] {
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? (value as unknown[]) : null;
  if (!items?.every(isCount)) throw new FormatFault(`tensor ${quoted(name)} has a size that is none`);
  return items;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
