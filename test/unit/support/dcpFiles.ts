/** Writes distributed checkpoints as PyTorch does, without PyTorch: pieces of tensors, each a small file of `torch.save`. */
import { Call, Items, Named, pickle, Tensor, torchFile, type Pickled } from './torchFiles';

/** A part of a tensor: its first index of every dimension, and how many. */
export interface Tile {
  starts: readonly number[];
  sizes: readonly number[];
}

export interface DcpTensor {
  dtype: string;
  shape: readonly number[];
  /** Row-major values of all of it. */
  bytes: Uint8Array;
  /** One tile that is all of it, where nothing else is asked for. */
  tiles?: readonly Tile[];
  /** Where it is in what was saved; nothing for none of the tensors. */
  path?: readonly string[];
}

export interface DcpOptions {
  /** Pieces are dealt out to so many files. */
  files?: number;
  /** Objects that are no tensors. */
  objects?: readonly string[];
  /** More attributes of the list. */
  more?: readonly [string, Pickled][];
  /** The list's class. */
  list?: Named;
  /** What stands in the place of a piece's own entry in the list. */
  entry?: (entry: Map<Pickled, Pickled>, name: string, piece: number) => Map<Pickled, Pickled>;
  /** What is said of a tensor's pieces, where they are not said to be what they are. */
  said?: (tiles: readonly Tile[], name: string) => readonly Tile[];
}

const METADATA = 'torch.distributed.checkpoint.metadata';
const DTYPES: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  U8: 'uint8',
  BOOL: 'bool',
};

const object = (module: string, name: string, state: Pickled): Call =>
  new Call(new Named(module, name), [], state);
const fields = (...entries: [string, Pickled][]): Map<Pickled, Pickled> => new Map<Pickled, Pickled>(entries);
const size = (counts: readonly number[]): Call => new Call(new Named('torch', 'Size'), [new Items(counts)]);

/** Name of a file → its bytes, `.metadata` among them. */
export function dcpFiles(
  tensors: ReadonlyMap<string, DcpTensor>,
  { files = 2, objects = [], more = [], list, entry, said }: DcpOptions = {},
): Record<string, Buffer> {
  const contents = Array.from({ length: files }, (): Buffer[] => []);
  const listed = new Map<Pickled, Pickled>();
  const stored = new Map<Pickled, Pickled>();
  const paths = new Map<Pickled, Pickled>();
  let dealt = 0;
  const store = (index: Call, content: Buffer, name: string, piece: number): void => {
    const file = dealt++ % files;
    const offset = contents[file]!.reduce((sum, { length }) => sum + length, 0);
    contents[file]!.push(content);
    const own = fields(
      ['relative_path', `__${file}_0.distcp`],
      ['offset', offset],
      ['length', content.length],
    );
    const info = entry?.(own, name, piece) ?? own;
    stored.set(index, object('torch.distributed.checkpoint.filesystem', '_StorageInfo', info));
  };
  for (const [name, { dtype, shape, bytes, tiles: cut, path }] of tensors) {
    const tiles = cut ?? [{ starts: shape.map(() => 0), sizes: shape }];
    tiles.forEach((tile, piece) => {
      const content = torchFile(new Tensor(tileBytes(bytes, shape, tile), dtype, tile.sizes));
      const index = fields(['fqn', name], ['offset', size(tile.starts)], ['index', piece]);
      store(object(METADATA, 'MetadataIndex', index), content, name, piece);
    });
    const properties = object(
      METADATA,
      'TensorProperties',
      new Items([new Named('torch', DTYPES[dtype]!), 'strided', false, null, false]),
    );
    const chunks = (said?.(tiles, name) ?? tiles).map(({ starts, sizes }) =>
      object(METADATA, 'ChunkStorageMetadata', fields(['offsets', size(starts)], ['sizes', size(sizes)])),
    );
    const own = fields(['properties', properties], ['size', size(shape)], ['chunks', chunks]);
    listed.set(name, object(METADATA, 'TensorStorageMetadata', own));
    if (path) paths.set(name, new Items(path));
  }
  for (const name of objects) {
    listed.set(name, object(METADATA, 'BytesStorageMetadata', new Map()));
    store(object(METADATA, 'MetadataIndex', fields(['fqn', name])), torchFile(7), name, 0);
  }
  const root = fields(
    ['state_dict_metadata', listed],
    ['planner_data', paths.size > 0 ? paths : null],
    ['storage_data', stored],
    ...more,
  );
  const { module, name } = list ?? new Named(METADATA, 'Metadata');
  return {
    '.metadata': pickle(object(module, name, root), { protocol: 4 }).bytes,
    ...Object.fromEntries(contents.map((parts, file) => [`__${file}_0.distcp`, Buffer.concat(parts)])),
  };
}

/** Cuts along one dimension into parts of about the same size. */
export function cutAlong(shape: readonly number[], dimension: number, parts: number): Tile[] {
  const step = Math.ceil(shape[dimension]! / parts);
  const tiles: Tile[] = [];
  for (let start = 0; start < shape[dimension]!; start += step) {
    const count = Math.min(step, shape[dimension]! - start);
    tiles.push({
      starts: shape.map((_, i) => (i === dimension ? start : 0)),
      sizes: shape.map((each, i) => (i === dimension ? count : each)),
    });
  }
  return tiles;
}

/** The values of a tile, row-major. */
function tileBytes(bytes: Uint8Array, shape: readonly number[], { starts, sizes }: Tile): Buffer {
  const elements = shape.reduce((product, each) => product * each, 1);
  const unit = bytes.length / elements;
  const parts: Uint8Array[] = [];
  const visit = (level: number, at: number): void => {
    const step = shape.slice(level + 1).reduce((product, each) => product * each, 1);
    if (level === shape.length) parts.push(bytes.subarray(at * unit, (at + 1) * unit));
    else for (let i = 0; i < sizes[level]!; i++) visit(level + 1, at + (starts[level]! + i) * step);
  };
  visit(0, 0);
  return Buffer.concat(parts);
}
