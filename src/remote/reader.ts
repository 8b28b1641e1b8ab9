/**
 * Reads of one thread that waits for each. What it says that it will read is fetched ahead of it, within a bound that all readers
 * share.
 */
import type { ByteRange } from '../core/storage/storage';
import { NeuroMfaError } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import { coalesce } from './coalesce';
import type { RangedFile } from './rangedFile';

/** Bytes that were fetched, or are being fetched, and have not been read yet, of all readers together. */
export const MOST_AHEAD_BYTES = 64 * 2 ** 20;
/** Short reads without a word before are of headers, which are read on: so much is asked for at least. */
const LEAST_BYTES = 65_536;
/** Blocks of headers that are kept for all readers: 16 MiB. */
const MOST_BLOCKS = 256;

/** Some bytes of a file, from `offset` on; perhaps still on their way. */
interface Block extends ByteRange {
  file: RangedFile;
  content: Promise<Buffer>;
}

/** What all readers have together. */
export class Shared {
  /** Bytes that are taken of {@link MOST_AHEAD_BYTES}. */
  taken = 0;
  readers = 0;
  /** Every thread reads the headers of a checkpoint, of which the network is asked once. */
  readonly #blocks: Block[] = [];

  /** The block that holds a range, if one does. */
  block(file: RangedFile, { offset, bytes }: ByteRange): Block | undefined {
    return this.#blocks.find(
      (each) => each.file === file && offset >= each.offset && offset + bytes <= each.offset + each.bytes,
    );
  }

  /** It is there until it fails, or many others have come. */
  add(block: Block): void {
    block.content.catch(() => {
      const at = this.#blocks.indexOf(block);
      if (at >= 0) this.#blocks.splice(at, 1);
    });
    this.#blocks.push(block);
    if (this.#blocks.length > MOST_BLOCKS) this.#blocks.shift();
  }
}

interface Piece extends ByteRange {
  /** Null where it has not been asked for. */
  content: Promise<Buffer> | null;
}

interface AheadOptions {
  /** See `coalesce`. */
  gap: number;
  /** Whether it is kept for the next time. */
  header: boolean;
}

interface Plan {
  /** Ascending. */
  pieces: Piece[];
  /** Before this one, everything has been read. */
  first: number;
  header: boolean;
}

export class Reader {
  readonly #plans = new Map<Location, Plan>();
  readonly #ending = new AbortController();
  #own = 0;

  constructor(private readonly shared: Shared) {
    shared.readers++;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Its requests are ended. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.shared.readers--;
    for (const location of [...this.#plans.keys()]) this.#drop(location);
  }

  /** What will be read next of a file, ascending; it replaces what was said before. */
  ahead(file: RangedFile, ranges: readonly ByteRange[], { gap, header }: AheadOptions): void {
    this.#drop(file.location);
    if (header && ranges.length === 0) file.headers?.save();
    const missing = header ? ranges.filter((range) => !file.headers?.find(range)) : ranges;
    const pieces = coalesce(missing, gap).map((range): Piece => ({ ...range, content: null }));
    if (pieces.length === 0 || this.signal.aborted) return;
    const plan = { pieces, first: 0, header };
    this.#plans.set(file.location, plan);
    this.#fetch(file, plan);
  }

  /** Fills `into` with the bytes from `offset` on. @throws NeuroMfaError as the file. */
  async read(file: RangedFile, offset: number, into: Uint8Array, header = false): Promise<void> {
    const plan = this.#plans.get(file.location);
    let done = 0;
    while (done < into.length) {
      const at = offset + done;
      const piece = plan && pieceAt(plan, at);
      const wanted = into.length - done;
      if (!piece) {
        const bytes = plan ? Math.min(wanted, nextStart(plan, at) - at) : wanted;
        into.set(await this.#unplanned(file, { offset: at, bytes }, header), done);
        done += bytes;
        continue;
      }
      this.#passed(plan, at);
      const content = await this.#contentOf(file, piece, plan.header);
      const part = content.subarray(at - piece.offset, at - piece.offset + wanted);
      into.set(part, done);
      done += part.length;
      this.#passed(plan, offset + done);
      this.#fetch(file, plan);
    }
  }

  /** Asks for pieces in their order, as far as the bound lets. */
  #fetch(file: RangedFile, plan: Plan): void {
    const share = MOST_AHEAD_BYTES / this.shared.readers;
    for (let i = plan.first; i < plan.pieces.length; i++) {
      const piece = plan.pieces[i]!;
      if (piece.content) continue;
      if (this.#own + piece.bytes > share || this.shared.taken + piece.bytes > MOST_AHEAD_BYTES) return;
      void this.#contentOf(file, piece, plan.header);
    }
  }

  #contentOf(file: RangedFile, piece: Piece, header: boolean): Promise<Buffer> {
    if (!piece.content) {
      this.shared.taken += piece.bytes;
      this.#own += piece.bytes;
      piece.content = this.#fetched(file, { offset: piece.offset, bytes: piece.bytes }, header);
      // Whoever reads it hears of it.
      piece.content.catch(() => undefined);
    }
    return piece.content;
  }

  /** Everything before `offset` has been read. */
  #passed(plan: Plan, offset: number): void {
    for (; plan.first < plan.pieces.length; plan.first++) {
      const piece = plan.pieces[plan.first]!;
      if (piece.offset + piece.bytes > offset) return;
      this.#free(piece);
    }
  }

  #free(piece: Piece): void {
    if (!piece.content) return;
    piece.content = null;
    this.shared.taken -= piece.bytes;
    this.#own -= piece.bytes;
  }

  #drop(location: Location): void {
    for (const piece of this.#plans.get(location)?.pieces ?? []) this.#free(piece);
    this.#plans.delete(location);
  }

  /** What is asked for, and kept where it is of a header. */
  async #fetched(file: RangedFile, range: ByteRange, header: boolean): Promise<Buffer> {
    const { headers } = file;
    if (!header || !headers) return file.read(range, this.signal);
    const known = headers.find(range);
    if (known) return known;
    const content = await file.read(range, this.signal);
    headers.add(range, content);
    return content;
  }

  async #unplanned(file: RangedFile, { offset, bytes }: ByteRange, header: boolean): Promise<Buffer> {
    const { size } = file.file;
    const kept = header ? file.headers?.find({ offset, bytes }) : null;
    if (kept) return kept;
    if (bytes >= LEAST_BYTES) {
      const parts = coalesce([{ offset, bytes }], 0).map((part) => this.#fetched(file, part, header));
      return Buffer.concat(await Promise.all(parts));
    }
    const known = this.shared.block(file, { offset, bytes });
    const block = known ?? this.#block(file, { offset, bytes: Math.min(LEAST_BYTES, size - offset) }, header);
    try {
      const content = await block.content;
      return content.subarray(offset - block.offset, offset - block.offset + bytes);
    } catch (error) {
      // Another reader had asked for it, and has been ended.
      const theirs = known && error instanceof NeuroMfaError && error.code === 'cancelled';
      if (!theirs || this.signal.aborted) throw error;
      return this.#unplanned(file, { offset, bytes }, header);
    }
  }

  #block(file: RangedFile, range: ByteRange, header: boolean): Block {
    const block = { ...range, file, content: this.#fetched(file, range, header) };
    this.shared.add(block);
    return block;
  }
}

/** The piece that holds the byte at `offset`; undefined where none does. */
function pieceAt({ pieces, first }: Plan, offset: number): Piece | undefined {
  let [low, high] = [first, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.offset + pieces[middle]!.bytes > offset) high = middle;
    else low = middle + 1;
  }
  const piece = pieces[low];
  return piece && piece.offset <= offset ? piece : undefined;
}

/** Where the next piece begins behind `offset`; infinite for none. */
function nextStart({ pieces, first }: Plan, offset: number): number {
  return pieces.slice(first).find((piece) => piece.offset > offset)?.offset ?? Infinity;
}
