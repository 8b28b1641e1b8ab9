/** The bytes of a pickle, and how its instructions read their arguments: numbers, lines and texts. */
import { integer } from '../../../../protocol/format';
import { PickleEnd, PickleError } from './pickleValues';

/** Python writes seeds and hashes of about 20 bytes; reading an integer takes time quadratic in its length. */
const MAX_INTEGER_BYTES = 1024;
/** Lines are names of classes, and numbers of protocol 0. */
const MAX_LINE = 65_536;

export const LINE_FEED = 10;

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Every method advances past what it reads. @throws PickleEnd where the bytes do not suffice. */
export class PickleInput {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** A view of the same bytes, for texts: there may be a million. */
  readonly #buffer: Buffer;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });

  /** @param at position of the next byte. */
  constructor(
    bytes: Uint8Array,
    public at: number,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#buffer = bufferOf(bytes);
  }

  /** The number of bytes left. */
  get rest(): number {
    return this.#bytes.length - this.at;
  }

  uint8(): number {
    return this.#bytes[this.#need(1)]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#need(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#need(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#need(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#need(8), false);
  }

  /** Advances by this many bytes. @returns the position before them. */
  #need(count: number): number {
    const from = this.at;
    if (!(count >= 0) || from + count > this.#bytes.length) throw new PickleEnd('ends too early');
    this.at = from + count;
    return from;
  }

  /** A 64-bit length. */
  size(): number {
    const size = Number(this.#view.getBigUint64(this.#need(8), true));
    if (!Number.isSafeInteger(size)) throw new PickleError('has a length beyond all use');
    return size;
  }

  /** A 32-bit length that Python reads as signed. */
  signed(): number {
    const length = this.int32();
    if (length < 0) throw new PickleError('has a negative length');
    return length;
  }

  /** A line, without its line feed. */
  line(): string {
    const end = this.#bytes.indexOf(LINE_FEED, this.at);
    if (end < 0 && this.#bytes.length - this.at <= MAX_LINE) throw new PickleEnd('ends too early');
    if (end < 0 || end - this.at > MAX_LINE) throw new PickleError('has a line without an end');
    return this.#buffer.toString('latin1', this.#need(end + 1 - this.at), end);
  }

  /** A view of this many bytes, not a copy. */
  take(count: number): Uint8Array {
    const from = this.#need(count);
    return this.#bytes.subarray(from, from + count);
  }

  latin1(count: number): string {
    const from = this.#need(count);
    return this.#buffer.toString('latin1', from, from + count);
  }

  /** A UTF-8 text of this many bytes. */
  text(count: number): string {
    const from = this.#need(count);
    const end = from + count;
    // Names are short and plain: a decoder takes longer to start.
    if (count >= 256 || !isAscii(this.#bytes, from, end)) {
      try {
        return this.#utf8.decode(this.#bytes.subarray(from, end));
      } catch {
        // Has unpaired surrogates, which a Python text may hold and which are written as they are.
      }
    }
    return this.#buffer.toString('latin1', from, end);
  }

  /** An integer of this many bytes; a number where that is exact. */
  long(count: number): number | bigint {
    if (count > MAX_INTEGER_BYTES) throw new PickleError(`has an integer of ${integer(count)} bytes`);
    const taken = this.take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(taken[i]!);
    return plain(BigInt.asIntN(8 * count, value));
  }
}

function isAscii(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** An integer of protocol 0. */
export function decimalOf(text: string): number | bigint {
  // This many digits have as many bits as the longest integer allowed.
  if (!/^[+-]?\d{1,2466}L?$/.test(text)) throw new PickleError('has a number that is none');
  return plain(BigInt(text.replace(/^\+|L$/g, '')));
}

/** A float of protocol 0, as Python's `repr` writes it. */
export function floatOf(text: string): number {
  const word = /^([+-]?)(inf|nan)$/i.exec(text);
  if (word) return word[2]!.toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity;
  return Number(text || NaN);
}

/** A text of protocol 0, which escapes characters outside Latin-1. */
export function unescaped(text: string): string {
  return text.replace(/\\u([\da-f]{4})|\\U([\da-f]{8})/gi, (_, short: string | undefined, long: string) => {
    const point = parseInt(short ?? long, 16);
    if (point > 0x10ffff) throw new PickleError('has a character that is none');
    return String.fromCodePoint(point);
  });
}
