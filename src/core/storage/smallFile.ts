/**
 * Reads small files of unknown origin whole: configurations, indexes, notes, results. Whatever is at a path, reading it
 * ends and takes no more memory than the caller allows: only regular files are read, and no more of them than they had
 * when they were opened.
 */
import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { NeuroMfaError } from '../../protocol/errors';
import { integer } from '../../protocol/format';
import { isRemote } from '../../protocol/subject';
import { anyFiles } from './anywhere';
import { fileError } from './fileError';
import { OPEN_FLAGS } from './openFlags';
import { noting } from './seen';
import { stampOf } from './stampOf';
import { sliceOf } from './storage';

/** The words for a file's role in messages. */
export interface SmallFileWords {
  /** As a subject: "the configuration". */
  what: string;
  nextStep: string;
}

/**
 * The bytes of a regular file of at most `maxBytes`. Where it grows meanwhile: those it had; where it shrinks: those
 * that are left.
 * @throws NeuroMfaError `missing`, `unreadable` (also for anything other than a regular file) or `damaged` (too
 *   large).
 */
export function readSmallFile(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Uint8Array<ArrayBuffer> {
  const file = new SmallFile(path, maxBytes, words);
  if (isRemote(path)) return readElsewhere(path, file);
  try {
    noting(
      () => {
        const before = statSync(path, { bigint: true });
        file.check({ size: Number(before.size), isFile: () => before.isFile() });
        const descriptor = openSync(path, OPEN_FLAGS);
        try {
          file.open(fstatSync(descriptor));
          while (!file.take(readSync(descriptor, file.unfilled)));
        } finally {
          closeSync(descriptor);
        }
        return stampOf(before);
      },
      (recording, stamp) => {
        recording.read(path, stamp);
      },
    );
  } catch (error) {
    throw fileError(error, path);
  }
  return file.bytes;
}

/**
 * {@link readSmallFile}, but null where nothing is at the path. A broken link is still an error: the fault of a
 * download, not a file that was left out.
 */
export function readSmallFileIfAny(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Uint8Array<ArrayBuffer> | null {
  const isThere = isRemote(path)
    ? anyFiles.stat(path) !== null
    : noting(
        () => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
        (recording, found) => {
          // What is there is noted when it is read.
          if (!found) recording.met(path, null);
        },
      );
  return isThere ? readSmallFile(path, maxBytes, words) : null;
}

function readElsewhere(path: string, file: SmallFile): Uint8Array<ArrayBuffer> {
  const source = anyFiles.open(path);
  try {
    file.check({ size: source.size, isFile: () => true });
    return sliceOf(source, 0, source.size);
  } finally {
    source.close();
  }
}

/** {@link readSmallFile} without blocking the calling thread. */
export async function readSmallFileAsync(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new SmallFile(path, maxBytes, words);
  try {
    file.check(await stat(path));
    const handle = await open(path, OPEN_FLAGS);
    try {
      file.open(await handle.stat());
      while (!file.take((await handle.read(file.unfilled)).bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
  return file.bytes;
}

/** What the synchronous and the asynchronous way of reading share. */
class SmallFile {
  #buffer = new Uint8Array();
  #done = 0;

  constructor(
    private readonly path: string,
    private readonly maxBytes: number,
    private readonly words: SmallFileWords,
  ) {}

  /** Called before opening too, because merely opening a device may have effects. */
  check(stats: Pick<Stats, 'size' | 'isFile'>): void {
    const { what, nextStep } = this.words;
    if (!stats.isFile())
      throw new NeuroMfaError('unreadable', this.path, 'this is not a regular file', nextStep);
    if (stats.size > this.maxBytes) {
      const cause = `${what} has ${integer(stats.size)} bytes; at most ${integer(this.maxBytes)} are read`;
      throw new NeuroMfaError('damaged', this.path, cause, nextStep);
    }
  }

  /** @param stats those of the open file, which may have replaced the file that was checked before. */
  open(stats: Stats): void {
    this.check(stats);
    this.#buffer = new Uint8Array(stats.size);
  }

  /** The buffer for the next bytes. */
  get unfilled(): Uint8Array {
    return this.#buffer.subarray(this.#done);
  }

  /** @param count number of bytes read into {@link unfilled}. @returns whether these were the last. */
  take(count: number): boolean {
    this.#done += count;
    return count === 0 || this.#done === this.#buffer.length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#done);
  }
}
