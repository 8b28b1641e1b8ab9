/** Writes small ONNX models, field by field. */

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

export const text = (words: string): Uint8Array => Buffer.from(words);

/** A field of bytes; of a varint where the content is one that {@link varint} made of a number below 128. */
export function field(number: number, content: Uint8Array): Uint8Array {
  const isNumber = VARINTS.has(number) && content.length === 1;
  return isNumber
    ? Buffer.concat([varint(8 * number), content])
    : Buffer.concat([varint(8 * number + 2), varint(content.length), content]);
}

/** Of a tensor: data_location. */
const VARINTS = new Set([14]);

const numberField = (number: number, value: number): Uint8Array =>
  Buffer.concat([varint(8 * number), varint(value)]);

/** @param values fields that hold the values. */
export function tensorOf(
  name: string,
  dims: readonly number[],
  type: number,
  values: readonly Uint8Array[],
): Uint8Array {
  return Buffer.concat([
    ...dims.map((size) => numberField(1, size)),
    numberField(2, type),
    field(8, text(name)),
    ...values,
  ]);
}

/** A tensor whose values are in a file beside the model. */
export function externalTensor(
  name: string,
  dims: readonly number[],
  type: number,
  place: Readonly<Record<string, string | number>>,
): Uint8Array {
  const entries = Object.entries(place).map(([key, value]) =>
    field(13, Buffer.concat([field(1, text(key)), field(2, text(String(value)))])),
  );
  return tensorOf(name, dims, type, [...entries, field(14, varint(1))]);
}

/** An attribute of one number, or of several. */
export function attribute(name: string, value: number | readonly number[]): Uint8Array {
  const numbers =
    typeof value === 'number' ? [numberField(3, value)] : value.map((each) => numberField(8, each));
  return Buffer.concat([field(1, text(name)), ...numbers]);
}

export function nodeOf(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
  domain = '',
): Uint8Array {
  return Buffer.concat([
    ...inputs.map((name) => field(1, text(name))),
    ...outputs.map((name) => field(2, text(name))),
    field(4, text(op)),
    ...attributes.map((each) => field(5, each)),
    field(7, text(domain)),
  ]);
}

export function graphOf(nodes: readonly Uint8Array[], constants: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([...nodes.map((node) => field(1, node)), ...constants.map((each) => field(5, each))]);
}

export function modelOf(graph: Uint8Array): Uint8Array {
  return Buffer.concat([numberField(1, 8), field(2, text('test')), field(7, graph)]);
}
