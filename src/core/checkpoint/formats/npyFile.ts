/**
 * Arrays of NumPy: `.npy`, and `.npz`, an archive of them
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Arrays of objects are pickles, and are not read.
 */
import { integer } from '../../../protocol/format';
import { MAX_NAME_LENGTH } from './caps';
import { constants, inflateRawSync } from 'node:zlib';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { sliceOf, type ByteRange, type ByteSource } from '../../storage/storage';
import { MAX_INFLATED_BYTES } from '../../weights/recipes/inflated';
import type { Recipe } from '../../weights/recipes/table';
import { DTYPE_BITS, type DType } from '../dtype';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { Checkpoint, TensorInfo } from '../types';
import type { CheckpointFile } from './format';
import { isNpy, NPY_ENDING } from './heads';
import { lookUp } from './lookUp';
import { countElements, FormatFault, readFormat } from './reading';
import { memberStarts, readZipDirectory, type ZipMember } from './zip';

/** Real headers have 128 bytes. */
const MAX_HEADER_BYTES = 2 ** 16;
/** Bytes of a compressed member that are enough to unpack its header. */
const COMPRESSED_HEAD = 4096;

/** See `CheckpointFile.open`. */
export function openNpz(
  { id }: CheckpointFile,
  path: string,
  onTensors: (count: number) => void = () => undefined,
): Checkpoint {
  const file = readFormat(
    path,
    (head) => head[0] === 0x50 && head[1] === 0x4b,
    (source) => readArchive(source, onTensors),
  );
  return joinTensorFiles(path, id, [file], { onTensors });
}

/** See `CheckpointFile.open`. */
export function openNpy(
  { id }: CheckpointFile,
  path: string,
  onTensors?: (count: number) => void,
): Checkpoint {
  const file = readFormat(path, isNpy, (source) => {
    const head = sliceOf(source, 0, Math.min(source.size, MAX_HEADER_BYTES));
    const header = readHeader(head);
    const tensor = tensorOf('array', header, { source, offset: 0, bytes: source.size, packed: null });
    if (tensor.use && header.descr === '|O')
      throw new NeuroMfaError(
        'unsupported',
        path,
        'it holds Python objects (a pickle), which are never loaded here',
        'Save the arrays among them as they are (in Python: numpy.savez(path, **arrays))',
      );
    if (tensor.use)
      throw new NeuroMfaError(
        'unsupported',
        path,
        `it holds values of the type ${header.descr}, which are not read`,
        'Save its numbers as float32 (in Python: numpy.save(path, array.astype("<f4")))',
      );
    const headers = [{ offset: 0, bytes: header.bytes }];
    return { source, headers, tensors: [tensor], metadata: {} };
  });
  return joinTensorFiles(path, id, [file], { onTensors });
}

function readArchive(source: ByteSource, onTensors: (count: number) => void): TensorFile {
  const { members, range } = readZipDirectory(source);
  const startOf = memberStarts(source);
  const headers: ByteRange[] = [range];
  const tensors: TensorInfo[] = [];
  const inOrder = [...members.values()].sort((a, b) => a.header - b.header);
  for (const member of inOrder) {
    if (!member.name.endsWith(NPY_ENDING)) continue;
    const name = member.name.slice(0, -NPY_ENDING.length);
    if (name.length > MAX_NAME_LENGTH)
      throw new FormatFault(`an array has a name of ${name.length} characters`);
    tensors.push(arrayOf(name, member, source, startOf(member), headers));
    onTensors(tensors.length);
  }
  if (tensors.length === 0) throw new FormatFault('it is a zip archive without arrays of NumPy');
  return { source, headers, tensors, metadata: {} };
}

/** @param headers receives the range of its header. */
function arrayOf(
  name: string,
  { method, stored, bytes }: ZipMember,
  source: ByteSource,
  start: number,
  headers: ByteRange[],
): TensorInfo {
  const what = JSON.stringify(shortened(name));
  const unsupported = (cause: string): NeuroMfaError =>
    new NeuroMfaError(
      'unsupported',
      source.id.path,
      `the array ${what} ${cause}`,
      'Save the arrays without compression (in Python: numpy.savez(path, **arrays))',
    );
  if (method === 0) {
    const head = sliceOf(source, start, Math.min(bytes, MAX_HEADER_BYTES));
    const header = readHeader(head, what);
    headers.push({ offset: start, bytes: header.bytes });
    return tensorOf(name, header, { source, offset: start, bytes, packed: null });
  }
  if (method !== 8) throw unsupported(`is compressed by a method that is not read (${method})`);
  if (bytes > MAX_INFLATED_BYTES || stored > MAX_INFLATED_BYTES)
    throw unsupported(
      `has ${integer(bytes)} bytes and is compressed; at most ${integer(MAX_INFLATED_BYTES)} are unpacked`,
    );
  const range = { offset: start, bytes: Math.min(stored, COMPRESSED_HEAD) };
  headers.push(range);
  const header = readHeader(beginning(sliceOf(source, range.offset, range.bytes), what), what);
  return tensorOf(name, header, { source, offset: start, bytes, packed: stored });
}

/** The decompressed beginning of a compressed member. */
function beginning(content: Uint8Array, what: string): Uint8Array {
  try {
    return inflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    throw new FormatFault(`the array ${what} cannot be unpacked`);
  }
}

interface Header {
  descr: string;
  fortran: boolean;
  shape: number[];
  /** Number of bytes before the values. */
  bytes: number;
}

/** @throws FormatFault */
function readHeader(head: Uint8Array, what = 'the array'): Header {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const fault = (cause: string): FormatFault => new FormatFault(`${what} ${cause}`);
  if (!isNpy(bytes) || bytes.length < 12) throw fault('does not begin like one of NumPy');
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw fault(`has a header of version ${version}`);
  const begin = version === 1 ? 10 : 12;
  const end = begin + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > MAX_HEADER_BYTES)
    throw fault(`has a header of ${integer(end)} bytes; at most ${integer(MAX_HEADER_BYTES)} are read`);
  if (end > bytes.length) throw fault('is cut short');
  const text = bytes.toString('utf8', begin, end);
  const descr = /["']descr["']\s*:\s*(?:["']([^"']*)["']|\[)/.exec(text);
  const order = /["']fortran_order["']\s*:\s*(True|False)/.exec(text);
  const shape = /["']shape["']\s*:\s*\((\s*(?:\d+L?\s*(?:,\s*|(?=\))))*)\)/.exec(text);
  if (!descr || !order || !shape) throw fault('has a header that says no type, order and shape');
  return {
    descr: descr[1] ?? 'structured',
    fortran: order[1] === 'True',
    shape: Array.from(shape[1]!.matchAll(/\d+/g), ([size]) => Number(size)),
    bytes: end,
  };
}

const TYPES: Readonly<Record<string, DType>> = {
  ...{ '<f2': 'F16', '<f4': 'F32', '<f8': 'F64', '<c8': 'C64', '|b1': 'BOOL', '|i1': 'I8', '|u1': 'U8' },
  ...{ '<i2': 'I16', '<i4': 'I32', '<i8': 'I64', '<u2': 'U16', '<u4': 'U32', '<u8': 'U64' },
};

/** @throws FormatFault where the size of the values is not that of the array. */
function tensorOf(
  name: string,
  { descr, fortran, shape, bytes: skip }: Header,
  place: { source: ByteSource; offset: number; bytes: number; packed: number | null },
): TensorInfo {
  const file = place.source.id;
  const dtype = lookUp(TYPES, descr);
  const elements = countElements(name, shape);
  if (skip > place.bytes)
    throw new FormatFault(`the array ${JSON.stringify(shortened(name))} is cut short in its header`);
  const own = { name, shape, file, offset: place.offset + skip, bytes: place.bytes - skip };
  if (!dtype) {
    const type =
      descr === '|O' ? 'object (a pickle)' : descr.startsWith('>') ? `${descr} (big-endian)` : descr;
    return { ...own, dtype: 'U8', stored: type, use: { code: 'unreadable-type', dtype: type } };
  }
  const bytes = (elements * DTYPE_BITS[dtype]) / 8;
  if (own.bytes !== bytes)
    throw new FormatFault(
      `the array ${JSON.stringify(shortened(name))} has ${integer(own.bytes)} bytes of values; ${integer(bytes)} are expected`,
    );
  const turned = fortran && shape.filter((size) => size > 1).length > 1;
  const recipe = recipeOf(turned ? shape : null, own, place, skip);
  return { ...own, dtype, ...(recipe && { recipe }) };
}

function recipeOf(
  turned: readonly number[] | null,
  { file, offset }: Pick<TensorInfo, 'file' | 'offset'>,
  place: { offset: number; bytes: number; packed: number | null },
  skip: number,
): Recipe | null {
  if (place.packed !== null) {
    const { bytes, packed: stored } = place;
    return { kind: 'inflated', file, offset: place.offset, stored, bytes, skip, fortran: turned };
  }
  if (!turned) return null;
  const strides = turned.map((_, i) => turned.slice(0, i).reduce((product, size) => product * size, 1));
  return { kind: 'strided', file, offset, shape: turned, strides };
}
