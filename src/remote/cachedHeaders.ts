/** Cache of the headers of one file in one state: exactly the ranges that were read. */
import type { CachedFiles } from '../core/store/cachedFiles';
import type { ByteRange } from '../core/storage/storage';

interface Held extends ByteRange {
  content: Buffer;
}

/** Limit for one file. */
const MAX_BYTES = 2 ** 26;
/** Offset and length, as two numbers of eight bytes. */
const PLACE_BYTES = 16;

export class CachedHeaders {
  /** Null until the cache on the disk has been read. */
  #held: Held[] | null = null;
  #changed = false;

  /** @param state identifies the content of the file. */
  constructor(
    private readonly files: CachedFiles,
    private readonly state: string,
  ) {}

  /** The bytes of a range; null if they are not cached. */
  find({ offset, bytes }: ByteRange): Buffer | null {
    const found = this.#all().find(
      (each) => offset >= each.offset && offset + bytes <= each.offset + each.bytes,
    );
    return found ? found.content.subarray(offset - found.offset, offset - found.offset + bytes) : null;
  }

  add({ offset, bytes }: ByteRange, content: Buffer): void {
    const all = this.#all();
    if (all.reduce((sum, each) => sum + each.bytes, bytes) > MAX_BYTES) return;
    all.push({ offset, bytes, content });
    this.#changed = true;
  }

  /** Writes them to the disk and frees their memory. To be called when the reader is done. */
  save(): void {
    if (this.#changed && this.#held) this.files.put(this.#name, packed(this.#held));
    this.#changed = false;
    this.#held = null;
  }

  get #name(): string {
    return `headers ${this.state}`;
  }

  #all(): Held[] {
    return (this.#held ??= unpacked(this.files.get(this.#name)));
  }
}

function packed(all: readonly Held[]): Buffer {
  return Buffer.concat(
    all.flatMap(({ offset, bytes, content }) => {
      const place = Buffer.alloc(PLACE_BYTES);
      place.writeBigUInt64LE(BigInt(offset), 0);
      place.writeBigUInt64LE(BigInt(bytes), 8);
      return [place, content];
    }),
  );
}

function unpacked(all: Buffer | null): Held[] {
  const held: Held[] = [];
  for (let at = 0; all && at + PLACE_BYTES <= all.length;) {
    const offset = Number(all.readBigUInt64LE(at));
    const bytes = Number(all.readBigUInt64LE(at + 8));
    at += PLACE_BYTES;
    held.push({ offset, bytes, content: all.subarray(at, at + bytes) });
    at += bytes;
  }
  return held;
}
