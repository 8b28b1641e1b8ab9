/** What will be read of a file, fetched in the order in which it will be read, as far as there is room. */
import type { ByteRange } from '../core/storage/storage';
import { coalesce } from './coalesce';
import type { RangedFile } from './rangedFile';

/** Bytes that were fetched, or are being fetched, and have not been read yet. */
export interface AheadBudget {
  /** Whether so many more may be fetched before they are needed. */
  hasAhead(bytes: number): boolean;
  /** Whether so many more may be fetched because they are needed now. */
  hasNow(bytes: number): boolean;
  /** @param bytes negative for what is given back. */
  take(bytes: number): void;
}

interface Piece extends ByteRange {
  /** Null where it has not been asked for. */
  content: Promise<Buffer> | null;
  /** Bytes that will still be read of it, those that are read several times as often. */
  left: number;
  /** When it was read last, as a rising number. */
  used: number;
}

export interface AheadOptions {
  /** Ranges no farther apart are read together. */
  gap: number;
  budget: AheadBudget;
  fetch: (range: ByteRange) => Promise<Buffer>;
}

let reads = 0;

export class AheadPlan {
  /** In the order of the file. */
  readonly #pieces: Piece[];
  /** In the order in which they will be read. */
  readonly #order: Piece[];
  /** Before this one of them, everything has been read or asked for. */
  #first = 0;

  /** @param ranges in the order in which they will be read; those of one tensor ascend. */
  constructor(
    readonly file: RangedFile,
    ranges: readonly ByteRange[],
    private readonly options: AheadOptions,
  ) {
    this.#pieces = requestsFor(ranges, options.gap).map((range) => ({
      ...range,
      content: null,
      left: 0,
      used: 0,
    }));
    const known = new Set<Piece>();
    for (const { offset, bytes } of ranges)
      for (const piece of piecesIn(this.#pieces, offset, bytes)) {
        piece.left += Math.min(offset + bytes, piece.offset + piece.bytes) - Math.max(offset, piece.offset);
        known.add(piece);
      }
    this.#order = [...known];
  }

  /** Whether the byte at `offset` is one that will be read. */
  holds(offset: number): boolean {
    const piece = pieceAt(this.#pieces, offset);
    return piece !== undefined && !isDone(piece);
  }

  /** Where what this plan holds begins behind `offset`, which it does not hold; infinite for nowhere. */
  nextFrom(offset: number): number {
    const place = placeOf(this.#pieces, offset);
    const piece = this.#pieces[place];
    if (!piece) return Infinity;
    // Of a piece that has been read as often as was said, no more than is read now is asked for.
    return piece.offset <= offset ? piece.offset + piece.bytes : piece.offset;
  }

  /** Fills the beginning of `into` with bytes that it holds. @returns how many. */
  async read(offset: number, into: Uint8Array): Promise<number> {
    const piece = pieceAt(this.#pieces, offset)!;
    if (!piece.content) this.#evict(piece.bytes);
    const content = await this.#contentOf(piece);
    const part = content.subarray(offset - piece.offset, offset - piece.offset + into.length);
    into.set(part);
    piece.left -= part.length;
    piece.used = ++reads;
    if (piece.left <= 0) this.#free(piece);
    this.fetch();
    return part.length;
  }

  /** Asks for pieces in their order, as far as there is room. */
  fetch(): void {
    for (; this.#first < this.#order.length; this.#first++) {
      const piece = this.#order[this.#first]!;
      if (piece.content || piece.left <= 0) continue;
      if (!this.options.budget.hasAhead(piece.bytes)) return;
      void this.#contentOf(piece);
    }
  }

  drop(): void {
    this.#first = this.#order.length;
    for (const piece of this.#pieces) this.#free(piece);
  }

  /** What is read now has to be asked for, so that what was read longest ago makes room. */
  #evict(bytes: number): void {
    const held = this.#pieces.filter(({ content }) => content !== null);
    // What has not been read yet will be.
    const age = ({ used }: Piece): number => (used === 0 ? Infinity : used);
    for (const piece of held.sort((a, b) => age(a) - age(b))) {
      if (this.options.budget.hasNow(bytes)) return;
      this.#free(piece);
    }
  }

  #contentOf(piece: Piece): Promise<Buffer> {
    if (!piece.content) {
      this.options.budget.take(piece.bytes);
      const content = this.options.fetch({ offset: piece.offset, bytes: piece.bytes });
      piece.content = content;
      // Whoever reads it hears of it.
      content.catch(() => undefined);
    }
    return piece.content;
  }

  #free(piece: Piece): void {
    if (!piece.content) return;
    piece.content = null;
    this.options.budget.take(-piece.bytes);
  }
}

const isDone = ({ left, content }: Piece): boolean => left <= 0 && !content;

/**
 * What is asked for together, in the order of the file and without overlaps.
 * @param ranges in the order in which they will be read; those of one tensor ascend.
 */
export function requestsFor(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const all = ascending(ranges).flatMap((run) => coalesce(run, gap));
  const requests: ByteRange[] = [];
  let end = 0;
  for (const { offset, bytes } of all.sort((a, b) => a.offset - b.offset)) {
    // What lies between two tensors may be of a third.
    const from = Math.max(offset, end);
    const left = offset + bytes - from;
    if (left <= 0) continue;
    requests.push({ offset: from, bytes: left });
    end = from + left;
  }
  return requests;
}

/** Splits ranges where one begins before the one before it. */
function ascending(ranges: readonly ByteRange[]): ByteRange[][] {
  const runs: ByteRange[][] = [];
  let last = Infinity;
  for (const range of ranges) {
    if (range.offset < last) runs.push([]);
    runs.at(-1)!.push(range);
    last = range.offset;
  }
  return runs;
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

function* piecesIn(pieces: readonly Piece[], offset: number, bytes: number): Generator<Piece> {
  for (let i = placeOf(pieces, offset); i < pieces.length && pieces[i]!.offset < offset + bytes; i++)
    yield pieces[i]!;
}
