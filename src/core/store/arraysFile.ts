/**
 * The large arrays of a result as a file: the bytes of `protocol/packing.ts`, written and read piece by piece. No
 * second copy of the arrays is made, and no call of the system or of the checksum gets more bytes than it can take.
 */
import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { integer } from '../../protocol/format';
import type { SampleArrays } from '../../protocol/analysis';
import {
  arraysInOrder,
  packedHeader,
  packedHeaderBytes,
  packedLengths,
  packedOrder,
} from '../../protocol/packing';
import { openRegular } from './regularFile';
import { DamagedEntry } from './verdicts';

/** Bytes per piece. */
export const PIECE_BYTES = 2 ** 20;

export interface ArraysInfo {
  bytes: number;
  /** SHA-256 in hexadecimal. */
  checksum: string;
}

/** The packing of `arrays` in pieces of at most {@link PIECE_BYTES}; each is valid until the next is requested. */
export function* packedPieces(arrays: readonly SampleArrays[]): Generator<Uint8Array, void> {
  const list = packedOrder(arrays);
  yield* piecesOf(packedHeader(list.map(({ length }) => length)));
  const piece = Buffer.alloc(PIECE_BYTES);
  for (const array of list) {
    for (const part of piecesOf(bytesOf(array))) {
      // A copy, because the system takes no memory that threads share.
      const copy = piece.subarray(0, part.length);
      copy.set(part);
      yield littleEndian(copy);
    }
  }
}

/** Writes a new file and flushes it to the disk; removes it where that fails. @throws the system's errors. */
export async function writeArrays(path: string, arrays: readonly SampleArrays[]): Promise<ArraysInfo> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx');
  try {
    try {
      for (const piece of packedPieces(arrays)) {
        hash.update(piece);
        await file.writeFile(piece);
        bytes += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { bytes, checksum: hash.digest('hex') };
}

/**
 * Reads what {@link writeArrays} wrote for so many samples.
 * @throws DamagedEntry where it is something else; the system's errors.
 */
export async function readArrays(
  path: string,
  samples: number,
  expected: ArraysInfo,
): Promise<SampleArrays[]> {
  const { file, size } = await openRegular(path);
  try {
    if (size !== expected.bytes) throw otherSize(size, expected.bytes);
    const hash = createHash('sha256');
    const read = async (bytes: Uint8Array): Promise<void> => {
      await fill(file, bytes);
      hash.update(bytes);
    };
    const headerBytes = packedHeaderBytes(2 * samples);
    if (headerBytes > size) throw new DamagedEntry('its arrays are those of another number of samples');
    const header = new Uint8Array(headerBytes);
    await read(header);
    const list: Float64Array[] = [];
    for (const length of lengthsOf(header, size, 2 * samples)) {
      const array = new Float64Array(length);
      for (const piece of piecesOf(bytesOf(array))) {
        await read(piece);
        littleEndian(piece);
      }
      list.push(array);
    }
    if (hash.digest('hex') !== expected.checksum)
      throw new DamagedEntry('its arrays do not have the checksum that they were written with');
    return arraysInOrder(list);
  } finally {
    await file.close();
  }
}

/** What is wrong with a file of another size than the one that was written. */
export function otherSize(bytes: number, expected: number): DamagedEntry {
  return new DamagedEntry(`its arrays take ${integer(bytes)} bytes instead of ${integer(expected)}`);
}

function lengthsOf(header: Uint8Array, total: number, count: number): number[] {
  let lengths: number[];
  try {
    lengths = packedLengths(header, total);
  } catch (error) {
    throw new DamagedEntry(`its arrays are ${(error as Error).message}`);
  }
  if (lengths.length !== count) throw new DamagedEntry('its arrays are those of another number of samples');
  return lengths;
}

async function fill(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at);
    if (bytesRead === 0) throw new DamagedEntry('its arrays are cut short');
    at += bytesRead;
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

const bytesOf = (array: Float64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Converts float64 values between this machine's byte order and the file's, in place. */
export function littleEndian<T extends Uint8Array>(bytes: T): T {
  if (endianness() === 'BE') Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).swap64();
  return bytes;
}
