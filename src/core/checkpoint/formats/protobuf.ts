/**
 * Walks the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/) and skips long values:
 * it reads only where values of tensors are, never the values.
 */
import { integer } from '../../../protocol/format';
import { readAt, type ByteSource } from '../../storage/storage';
import { FormatFault } from './reading';

/** Bytes to read at once; most messages are shorter. */
const WINDOW_BYTES = 2 ** 16;
/** A graph of half a million operations has about 10 million fields. */
const MAX_FIELDS = 20_000_000;
/** A varint has at most 10 bytes, and the last holds one bit. */
const VARINT_BYTES = 10;
/** Shorter values between two ranges of structure are read with them. */
const GAP_BYTES = 1024;
/** Names and short texts. */
const MAX_TEXT_BYTES = 4096;

export interface Field {
  number: number;
  wire: number;
  /** The value of a varint: exact up to 2^53 in magnitude; two's complement where the sign bit is set. */
  value: number;
  /** The byte range in the file of any other type of field. */
  from: number;
  to: number;
}

export class ProtobufReader {
  #window = new Uint8Array(0);
  #start = 0;
  #fields = 0;
  /** Ranges that were read as structure: the fingerprint is made from them. */
  readonly visited: [from: number, to: number][] = [];

  constructor(
    readonly source: ByteSource,
    /** Called now and then. */
    private readonly onProgress: () => void,
  ) {}

  /** The fields of a message, one after another. @throws FormatFault */
  *fields(from: number, to: number): Generator<Field> {
    let at = from;
    while (at < to) {
      if (++this.#fields > MAX_FIELDS) throw new FormatFault(`it has more than ${MAX_FIELDS} fields`);
      const begin = at;
      const [tag, afterTag] = this.varint(at, to);
      const wire = tag % 8;
      const number = Math.floor(tag / 8);
      if (!(number > 0)) throw new FormatFault(`at byte ${begin} is no field of a message`);
      const field: Field = { number, wire, value: 0, from: afterTag, to: afterTag };
      if (wire === 0) [field.value, field.to] = this.varint(afterTag, to);
      else if (wire === 1) field.to += 8;
      else if (wire === 5) field.to += 4;
      else if (wire === 2) {
        const [length, afterLength] = this.varint(afterTag, to);
        field.from = afterLength;
        field.to = afterLength + length;
      } else throw new FormatFault(`at byte ${begin} is a field of the unknown wire type ${wire}`);
      if (!(field.to >= field.from && field.to <= to))
        throw new FormatFault(`the field at byte ${begin} ends outside its message`);
      this.#visit(begin, wire === 2 ? field.from : field.to);
      yield field;
      at = field.to;
    }
  }

  /** @returns the number, and the position after it. */
  varint(from: number, to: number): [value: number, end: number] {
    let low = 0;
    let scale = 1;
    for (let length = 1; length <= VARINT_BYTES; length++) {
      const at = from + length - 1;
      if (at >= to) throw new FormatFault(`the number at byte ${from} ends outside its message`);
      const byte = this.#byteAt(at);
      // Negative numbers have all ten bytes.
      if (length === VARINT_BYTES) return [this.#longVarint(from), at + 1];
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return [low, at + 1];
      scale *= 128;
    }
    throw new FormatFault(`the number at byte ${from} is too long`);
  }

  /** A varint of ten bytes, as two's complement. */
  #longVarint(from: number): number {
    let bits = 0n;
    for (let i = 0; i < VARINT_BYTES; i++) bits |= BigInt(this.#byteAt(from + i) & 0x7f) << BigInt(7 * i);
    return Number(BigInt.asIntN(64, bits));
  }

  /** @throws FormatFault for long texts. */
  text({ from, to }: Field): string {
    if (to - from > MAX_TEXT_BYTES)
      throw new FormatFault(
        `the text at byte ${from} has ${integer(to - from)} bytes; at most ${integer(MAX_TEXT_BYTES)} are read`,
      );
    if (from === to) return '';
    this.#ensure(from, to);
    this.#visit(from, to);
    return Buffer.from(this.#window.subarray(from - this.#start, to - this.#start)).toString();
  }

  /** The number in a field of four bytes. */
  float({ from, to }: Field): number {
    this.#ensure(from, to);
    this.#visit(from, to);
    return Buffer.from(this.#window.subarray(from - this.#start, to - this.#start)).readFloatLE();
  }

  /** Consecutive varints. */
  *varints({ from, to }: Field): Generator<number> {
    let at = from;
    while (at < to) {
      const [value, end] = this.varint(at, to);
      yield value;
      at = end;
    }
    this.#visit(from, to);
  }

  #byteAt(at: number): number {
    if (at < this.#start || at >= this.#start + this.#window.length) this.#ensure(at, at + 1);
    return this.#window[at - this.#start]!;
  }

  #ensure(from: number, to: number): void {
    if (from >= this.#start && to <= this.#start + this.#window.length) return;
    const length = Math.min(Math.max(to - from, WINDOW_BYTES), this.source.size - from);
    const window = new Uint8Array(length);
    readAt(this.source, from, window);
    this.#window = window;
    this.#start = from;
    this.onProgress();
  }

  #visit(from: number, to: number): void {
    const last = this.visited.at(-1);
    if (last && from >= last[0] && from - last[1] <= GAP_BYTES) last[1] = Math.max(last[1], to);
    else this.visited.push([from, to]);
  }
}
