/**
 * Where checkpoints are and how their bytes are read. `localFiles.ts` implements it for disks, `src/remote/` for what lies
 * elsewhere; `anywhere.ts` tells the two apart.
 */
import type { StampedFile } from './stampOf';

export interface ByteRange {
  /** Of the first byte; may exceed 2^32. */
  offset: number;
  bytes: number;
}

/** An open file, in the state in which it was opened. */
export interface ByteSource {
  /** Its location and its state: one object, which every tensor in it shares. */
  readonly id: StampedFile;
  /** Bytes in it. */
  readonly size: number;
  /** Bytes read from it so far. */
  readonly bytesRead: number;
  /**
   * Fills `into` with the ranges, one after another. One call for all that is needed at a time, so that a source that is
   * slow to answer can ask for it together.
   * @throws NeuroMfaError `damaged` where the file ends first, `unreadable` where it cannot be read.
   */
  read(ranges: readonly ByteRange[], into: Uint8Array): void;
  /** Told what will be read, ascending, by a source that is slow to answer; it replaces what was told before. */
  ahead?(ranges: readonly ByteRange[]): void;
  /** Closing twice is harmless. */
  close(): void;
}

export interface Entry {
  name: string;
  /** Of a link, null: what it leads to is for {@link Storage.stat} to say. */
  kind: EntryKind | null;
}

export type EntryKind = 'file' | 'folder' | 'other';

export interface EntryState {
  kind: EntryKind;
  bytes: number;
  /** When it was written last, in milliseconds since 1970. */
  modified: number;
  /** See `stamp.ts`. */
  stamp: string;
}

export interface Storage {
  /** What is in a folder, in no order. @throws the system's error. */
  list(location: string): Entry[];
  /** What is at a location, links followed; null for nothing. @throws the system's error. */
  stat(location: string): EntryState | null;
  /**
   * @param stamp of the file when it was opened first; null for the first time.
   * @throws NeuroMfaError `missing` or `unreadable`, also for anything that is not a regular file; `damaged` for a file
   *   that is not what it was.
   */
  open(location: string, stamp?: string | null): ByteSource;
}

/** Fills `into` from `offset` on. @throws as {@link ByteSource.read}. */
export function readAt(source: Pick<ByteSource, 'read'>, offset: number, into: Uint8Array): void {
  source.read([{ offset, bytes: into.length }], into);
}

/** The bytes of one range. @throws as {@link ByteSource.read}. */
export function sliceOf(
  source: Pick<ByteSource, 'read'>,
  offset: number,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const slice = new Uint8Array(bytes);
  readAt(source, offset, slice);
  return slice;
}

/** Short ranges that lie as near to one another as this are read together: there may be hundreds of thousands. */
const NEARBY_BYTES = 2 ** 16;

/** Reads short ranges, one after another through a file; each is valid until the next one is asked for. */
export function nearbyReader(source: ByteSource): (offset: number, bytes: number) => Buffer {
  let window = { offset: 0, bytes: Buffer.alloc(0) };
  let last = -Infinity;
  return (offset, bytes) => {
    if (offset < window.offset || offset + bytes > window.offset + window.bytes.length) {
      const isNear = offset >= last && offset - last < NEARBY_BYTES;
      const length = Math.min(isNear ? Math.max(bytes, NEARBY_BYTES) : bytes, source.size - offset);
      window = { offset, bytes: Buffer.from(sliceOf(source, offset, length).buffer) };
    }
    last = offset;
    return window.bytes.subarray(offset - window.offset, offset - window.offset + bytes);
  };
}
