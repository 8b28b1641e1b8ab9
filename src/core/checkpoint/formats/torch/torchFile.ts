/**
 * Reads a file of `torch.save` or `torch.jit.save`: which bytes are which tensor. Its pickle is read as data; its
 * values are not read. See torch/serialization.py, torch/csrc/jit/serialization.
 */
import { NeuroMfaError } from '../../../../protocol/errors';
import { quoted, shortened } from '../../../../protocol/visible';
import { DTYPE_BITS, type DType } from '../../dtype';
import { anyFiles } from '../../../storage/anywhere';
import { sliceOf, type ByteRange, type ByteSource } from '../../../storage/storage';
import type { TensorFile } from '../../tensorFiles';
import type { TensorInfo } from '../../types';
import { exportedProgram, foreignFile, HEAD_BYTES, isExported } from '../foreign';
import { memberContent, memberStarts, readZipDirectory, type ZipDirectory, type ZipMember } from '../zip';
import { configIn, metadataIn } from './about';
import { MAX_PICKLE_BYTES, otherByteOrder, type TorchContent } from './content';
import { isLegacy, isZip } from '../heads';
import { readLegacy } from './legacy';
import { SpecialTensor, torchHooks, type Storage } from './objects';
import { unpickle } from './pickle';
import { HarmfulPickle, PickleError } from './pickleValues';
import { tensorsIn, type FoundTensor } from './sets';

export interface TorchFile extends TensorFile {
  /** What the file itself says about the architecture; null for nothing. */
  config: Readonly<Record<string, unknown>> | null;
}

/**
 * Opens a PyTorch file. The caller closes its source.
 * @param onTensors called now and then with the number of tensors found so far.
 * @throws NeuroMfaError `damaged`; `unsupported` for what only Python could make, and for harmful pickles.
 */
export function openTorchFile(path: string, onTensors?: (count: number) => void): TorchFile {
  const { source, content } = openTorch(path, onTensors);
  const { root, found, headers, metadata } = content;
  try {
    const tensors: TensorInfo[] = [];
    for (const each of found) {
      const tensor = tensorInfo(each, source);
      if (tensor) tensors.push(tensor);
    }
    return {
      source,
      headers,
      tensors,
      metadata: { ...metadataIn(root), ...metadata },
      config: configIn(root),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** An open PyTorch file, and the content of its pickle. */
export interface OpenTorch {
  source: ByteSource;
  content: TorchContent;
}

/** Opens a file and reads its pickle. The caller closes its source. @throws as {@link openTorchFile}. */
export function openTorch(path: string, onTensors?: (count: number) => void): OpenTorch {
  const source = anyFiles.open(path);
  try {
    const content = inWords(path, () => {
      const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
      if (isZip(head)) return readZip(source, onTensors);
      if (isLegacy(head)) return readLegacy(source, onTensors);
      throw foreignTorch(path, head);
    });
    return { source, content };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Runs `read` and turns faults of a pickle into errors for users. */
export function inWords<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof HarmfulPickle) {
      throw new NeuroMfaError(
        'unsupported',
        path,
        `when Python loads this file, it runs ${shortened(error.message)}; nothing was run here`,
        'Do not load it with Python; take the model from a source that you trust',
      );
    }
    if (!(error instanceof PickleError)) throw error;
    throw new NeuroMfaError(
      'damaged',
      path,
      `the pickle in it ${error.message}`,
      'Save, copy or download it again; if it is still being written, wait until that is done',
    );
  }
}

function readZip(source: ByteSource, onTensors: ((count: number) => void) | undefined): TorchContent {
  const archive = new TorchArchive(source);
  const read = (name: string, folder: string): unknown => {
    const root = archive.read(name, folder);
    onTensors?.(0);
    return root;
  };
  const root = read('data.pkl', 'data');
  const found = tensorsIn(root, onTensors);
  const isScript = archive.has('constants.pkl');
  if (isScript) {
    // A frozen program has its weights among its constants.
    const use = found.length > 0 ? { use: { code: 'program-constant' } as const } : {};
    for (const each of tensorsIn(read('constants.pkl', 'constants'), onTensors))
      found.push({ ...each, name: `constants.${each.name}`, ...use });
  }
  return {
    root,
    found,
    headers: archive.locate(),
    metadata: isScript ? { TorchScript: `${archive.codes} files of code, which are not run` } : {},
  };
}

/** A PyTorch archive in the bytes `start` … `end` of a file. */
export class TorchArchive {
  readonly #directory: ZipDirectory;
  readonly #pickle: ZipMember;
  readonly #prefix: string;
  /** By the numbers of their members. */
  readonly #storages: (Storage | undefined)[];

  /** @throws NeuroMfaError */
  constructor(
    private readonly source: ByteSource,
    start = 0,
    end = source.size,
    mostDirectory?: number,
  ) {
    this.#directory = readZipDirectory(source, start, end, mostDirectory);
    const { members } = this.#directory;
    const pickles: ZipMember[] = [];
    for (const member of members.values())
      if (member.name.endsWith('data.pkl') && /^[^/]+\/data\.pkl$/.test(member.name)) pickles.push(member);
    const [pickle] = pickles;
    if (!pickle && [...members.keys()].some(isExported)) throw exportedProgram(source.id.path);
    if (!pickle || pickles.length > 1) {
      const cause = `it is a zip archive with ${pickles.length} data.pkl, where one of PyTorch has one`;
      throw new NeuroMfaError(
        'unsupported',
        source.id.path,
        cause,
        'Choose a file that torch.save has written',
      );
    }
    this.#storages = new Array<Storage | undefined>(members.size).fill(undefined);
    this.#pickle = pickle;
    this.#prefix = pickle.name.slice(0, -'data.pkl'.length);
    checkByteOrder(source, members.get(`${this.#prefix}byteorder`));
  }

  has(name: string): boolean {
    return this.#directory.members.has(this.#prefix + name);
  }

  /** The number of files with TorchScript code. */
  get codes(): number {
    const isCode = (name: string): boolean => name.startsWith(`${this.#prefix}code/`) && name.endsWith('.py');
    return [...this.#directory.members.keys()].filter(isCode).length;
  }

  /**
   * The content of a pickle with at most `most` bytes. @param folder the folder of its storages. @throws PickleError
   * @throws HarmfulPickle @throws NeuroMfaError
   */
  read(name: string, folder: string, most = MAX_PICKLE_BYTES): unknown {
    const { members } = this.#directory;
    const before = `${this.#prefix}${folder}/`;
    const hooks = torchHooks((key, dtype, bytes) => {
      const member = members.get(before + key);
      if (!member) throw new PickleError(`has a storage ${quoted(key)} that the archive does not hold`);
      return storageIn(this.source, member, this.#storages, key, dtype, bytes);
    });
    const content = memberContent(this.source, members.get(this.#prefix + name)!, most);
    return unpickle(content, 0, hooks).value;
  }

  /** Locates all storages seen so far. @returns the ranges in which the archive describes itself. */
  locate(): ByteRange[] {
    const startOf = memberStarts(this.source);
    // The directory is in the order of the file.
    for (const member of this.#directory.members.values()) {
      const storage = this.#storages[member.index];
      if (storage) storage.start = startOf(member);
    }
    return [this.#directory.range, { offset: startOf(this.#pickle), bytes: this.#pickle.stored }];
  }
}

function storageIn(
  source: ByteSource,
  member: ZipMember,
  storages: (Storage | undefined)[],
  key: string,
  dtype: DType | null,
  bytes: number,
): Storage {
  const known = storages[member.index];
  if (known?.dtype === dtype) return known;
  if (known) throw new PickleError(`has a storage ${quoted(key)} of two types`);
  if (member.method !== 0) {
    const cause = `its values are compressed (${quoted(member.name)})`;
    throw new NeuroMfaError('unsupported', source.id.path, cause, 'Save it again with torch.save');
  }
  if (bytes > member.bytes)
    throw new PickleError(`has a storage ${quoted(key)} that is larger than its values`);
  const storage = { key, dtype, bytes: member.bytes, start: NaN };
  storages[member.index] = storage;
  return storage;
}

function checkByteOrder(source: ByteSource, member: ZipMember | undefined): void {
  if (!member) return;
  const order = Buffer.from(memberContent(source, member, 64)).toString('latin1');
  if (order !== 'little') throw otherByteOrder(source.id.path);
}

/** The tensor in the form that the rest of the program uses; null for training states that cannot be shown. */
export function tensorInfo({ name, tensor, set, use }: FoundTensor, { id }: ByteSource): TensorInfo | null {
  if (tensor instanceof SpecialTensor) {
    if (use) return null;
    throw new NeuroMfaError(
      'unsupported',
      id.path,
      `${quoted(name)} is ${tensor.kind}, whose values are not read here`,
      'Make plain tensors of it (in Python: tensor.dequantize(), to_dense(), full_tensor() or resolve_conj()) and save it again',
    );
  }
  const { storage, dtype, size: shape, stride } = tensor;
  const size = DTYPE_BITS[dtype] / 8;
  const offset = storage.start + tensor.offset * size;
  let bytes = size;
  for (const each of shape) bytes *= each;
  const plain: TensorInfo = { name, dtype, shape, file: id, offset, bytes };
  const isView = !isRun(shape, stride);
  // Most have neither, and there may be a million.
  if (!isView && !set && !use) return plain;
  return {
    ...plain,
    ...(isView && { recipe: { kind: 'strided', file: id, offset, shape, strides: stride } }),
    ...(set && { set }),
    ...(use && { use }),
  };
}

/** Whether the elements of a view are contiguous in row-major order. */
export function isRun(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && stride[i] !== step) return shape.includes(0);
    step *= shape[i]!;
  }
  return true;
}

function foreignTorch(path: string, head: Uint8Array): NeuroMfaError {
  const foreign = foreignFile(path, head);
  if (foreign) return foreign;
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  const label =
    text.slice(257, 262) === 'ustar'
      ? 'a tar archive, such as PyTorch wrote before 0.2'
      : 'no file of PyTorch';
  return new NeuroMfaError(
    'unsupported',
    path,
    `this is ${label}`,
    'Load it with PyTorch and save it again with torch.save',
  );
}
