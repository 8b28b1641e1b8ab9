/**
 * Distributed checkpoints of PyTorch (DCP), written by FSDP, torchtitan, Accelerate, Composer, NeMo and Megatron
 * (`torch_dist`): a folder with `.metadata` and files of pieces (`__0_0.distcp`). Each piece is a small `torch.save`
 * file, of which only the two ends are read; a tensor is tiled by its pieces.
 */
import { integer } from '../../../../protocol/format';
import { basename, dirname, join } from '../../../storage/paths';
import { NeuroMfaError } from '../../../../protocol/errors';
import { quoted } from '../../../../protocol/visible';
import { anyFiles } from '../../../storage/anywhere';
import { sliceOf, type ByteSource } from '../../../storage/storage';
import type { Recipe } from '../../../weights/recipes/table';
import type { Tile } from '../../../weights/recipes/pieces';
import { DTYPE_BITS, type DType } from '../../dtype';
import { joinTensorFiles, type TensorFile } from '../../tensorFiles';
import type { Checkpoint, TensorInfo } from '../../types';
import type { CheckpointFile } from '../format';
import { HEAD_BYTES } from '../foreign';
import { FormatFault, readFormat } from '../reading';
import { MAX_PICKLE_BYTES } from './content';
import { readMetadata, type DcpMetadata, type DcpTensor, type StoredPiece } from './dcpMetadata';
import { isTensor, SpecialTensor, TorchTensor, type Storage } from './objects';
import { PickleError } from './pickleValues';
import { tensorsIn, type FoundTensor } from './sets';
import { unstacked } from './stacked';
import { faultOfTiles } from './tiles';
import { inWords, isRun, openTorchFile, TorchArchive } from './torchFile';

/** Bytes of a piece to read at once at either end: its directory, and its pickle with the header of the values. */
const END_BYTES = 2048;
/** Number of pieces between two progress reports. */
const PIECES_AT_ONCE = 256;
const MAX_NAMED = 20;
const NEXT_STEP = 'Copy the whole folder again; if it is still being written, wait until that is done';

/** See `CheckpointFile.open`. */
export function openDcp(
  kind: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const list = readFormat(
    path,
    () => true,
    (source) => source,
  );
  const files: TensorFile[] = [];
  try {
    // By its content alone.
    if (!kind.sniffs(sliceOf(list, 0, Math.min(list.size, HEAD_BYTES)), '')) throw noList(path);
    if (list.size > MAX_PICKLE_BYTES)
      throw fault(path, `it has more than ${integer(MAX_PICKLE_BYTES)} bytes`);
    const metadata = inWords(path, () => saying(path, () => readMetadata(sliceOf(list, 0, list.size))));
    onTensors(metadata.tensors.length);
    const sources = openSources(path, metadata, files);
    const tensors = inWords(path, () => tensorsOf(path, metadata, sources, onTensors));
    const listed = { source: list, headers: [{ offset: 0, bytes: list.size }], tensors };
    return joinTensorFiles(path, kind.id, [{ ...listed, metadata: about(metadata) }, ...files], {
      settings: settingsBeside(path),
      onTensors,
    });
  } catch (error) {
    for (const { source } of [{ source: list }, ...files]) source.close();
    throw error;
  }
}

function noList(path: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    path,
    `this should list the pieces of a PyTorch distributed checkpoint (DCP), and holds something else`,
    `${NEXT_STEP}. Where the program that wrote it can still read it, merge its pieces: accelerate merge-weights ${quoted(dirname(path))} OUT`,
  );
}

function about({ objects }: DcpMetadata): Record<string, string> {
  if (objects.length === 0) return {};
  const rest = objects.length - MAX_NAMED;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return { 'objects that are no tensors': `${objects.slice(0, MAX_NAMED).join(', ')}${more}` };
}

/** Megatron stores its arguments in `common.pt`; null where there is no such file, or it cannot be read. */
function settingsBeside(path: string): Readonly<Record<string, unknown>> | null {
  const common = join(dirname(path), 'common.pt');
  try {
    if (anyFiles.stat(common)?.kind !== 'file') return null;
    const { source, config } = openTorchFile(common);
    source.close();
    return config;
  } catch {
    return null;
  }
}

/** @param files receives every opened file, for the caller to close. */
function openSources(
  path: string,
  { tensors }: DcpMetadata,
  files: TensorFile[],
): ReadonlyMap<string, ByteSource> {
  const names = new Set(tensors.flatMap(({ pieces }) => pieces.map(({ file }) => file)));
  const missing = [...names].filter((name) => anyFiles.stat(join(dirname(path), name)) === null).sort();
  if (missing.length > 0) {
    const others = missing.length > 1 ? `, and so are ${missing.length - 1} others` : '';
    throw new NeuroMfaError(
      'missing',
      join(dirname(path), missing[0]!),
      `this file of the checkpoint's ${names.size} is missing${others}`,
      `Copy all files into the folder (${basename(path)} lists them)`,
    );
  }
  const sources = new Map<string, ByteSource>();
  for (const name of [...names].sort()) {
    const source = anyFiles.open(join(dirname(path), name));
    files.push({ source, headers: [], tensors: [], metadata: {} });
    sources.set(name, source);
  }
  return sources;
}

function tensorsOf(
  path: string,
  { tensors, reshaped }: DcpMetadata,
  sources: ReadonlyMap<string, ByteSource>,
  onTensors: (count: number) => void,
): TensorInfo[] {
  let pieces = 0;
  const made = named(tensors).map(([found, tensor]): TensorInfo => {
    const marks = { ...(found.set && { set: found.set }), ...(found.use && { use: found.use }) };
    const { name } = found;
    const { dtype, shape } = tensor;
    const outside = faultOfTiles(shape, tensor.pieces);
    if (outside) throw fault(path, `the pieces of ${quoted(tensor.name)} do not cover it: ${outside}`);
    const source = sources.get(tensor.pieces[0]?.file ?? '') ?? [...sources.values()][0];
    const id = source?.id ?? { path, stamp: null };
    if (dtype === null) {
      const use = marks.use ?? { code: 'unreadable-type', dtype: tensor.type };
      return { name, dtype: 'U8', shape, file: id, offset: 0, bytes: 0, stored: tensor.type, ...marks, use };
    }
    if (reshaped.has(tensor.name) && !marks.use) throw flattened(path, tensor.name);
    const tiles = tensor.pieces.map((piece) => {
      if (++pieces % PIECES_AT_ONCE === 0) onTensors(tensors.length);
      return tileOf(tensor, dtype, piece, sources.get(piece.file)!);
    });
    const elements = shape.reduce((product, size) => product * size, 1);
    const own = { name, dtype, shape, bytes: (elements * DTYPE_BITS[dtype]) / 8, ...marks };
    return { ...own, ...placed(tensor, tiles, id) };
  });
  return unstacked(made);
}

/** Tensors with the names and sets that they have in what was saved. */
function named(tensors: readonly DcpTensor[]): [FoundTensor, DcpTensor][] {
  const root = new Map<unknown, unknown>();
  const known = new Map<unknown, DcpTensor>();
  for (const tensor of tensors) {
    const stand = new SpecialTensor(tensor.name);
    // Sets are recognized by their matrices.
    const shape = tensor.shape;
    const leaf =
      tensor.dtype === null
        ? stand
        : new TorchTensor({ key: tensor.name, dtype: null, bytes: 0, start: 0 }, tensor.dtype, 0, shape, []);
    known.set(leaf, tensor);
    put(root, tensor.path ?? plainPath(tensor.name), leaf);
  }
  return tensorsIn(root).map((found) => [found, known.get(found.tensor)!]);
}

/** The entries of an optimizer begin with their own name; any other path is the tensor's name. */
function plainPath(name: string): string[] {
  const [first, rest] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
  return name.includes('.') && /optim/i.test(first) ? [first, rest] : [name];
}

function put(root: Map<unknown, unknown>, path: readonly string[], leaf: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    let inner = at.get(key);
    if (!(inner instanceof Map)) {
      // Something with the name of a tensor that contains others gets another name.
      const free = isTensor(inner) ? `${key}~` : key;
      inner = at.get(free) ?? new Map<unknown, unknown>();
      at.set(free, inner);
    }
    at = inner as Map<unknown, unknown>;
  }
  let last = path.at(-1)!;
  while (at.has(last)) last += '~';
  at.set(last, leaf);
}

type Placed = Pick<TensorInfo, 'file' | 'offset'> & { recipe?: Recipe };

interface Placement extends Tile {
  /** Strides of its values where they are not contiguous. */
  strides: readonly number[] | null;
}

function placed({ name, shape }: DcpTensor, tiles: readonly Placement[], id: Tile['file']): Placed {
  const [first, ...others] = tiles;
  if (!first) return { file: id, offset: 0 };
  const { file, offset, strides } = first;
  if (others.length === 0)
    return { file, offset, ...(strides && { recipe: { kind: 'strided', file, offset, shape, strides } }) };
  const turned = tiles.find((tile) => tile.strides !== null);
  if (turned) {
    const cause = `a piece of ${quoted(name)} is stored in another order of its dimensions`;
    throw new NeuroMfaError(
      'unsupported',
      turned.file.path,
      cause,
      'Make the tensor contiguous before it is saved, or join the checkpoint with torch.distributed.checkpoint.format_utils.dcp_to_torch_save',
    );
  }
  const plain = tiles.map(({ file: own, offset: at, starts, sizes }) => ({
    file: own,
    offset: at,
    starts,
    sizes,
  }));
  return { file, offset, recipe: { kind: 'pieces', shape, tiles: plain } };
}

/** Where the values of a piece are. */
function tileOf({ name }: DcpTensor, dtype: DType, piece: StoredPiece, source: ByteSource): Placement {
  const { path } = source.id;
  const { offset, bytes, starts, sizes, transformed } = piece;
  const what = `the piece of ${quoted(name)} that begins at [${starts.join(', ')}]`;
  if (transformed)
    throw new NeuroMfaError(
      'unsupported',
      path,
      `${what} is compressed or encrypted by an extension of PyTorch`,
      'Save the checkpoint without extensions',
    );
  if (offset + bytes > source.size)
    throw fault(path, `${what} ends at byte ${offset + bytes}, and the file has ${source.size}`);
  const value = inWords(path, () => {
    const archive = new TorchArchive(withEnds(source, offset, offset + bytes), offset, offset + bytes);
    const root = archive.read('data.pkl', 'data');
    archive.locate();
    return root;
  });
  if (value instanceof SpecialTensor)
    throw new NeuroMfaError(
      'unsupported',
      path,
      `${what} is ${value.kind}, whose values are not read here`,
      'Save plain tensors',
    );
  if (!(value instanceof TorchTensor)) throw fault(path, `${what} is no tensor`);
  if (value.size.join() !== sizes.join() || value.dtype !== dtype)
    throw fault(
      path,
      `${what} holds ${value.dtype} [${value.size.join(', ')}], where ${dtype} [${sizes.join(', ')}] is expected`,
    );
  const start = startOf(value.storage, value.offset, dtype);
  const strides = isRun(value.size, value.stride) ? null : value.stride;
  return { file: source.id, offset: start, starts, sizes, strides };
}

function startOf({ start }: Storage, elements: number, dtype: DType): number {
  return start + (elements * DTYPE_BITS[dtype]) / 8;
}

/** The same source with both ends of a piece read at once: there may be hundreds of thousands of pieces. */
function withEnds(source: ByteSource, start: number, end: number): ByteSource {
  const windows: { offset: number; bytes: Uint8Array }[] = [];
  const within = (offset: number, bytes: number): Uint8Array => {
    const known = windows.find(
      (each) => offset >= each.offset && offset + bytes <= each.offset + each.bytes.length,
    );
    if (known) return known.bytes.subarray(offset - known.offset, offset - known.offset + bytes);
    const isLast = end - offset <= END_BYTES;
    const from = isLast ? Math.max(start, end - END_BYTES) : offset;
    const length = isLast ? end - from : Math.max(bytes, Math.min(END_BYTES, end - offset));
    const window = { offset: from, bytes: sliceOf(source, from, length) };
    windows.push(window);
    return window.bytes.subarray(offset - from, offset - from + bytes);
  };
  return {
    id: source.id,
    size: source.size,
    get bytesRead() {
      return source.bytesRead;
    },
    read(ranges, into) {
      let at = 0;
      for (const { offset, bytes } of ranges) {
        into.set(within(offset, bytes), at);
        at += bytes;
      }
    },
    close() {
      source.close();
    },
  };
}

function flattened(path: string, name: string): NeuroMfaError {
  const cause = `Megatron has flattened ${quoted(name)} and cut it elsewhere than between its rows`;
  return new NeuroMfaError(
    'unsupported',
    path,
    cause,
    'Load it with Megatron and save it in the format torch_dist of a newer version, or convert it with Megatron Bridge',
  );
}

function fault(path: string, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', path, `the checkpoint is damaged: ${cause}`, NEXT_STEP);
}

/** Words faults of the list for users. */
function saying<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatFault && !(error instanceof PickleError)
      ? fault(path, error.message)
      : error;
  }
}
