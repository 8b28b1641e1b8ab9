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
/** Of these, what is fetched ahead; the rest is for what is read in another order than it lies in. */
const FETCHED_SHARE = 0.75;
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
  /** Bytes that will still be read of it, those that are read several times as often. */
  left: number;
  /** When it was read last, as a rising number. */
  used: number;
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
  /** Before this one, everything has been read or asked for. */
  first: number;
  header: boolean;
}

export class Reader {
  readonly #plans = new Map<Location, Plan>();
  readonly #ending = new AbortController();
  #own = 0;
  #reads = 0;

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
    const pieces = piecesOf(missing, gap);
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
      const piece = plan && pieceAt(plan.pieces, at);
      const wanted = into.length - done;
      // Of a piece that has been read as often as was said, no more than is read now is asked for.
      const isOver = piece && piece.left <= 0 && !piece.content;
      if (!piece || isOver) {
        const end = isOver ? piece.offset + piece.bytes : plan ? nextStart(plan.pieces, at) : Infinity;
        const bytes = Math.min(wanted, end - at);
        into.set(await this.#unplanned(file, { offset: at, bytes }, header), done);
        done += bytes;
        continue;
      }
      if (!piece.content) this.#makeRoom(piece.bytes);
      const content = await this.#contentOf(file, piece, plan.header);
      const part = content.subarray(at - piece.offset, at - piece.offset + wanted);
      into.set(part, done);
      done += part.length;
      this.#wasRead(piece, part.length);
      this.#fetch(file, plan);
    }
  }

  /** Asks for pieces in their order, as far as the bound lets. */
  #fetch(file: RangedFile, plan: Plan): void {
    for (; plan.first < plan.pieces.length; plan.first++) {
      const piece = plan.pieces[plan.first]!;
      if (piece.content || piece.left <= 0) continue;
      if (!this.#hasRoom(piece.bytes, FETCHED_SHARE * MOST_AHEAD_BYTES)) return;
      void this.#contentOf(file, piece, plan.header);
    }
  }

  #hasRoom(bytes: number, most: number): boolean {
    return this.#own + bytes <= most / this.shared.readers && this.shared.taken + bytes <= most;
  }

  /** What is read now has to be asked for, so that what was read longest ago makes room. */
  #makeRoom(bytes: number): void {
    const held = [...this.#plans.values()].flatMap(({ pieces }) =>
      pieces.filter(({ content }) => content !== null),
    );
    // What has not been read yet will be.
    const age = ({ used }: Piece): number => (used === 0 ? Infinity : used);
    for (const piece of held.sort((a, b) => age(a) - age(b))) {
      if (this.#hasRoom(bytes, MOST_AHEAD_BYTES)) return;
      this.#free(piece);
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

  #wasRead(piece: Piece, bytes: number): void {
    piece.left -= bytes;
    piece.used = ++this.#reads;
    if (piece.left <= 0) this.#free(piece);
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

/** What is asked for together, and how much of it will be read. */
function piecesOf(ranges: readonly ByteRange[], gap: number): Piece[] {
  const pieces = coalesce(ranges, gap).map((range): Piece => ({ ...range, content: null, left: 0, used: 0 }));
  for (const { offset, bytes } of ranges) {
    for (let at = offset; at < offset + bytes;) {
      const piece = pieceAt(pieces, at);
      if (!piece) break;
      const until = Math.min(offset + bytes, piece.offset + piece.bytes);
      piece.left += until - at;
      at = until;
    }
  }
  return pieces;
}

/** The place of the first piece that ends behind `offset`. */
function placeOf(pieces: readonly Piece[], offset: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.offset + pieces[middle]!.bytes > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The piece that holds the byte at `offset`; undefined where none does. */
function pieceAt(pieces: readonly Piece[], offset: number): Piece | undefined {
  const piece = pieces[placeOf(pieces, offset)];
  return piece && piece.offset <= offset ? piece : undefined;
}

/** Where the next piece begins behind `offset`, which is in none; infinite for none. */
function nextStart(pieces: readonly Piece[], offset: number): number {
  return pieces[placeOf(pieces, offset)]?.offset ?? Infinity;
}
