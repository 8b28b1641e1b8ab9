/**
 * Small files of unknown origin, read whole: configurations, indexes, notes, results. Whatever lies at a path, reading it
 * ends, and takes no more memory than the caller allows: only regular files are read, and no more of them than they had
 * when they were opened.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  type Stats,
} from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { NeuroMfaError } from '../../protocol/errors';
import { isRemote } from '../../protocol/subject';
import { anyFiles } from './anywhere';
import { fileError } from './fileError';
import { sliceOf } from './storage';

/** What a file is to whoever reads it, for messages. */
export interface SmallFileWords {
  /** As a subject: "the configuration". */
  what: string;
  nextStep: string;
}

/**
 * Opening does not wait for the other end of a named pipe, and makes no terminal the process's own. Windows has neither
 * flag, nor what they are for.
 */
const { O_NONBLOCK, O_NOCTTY } = constants as Partial<typeof constants>;
const FLAGS = constants.O_RDONLY | (O_NONBLOCK ?? 0) | (O_NOCTTY ?? 0);

/**
 * The bytes of a regular file of at most `maxBytes`. Of one that grows meanwhile, those it had; of one that shrinks,
 * those that are left.
 * @throws NeuroMfaError `missing`, `unreadable` (also for anything that is no regular file) or `damaged` (too large).
 */
export function readSmallFile(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Uint8Array<ArrayBuffer> {
  const file = new SmallFile(path, maxBytes, words);
  if (isRemote(path)) return readElsewhere(path, file);
  try {
    file.check(statSync(path));
    const descriptor = openSync(path, FLAGS);
    try {
      file.open(fstatSync(descriptor));
      while (!file.take(readSync(descriptor, file.room)));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileError(error, path);
  }
  return file.bytes;
}

/**
 * {@link readSmallFile}, but null where nothing is at the path. A link to nothing is an error all the same: a fault of a
 * download, not a file that was left out.
 */
export function readSmallFileIfAny(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Uint8Array<ArrayBuffer> | null {
  const isThere = isRemote(path)
    ? anyFiles.stat(path) !== null
    : lstatSync(path, { throwIfNoEntry: false }) !== undefined;
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

/** {@link readSmallFile} without holding up the thread that asks. */
export async function readSmallFileAsync(
  path: string,
  maxBytes: number,
  words: SmallFileWords,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new SmallFile(path, maxBytes, words);
  try {
    file.check(await stat(path));
    const handle = await open(path, FLAGS);
    try {
      file.open(await handle.stat());
      while (!file.take((await handle.read(file.room)).bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
  return file.bytes;
}

/** What both ways of asking the system have in common. */
class SmallFile {
  #buffer = new Uint8Array();
  #done = 0;

  constructor(
    private readonly path: string,
    private readonly maxBytes: number,
    private readonly words: SmallFileWords,
  ) {}

  /** Asked before opening too: merely opening a device may do something. */
  check(stats: Pick<Stats, 'size' | 'isFile'>): void {
    const { what, nextStep } = this.words;
    if (!stats.isFile())
      throw new NeuroMfaError('unreadable', this.path, 'this is not a regular file', nextStep);
    if (stats.size > this.maxBytes) {
      const cause = `${what} has ${stats.size} bytes; at most ${this.maxBytes} are read`;
      throw new NeuroMfaError('damaged', this.path, cause, nextStep);
    }
  }

  /** @param stats of the open file, which may be another than the one that was asked about before. */
  open(stats: Stats): void {
    this.check(stats);
    this.#buffer = new Uint8Array(stats.size);
  }

  /** Where the next bytes go. */
  get room(): Uint8Array {
    return this.#buffer.subarray(this.#done);
  }

  /** @param count of bytes read into {@link room}. @returns whether these were the last. */
  take(count: number): boolean {
    this.#done += count;
    return count === 0 || this.#done === this.#buffer.length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#done);
  }
}
