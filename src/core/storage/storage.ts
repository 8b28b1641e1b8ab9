/**
 * Where checkpoints are and how their bytes are read. `localFiles.ts` implements this for disks, `src/remote/` for
 * remote files; `anywhere.ts` chooses between them.
 */
import type { StampedFile } from './stampOf';

export interface ByteRange {
  /** Offset of the first byte; may exceed 2^32. */
  offset: number;
  bytes: number;
}

/** An open file, in the state in which it was opened. */
export interface ByteSource {
  /** Its location and state: one object, shared by every tensor in the file. */
  readonly id: StampedFile;
  /** Its size in bytes. */
  readonly size: number;
  /** The number of bytes read from it so far. */
  readonly bytesRead: number;
  /**
   * Fills `into` with the ranges, one after another. Callers ask for everything they need at a time in one call, so
   * that a slow source can fetch it together.
   * @throws NeuroMfaError `damaged` where the file ends first, `unreadable` where it cannot be read.
   */
  read(ranges: readonly ByteRange[], into: Uint8Array): void;
  /**
   * Announces what will be read to a source that is slow to answer, in the order of reading; replaces earlier announcements.
   * @param shared names what several threads will read together, each byte once.
   */
  ahead?(ranges: readonly ByteRange[], shared?: string | null): void;
  /** Closing twice is harmless. */
  close(): void;
}

export interface Entry {
  name: string;
  /** Null for a link: {@link Storage.stat} says what it leads to. */
  kind: EntryKind | null;
}

export type EntryKind = 'file' | 'folder' | 'other';

export interface EntryState {
  kind: EntryKind;
  bytes: number;
  /** The time of its last change, in milliseconds since 1970. */
  modified: number;
  /** See `stamp.ts`. */
  stamp: string;
}

export interface Storage {
  /** The entries of a folder, in no order. @throws the system's error. */
  list(location: string): Entry[];
  /** What is at a location, links followed; null for nothing. @throws the system's error. */
  stat(location: string): EntryState | null;
  /**
   * @param stamp the file's stamp when it was opened first; null for the first time.
   * @throws NeuroMfaError `missing` or `unreadable`, also for anything other than a regular file; `damaged` for a
   *   file whose state has changed.
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

/** Short ranges no farther apart than this are read together: there may be hundreds of thousands. */
const NEARBY_BYTES = 2 ** 16;

/** Reads short ranges in the order of a file; each result is valid until the next call. */
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
