/**
 * safetensors: 8 bytes with the header's length, a JSON header, then the values (https://github.com/huggingface/safetensors).
 * Only the header is read here; values are read later, by range.
 */
import { MAX_NAME_LENGTH } from './caps';
import { basename } from '../../storage/paths';
import { NeuroMfaError } from '../../../protocol/errors';
import { integer } from '../../../protocol/format';
import { quoted } from '../../../protocol/visible';
import { DTYPE_BITS, type DType } from '../dtype';
import { foreignFile, HEAD_BYTES } from './foreign';
import type { CheckpointFile } from './format';
import { anyFiles } from '../../storage/anywhere';
import { readAt, sliceOf, type ByteSource } from '../../storage/storage';
import { HeaderFault, readHeader, type HeaderEntry } from './header';
import { endOfString } from '../strictJson';
import { joinTensorFiles, type TensorFile } from '../tensorFiles';
import type { TensorInfo } from '../types';

/** The format's own limit (`MAX_HEADER_SIZE` of the reference implementation); real headers have a few MB at most. */
export const MAX_HEADER_BYTES = 100_000_000;

const LENGTH_BYTES = 8;
/** Bytes of a header to read at once: over a slow network that takes seconds. */
const CHUNK_BYTES = 2 ** 23;
const OPENING_BRACE = 0x7b;
/** Statistics of a training set take a few MB, and so does a picture. */
export const MAX_METADATA_LENGTH = 20_000_000;

export const safetensors: CheckpointFile = {
  id: 'safetensors',
  label: 'safetensors',
  sureNames: ['*.safetensors'],
  namesOnRequest: ['*.sft'],
  sniffs: (head) =>
    head.length > LENGTH_BYTES &&
    head[LENGTH_BYTES] === OPENING_BRACE &&
    headerLength(head) <= MAX_HEADER_BYTES,
  open: (path, onTensors) =>
    joinTensorFiles(path, safetensors.id, [openSafetensors(path, onTensors)], { onTensors }),
};

/**
 * Opens one file and reads its header.
 * @param onTensors called now and then with the number of tensors found so far.
 * @throws NeuroMfaError; the descriptor is closed then.
 */
export function openSafetensors(
  path: string,
  onTensors: (count: number) => void = () => undefined,
): TensorFile {
  const source = anyFiles.open(path);
  try {
    return readTensors(source, onTensors);
  } catch (error) {
    source.close();
    throw error;
  }
}

function readTensors(source: ByteSource, onTensors: (count: number) => void): TensorFile {
  const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
  const length = head.length < LENGTH_BYTES ? NaN : headerLength(head);
  if (!safetensors.sniffs(head, source.id.path)) {
    const foreign = foreignFile(source.id.path, head);
    if (foreign) throw foreign;
    if (head.length <= LENGTH_BYTES) throw truncated(source, LENGTH_BYTES + (length || 1) - source.size);
    if (length > MAX_HEADER_BYTES) {
      throw damaged(
        source,
        `its header claims ${integer(length)} bytes; at most ${integer(MAX_HEADER_BYTES)} are allowed`,
      );
    }
    throw damaged(source, 'it does not begin like a safetensors file');
  }
  const headerBytes = LENGTH_BYTES + length;
  if (headerBytes > source.size) throw truncated(source, headerBytes - source.size);

  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    readAt(source, LENGTH_BYTES + at, bytes.subarray(at, at + CHUNK_BYTES));
    onTensors(0);
  }
  const tensors: TensorInfo[] = [];
  const metadata = faultsOf(source, () =>
    readHeader(bytes, (name, entry) => {
      // For a tied head that it leaves out, torchtitan writes an entry without a type and without bytes.
      if (entry.dtype === '' && entry.begin === entry.end) return;
      tensors.push(tensorOf(source, headerBytes, name, entry));
      if (tensors.length % TOLD_EVERY === 0) onTensors(tensors.length);
    }),
  );
  checkMetadata(source, metadata);
  onTensors(tensors.length);
  if (!inFileOrder(tensors)) tensors.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  checkLayout(source, headerBytes, tensors);
  return { source, headers: [{ offset: 0, bytes: headerBytes }], tensors, metadata };
}

/** Bytes of a header to read for its metadata alone: they come first, and the texts that give steps are short. */
const METADATA_BYTES = 2 ** 20;

/**
 * The metadata of a file as JSON, without reading the rest of its header; empty where they are longer than 1 MiB, do
 * not come first, or cannot be read.
 */
export function metadataText(path: string): string {
  let source: ByteSource | undefined;
  try {
    source = anyFiles.open(path);
    const text = Buffer.from(
      sliceOf(source, LENGTH_BYTES, Math.min(source.size - LENGTH_BYTES, METADATA_BYTES)),
    ).toString();
    const start = /^\{\s*"__metadata__"\s*:\s*(?=\{)/.exec(text)?.[0].length;
    return start === undefined ? '' : text.slice(start, endOfObject(text, start));
  } catch {
    return '';
  } finally {
    source?.close();
  }
}

/** The index after the brace that closes a flat object. */
function endOfObject(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at) - 1;
    else if (text[at] === '}') return at + 1;
  }
  return start;
}

/** Number of tensors between two calls that report how many there are. */
const TOLD_EVERY = 8192;

function faultsOf<T>(source: ByteSource, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof HeaderFault ? damaged(source, error.message) : error;
  }
}

function checkMetadata(source: ByteSource, metadata: Readonly<Record<string, string>>): void {
  const length = metadataLength(metadata);
  if (length > MAX_METADATA_LENGTH) {
    const cause = `its metadata has ${length} characters; at most ${MAX_METADATA_LENGTH} are read`;
    throw damaged(source, cause);
  }
}

/** The total number of characters. */
export function metadataLength(metadata: Readonly<Record<string, string>>): number {
  let length = 0;
  for (const [key, value] of Object.entries(metadata)) length += key.length + value.length;
  return length;
}

function tensorOf(
  source: ByteSource,
  headerBytes: number,
  name: string,
  { dtype, shape, begin, end }: HeaderEntry,
): TensorInfo {
  if (name.length > MAX_NAME_LENGTH)
    throw damaged(source, `the tensor name ${quoted(name)} has more than ${MAX_NAME_LENGTH} characters`);
  if (!Object.hasOwn(DTYPE_BITS, dtype)) {
    throw new NeuroMfaError(
      'unsupported',
      source.id.path,
      `tensor ${quoted(name)} has the element type ${quoted(dtype)}, which is not known`,
      'Convert the checkpoint to float16, bfloat16 or float32',
    );
  }
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  const bytes = (elements * DTYPE_BITS[dtype as DType]) / 8;
  if (!Number.isSafeInteger(elements) || end - begin !== bytes) {
    throw damaged(
      source,
      `tensor ${quoted(name)} of shape [${shape.join(', ')}] and type ${dtype} needs ${bytes} bytes, but its offsets [${begin}, ${end}] span ${integer(end - begin)}`,
    );
  }
  return { name, dtype: dtype as DType, shape, file: source.id, offset: headerBytes + begin, bytes };
}

function inFileOrder(tensors: readonly TensorInfo[]): boolean {
  return tensors.every(
    (tensor, i) => i === 0 || tensors[i - 1]!.offset + tensors[i - 1]!.bytes <= tensor.offset,
  );
}

/** The values must fill the file from the header to the end: no overlaps and, so that nothing can hide, no gaps. */
function checkLayout(source: ByteSource, headerBytes: number, tensors: readonly TensorInfo[]): void {
  let end = headerBytes;
  const before = (index: number): string =>
    index === 0 ? 'the header' : `tensor ${quoted(tensors[index - 1]!.name)}`;
  for (const [index, { name, offset, bytes }] of tensors.entries()) {
    if (offset < end) throw damaged(source, `tensor ${quoted(name)} overlaps ${before(index)}`);
    if (offset > end)
      throw damaged(
        source,
        `${integer(offset - end)} bytes between ${before(index)} and tensor ${quoted(name)} belong to nothing`,
      );
    end = offset + bytes;
  }
  if (end > source.size) throw truncated(source, end - source.size);
  if (end < source.size)
    throw damaged(
      source,
      `${integer(source.size - end)} bytes after ${before(tensors.length)} belong to nothing`,
    );
}

/** The header's length in bytes; exact up to 2^53, and above that far beyond every limit. */
function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
}

function truncated(source: ByteSource, missing: number): NeuroMfaError {
  const cause = `the file is cut short: at least ${integer(missing)} of its bytes are missing`;
  return new NeuroMfaError('damaged', source.id.path, cause, again(source));
}

function damaged(source: ByteSource, cause: string): NeuroMfaError {
  return new NeuroMfaError('damaged', source.id.path, `the file is damaged: ${cause}`, again(source));
}

const again = (source: ByteSource) => `Save or download ${basename(source.id.path)} again`;
