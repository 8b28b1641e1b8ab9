/** Writes arrays as NumPy does, and says which values are in them. */

/** A `.npy` file. @param bytes values in the order in which they are stored. */
export function npyFile(
  descr: string,
  shape: readonly number[],
  bytes: Uint8Array,
  { fortran = false, version = 1 } = {},
): Buffer {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const before = version === 1 ? 10 : 12;
  const header = Buffer.alloc(64 * Math.ceil((before + text.length + 1) / 64), ' ');
  header.write(`\x93NUMPY${String.fromCharCode(version)}\x00`, 'latin1');
  if (version === 1) header.writeUInt16LE(header.length - before, 8);
  else header.writeUInt32LE(header.length - before, 8);
  header.write(text, before);
  header.write('\n', header.length - 1);
  return Buffer.concat([header, bytes]);
}

/** The same values in row-major order. @param size bytes of an element. */
export function numpyValues(
  bytes: Uint8Array,
  shape: readonly number[],
  size: number,
  fortran: boolean,
): Uint8Array {
  if (!fortran) return bytes;
  const values = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length / size; i++) {
    let [rest, at, step] = [i, 0, 1];
    const indices = shape.toReversed().map((side) => {
      const index = rest % side;
      rest = Math.floor(rest / side);
      return index;
    });
    for (const [axis, side] of shape.entries()) {
      at += indices.at(-1 - axis)! * step;
      step *= side;
    }
    values.set(bytes.subarray(at * size, (at + 1) * size), i * size);
  }
  return values;
}
