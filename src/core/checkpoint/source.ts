/** Positioned, synchronous reads from one file: what every format reader stands on. Made for worker threads. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { NeuroMfaError } from '../../protocol/errors';
import { fileError } from './fileError';
import { changedWhileRead, stampOf, type StampedFile } from './stamp';

/** One call to the operating system reads at most this much: Linux and Node both stop short of 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

/** Opening a named pipe must not wait for a writer, nor opening a terminal make it ours. Windows has neither flag. */
const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOCTTY;

/** The part of a source that readers of values need. */
export interface ByteSource {
  /** Fills `into` from absolute `offset`. */
  read(offset: number, into: Uint8Array): void;
}

export class FileSource implements ByteSource {
  readonly path: string;
  /** Bytes in the file when it was opened. */
  readonly size: number;
  /** Its path, and its state when it was opened: one object, which every tensor in it shares. */
  readonly file: StampedFile;
  #descriptor: number | null;
  #bytesRead = 0;

  /**
   * @param stamp of the file when it was opened first; null for the first time.
   * @throws NeuroMfaError `missing` or `unreadable`, also for anything that is not a regular file; `damaged` for a file that
   * is not what it was.
   */
  constructor(path: string, stamp: string | null = null) {
    this.path = path;
    let descriptor: number | null = null;
    try {
      descriptor = openSync(path, OPEN_FLAGS);
      const stats = fstatSync(descriptor, { bigint: true });
      if (!stats.isFile()) {
        throw new NeuroMfaError('unreadable', path, 'this is not a regular file', 'Choose a checkpoint file');
      }
      this.size = Number(stats.size);
      this.file = { path, stamp: stampOf(stats) };
      if (stamp !== null && stamp !== this.file.stamp) throw changedWhileRead(path);
      this.#descriptor = descriptor;
    } catch (error) {
      if (descriptor !== null) closeSync(descriptor);
      throw fileError(error, path);
    }
  }

  /** All bytes read so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * Fills `into` from absolute `offset`, which may exceed 2^32.
   * @throws NeuroMfaError `damaged` when the file ends first, `unreadable` when the system refuses.
   */
  read(offset: number, into: Uint8Array): void {
    if (this.#descriptor === null) throw new Error(`${this.path} is closed`);
    let done = 0;
    while (done < into.length) {
      let count: number;
      try {
        const length = Math.min(into.length - done, MAX_READ_BYTES);
        count = readSync(this.#descriptor, into, done, length, offset + done);
      } catch (error) {
        throw fileError(error, this.path);
      }
      if (count === 0) {
        throw new NeuroMfaError(
          'damaged',
          this.path,
          `the file ended ${into.length - done} bytes too early while it was read`,
          'If it is still being written, try again when that is done',
        );
      }
      done += count;
      this.#bytesRead += count;
    }
  }

  /** The `length` bytes at `offset`. @throws as {@link read}. */
  slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.read(offset, bytes);
    return bytes;
  }

  /** Gives the descriptor back; closing twice is harmless. */
  close(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Runs `use` on the file at `path` and closes it again. @throws what FileSource and `use` throw. */
export function withFile<T>(path: string, use: (source: FileSource) => T): T {
  const source = new FileSource(path);
  try {
    return use(source);
  } finally {
    source.close();
  }
}
