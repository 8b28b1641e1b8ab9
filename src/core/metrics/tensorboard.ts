/**
 * Scalars in the event files of TensorBoard: records of TensorFlow's TFRecord format (length, its CRC, data, their CRC), each an
 * `Event` in protocol buffers (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and tensor.proto).
 */
import { maskedCrc32c } from './crc32c';
import { damagedLog, MetricLogBuilder, stepIn, type MetricLog } from './log';

/** The length, its CRC and the CRC of the data. */
const HEAD = 12;
const TAIL = 4;

/**
 * The last record may be cut off, because a program may be writing it.
 * @throws NeuroMfaError `damaged` or `unsupported`.
 */
export function readTensorboardLog(path: string, bytes: Uint8Array): MetricLog {
  const builder = new MetricLogBuilder(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD <= bytes.length;) {
    const head = bytes.subarray(at, at + 8);
    if (view.getUint32(at + 8, true) !== maskedCrc32c(head)) throw badRecord(path, at);
    const from = at + HEAD;
    const to = from + Number(view.getBigUint64(at, true));
    if (to + TAIL > bytes.length) break;
    const data = bytes.subarray(from, to);
    if (view.getUint32(to, true) !== maskedCrc32c(data)) throw badRecord(path, at);
    try {
      takeEvent(data, builder);
    } catch (error) {
      if (error instanceof RangeError) throw badRecord(path, at);
      throw error;
    }
    at = to + TAIL;
  }
  return builder.log('tensorboard', 'it holds no scalars');
}

const badRecord = (path: string, at: number) => damagedLog(path, `the record at byte ${at} is damaged`);

const EVENT = { step: 2, summary: 5 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, simple: 2, tensor: 8 };
const TENSOR = { type: 1, shape: 2, content: 4, floats: 5, doubles: 6, ints: 7, longs: 10 };

function takeEvent(data: Uint8Array, builder: MetricLogBuilder): void {
  let step: number | null = 0;
  const summaries: Uint8Array[] = [];
  for (const { field, value } of fieldsOf(data)) {
    if (field === EVENT.step && typeof value === 'bigint') step = stepIn(Number(value));
    if (field === EVENT.summary && value instanceof Uint8Array) summaries.push(value);
  }
  if (step === null) return;
  for (const summary of summaries) {
    for (const { field, value } of fieldsOf(summary)) {
      if (field !== SUMMARY.value || !(value instanceof Uint8Array)) continue;
      const { tag, scalar } = valueOf(value);
      if (scalar !== null && tag !== '') builder.add(tag, step, scalar);
    }
  }
}

function valueOf(data: Uint8Array): { tag: string; scalar: number | null } {
  let tag = '';
  let scalar: number | null = null;
  for (const { field, value, wire } of fieldsOf(data)) {
    if (!(value instanceof Uint8Array)) continue;
    if (field === VALUE.tag) tag = new TextDecoder().decode(value);
    if (field === VALUE.simple && wire === FIXED32) scalar = viewOf(value).getFloat32(0, true);
    if (field === VALUE.tensor) scalar = scalarIn(value);
  }
  return { tag, scalar };
}

/** How the single number of a tensor is stored, by `DataType`; other types are not scalars. */
const STORED: Readonly<Record<number, { bytes: number; read: (view: DataView) => number }>> = {
  1: { bytes: 4, read: (view) => view.getFloat32(0, true) },
  2: { bytes: 8, read: (view) => view.getFloat64(0, true) },
  3: { bytes: 4, read: (view) => view.getInt32(0, true) },
  9: { bytes: 8, read: (view) => Number(view.getBigInt64(0, true)) },
};

/** The value of a tensor with one number; null for any other. */
function scalarIn(data: Uint8Array): number | null {
  let type = 0;
  const found: number[] = [];
  let content: Uint8Array | null = null;
  for (const { field, value, wire } of fieldsOf(data)) {
    const packed = value instanceof Uint8Array ? viewOf(value) : null;
    if (field === TENSOR.type && typeof value === 'bigint') type = Number(value);
    else if (field === TENSOR.shape && packed && elementsOf(value as Uint8Array) !== 1) return null;
    else if (field === TENSOR.content) content = value as Uint8Array;
    else if (field === TENSOR.floats && packed) {
      for (let at = 0; at + 4 <= packed.byteLength; at += 4) found.push(packed.getFloat32(at, true));
    } else if (field === TENSOR.doubles && packed) {
      for (let at = 0; at + 8 <= packed.byteLength; at += 8) found.push(packed.getFloat64(at, true));
    } else if (field === TENSOR.ints || field === TENSOR.longs) {
      if (wire === VARINT) found.push(Number(BigInt.asIntN(64, value as bigint)));
      else {
        const values = value as Uint8Array;
        for (let at = 0; at < values.length;) {
          const next = varint(values, at);
          found.push(Number(BigInt.asIntN(64, next.value)));
          at = next.end;
        }
      }
    }
  }
  const stored = STORED[type];
  if (!stored) return null;
  if (content?.length === stored.bytes) return stored.read(viewOf(content));
  return found.length === 1 ? found[0]! : null;
}

/** The number of elements of a `TensorShapeProto`: dimensions (2) with their sizes (1). */
function elementsOf(shape: Uint8Array): number {
  let elements = 1;
  for (const { field, value } of fieldsOf(shape)) {
    if (field !== 2 || !(value instanceof Uint8Array)) continue;
    let size = 0;
    for (const entry of fieldsOf(value)) if (entry.field === 1) size = Number(entry.value);
    elements *= size;
  }
  return elements;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

interface Field {
  field: number;
  wire: number;
  /** A varint's value; the bytes of any other field. */
  value: bigint | Uint8Array;
}

/** The fields of a message in order. @throws RangeError where the bytes are not a message. */
function* fieldsOf(data: Uint8Array): Generator<Field> {
  for (let at = 0; at < data.length;) {
    const key = varint(data, at);
    const [field, wire] = [Number(key.value >> 3n), Number(key.value & 7n)];
    at = key.end;
    if (wire === VARINT) {
      const { value, end } = varint(data, at);
      yield { field, wire, value };
      at = end;
      continue;
    }
    let length = wire === FIXED32 ? 4 : wire === FIXED64 ? 8 : -1;
    if (wire === BYTES) {
      const size = varint(data, at);
      length = Number(size.value);
      at = size.end;
    }
    if (length < 0 || at + length > data.length) throw new RangeError('no field ends there');
    yield { field, wire, value: data.subarray(at, at + length) };
    at += length;
  }
}

function varint(data: Uint8Array, from: number): { value: bigint; end: number } {
  let value = 0n;
  for (let at = from; at < data.length && at < from + 10; at++) {
    value |= BigInt(data[at]! & 0x7f) << BigInt(7 * (at - from));
    if (data[at]! < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError('a number has no end');
}
