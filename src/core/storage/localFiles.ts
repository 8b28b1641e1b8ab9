/** Files of this machine, read by position and synchronously: made for worker threads. */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  type BigIntStats,
  type Dirent,
} from 'node:fs';
import { NeuroMfaError } from '../../protocol/errors';
import { integer } from '../../protocol/format';
import { descriptorOf, returnDescriptor } from './descriptors';
import { fileError } from './fileError';
import { OPEN_FLAGS } from './openFlags';
import { changedWhileRead, stampOf, type StampedFile } from './stampOf';
import type { ByteRange, ByteSource, Entry, EntryKind, Storage } from './storage';

/** One system call reads at most this many bytes: Linux and Node both stop short of 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

export const localFiles: Storage = {
  list: (folder) => entriesOf(readdirSync(folder, { withFileTypes: true })),
  stat(path) {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats) return null;
    const { size, mtimeNs } = stats;
    return {
      kind: kindOf(stats),
      bytes: Number(size),
      modified: Number(mtimeNs) / 1e6,
      stamp: stampOf(stats),
    };
  },
  open: (path, stamp = null) => new LocalFile(path, stamp),
};

/** What the system says about the entries of a folder. */
export function entriesOf(listing: readonly Dirent[]): Entry[] {
  return listing.map((entry) => ({
    name: entry.name,
    kind: entry.isSymbolicLink() ? null : kindOf(entry),
  }));
}

function kindOf(stats: BigIntStats | Dirent): EntryKind {
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
}

/** A call to the system takes about as long as reading this much more. */
const GAP_BYTES = 8 * 2 ** 10;
/** What is read around ranges, at most: it stays in a cache of the processor. */
const SPAN_BYTES = 2 ** 18;

/** Kept, because making room anew takes longer than filling it. */
let around: Uint8Array | undefined;

/** Where the ranges end that are best read together from range `from` on: they ascend, and lie near one another. */
function togetherEnd(ranges: readonly ByteRange[], from: number): number {
  const begin = ranges[from]!.offset;
  let end = begin + ranges[from]!.bytes;
  let to = from + 1;
  for (; to < ranges.length; to++) {
    const { offset, bytes } = ranges[to]!;
    if (offset < end || offset - end > GAP_BYTES || offset + bytes - begin > SPAN_BYTES) break;
    end = offset + bytes;
  }
  return to;
}

export class LocalFile implements ByteSource {
  readonly size: number;
  readonly id: StampedFile;
  #closed = false;
  #bytesRead = 0;

  /** See {@link Storage.open}. */
  constructor(path: string, stamp: string | null) {
    let first: BigIntStats | undefined;
    try {
      descriptorOf(this, () => {
        const { descriptor, stats } = openRegular(path, stamp);
        first = stats;
        return descriptor;
      });
    } catch (error) {
      throw fileError(error, path);
    }
    this.size = Number(first!.size);
    this.id = { path, stamp: stampOf(first!) };
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  read(ranges: readonly ByteRange[], into: Uint8Array): void {
    let at = 0;
    for (let from = 0, to; from < ranges.length; from = to) {
      to = togetherEnd(ranges, from);
      const [first, last] = [ranges[from]!, ranges[to - 1]!];
      if (to === from + 1) this.#fill(into, at, first.offset, first.bytes);
      else this.#fillAround(ranges, from, to, into, at, last.offset + last.bytes - first.offset);
      for (let i = from; i < to; i++) at += ranges[i]!.bytes;
    }
  }

  /** Reads ranges with what lies between them: `span` bytes from the first on. */
  #fillAround(
    ranges: readonly ByteRange[],
    from: number,
    to: number,
    into: Uint8Array,
    start: number,
    span: number,
  ): void {
    const { offset } = ranges[from]!;
    this.#fill((around ??= new Uint8Array(SPAN_BYTES)), 0, offset, span);
    let at = start;
    for (let i = from; i < to; i++) {
      const range = ranges[i]!;
      const begin = range.offset - offset;
      into.set(around.subarray(begin, begin + range.bytes), at);
      at += range.bytes;
    }
  }

  close(): void {
    this.#closed = true;
    returnDescriptor(this);
  }

  /** Reads `bytes` bytes at `offset` to `at` in `into`. */
  #fill(into: Uint8Array, at: number, offset: number, bytes: number): void {
    const { path, stamp } = this.id;
    if (this.#closed) throw new Error(`${path} is closed`);
    for (let done = 0; done < bytes;) {
      let count: number;
      try {
        const length = Math.min(bytes - done, MAX_READ_BYTES);
        const descriptor = descriptorOf(this, () => openRegular(path, stamp).descriptor);
        count = readSync(descriptor, into, at + done, length, offset + done);
      } catch (error) {
        throw fileError(error, path);
      }
      if (count === 0) {
        throw new NeuroMfaError(
          'damaged',
          path,
          `the file ended ${integer(bytes - done)} bytes too early while it was read`,
          'If it is still being written, try again when that is done',
        );
      }
      done += count;
      this.#bytesRead += count;
    }
  }
}

/** @param stamp the file's stamp when it was opened first; null for the first time. @throws as {@link Storage.open}. */
function openRegular(path: string, stamp: string | null): { descriptor: number; stats: BigIntStats } {
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) {
      throw new NeuroMfaError('unreadable', path, 'this is not a regular file', 'Choose a checkpoint file');
    }
    if (stamp !== null && stamp !== stampOf(stats)) throw changedWhileRead(path);
    return { descriptor, stats };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
