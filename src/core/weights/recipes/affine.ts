/**
 * Integers that encode float32 values: value = (code − zero) · scale + shift, computed in float64 and rounded once, as
 * ONNX's DequantizeLinear and TensorFlow.js define it. There is one scale for all, or one for each index of a
 * dimension.
 */
import { elementBytes, type RecipeKind } from './recipe';
import { JOINED, type JoinedRecipe } from './joined';

export interface AffineRecipe {
  kind: 'affine';
  codes: 'U8' | 'I8' | 'U16' | 'I16';
  of: JoinedRecipe;
  /** Number of consecutive elements with the same scale. */
  run: number;
  /** One per index of the dimension; as many as `zeros`. */
  scales: readonly number[];
  zeros: readonly number[];
  shift: number;
}

const READERS: Readonly<Record<AffineRecipe['codes'], (view: DataView, at: number) => number>> = {
  U8: (view, at) => view.getUint8(at),
  I8: (view, at) => view.getInt8(at),
  U16: (view, at) => view.getUint16(2 * at, true),
  I16: (view, at) => view.getInt16(2 * at, true),
};

/** Number of codes to read at once. */
const CODES_AT_ONCE = 2 ** 16;
const ELEMENTS_PER_SECOND = 1e8;

export const AFFINE: RecipeKind<AffineRecipe> = {
  open({ codes, of, run, scales, zeros, shift }, { elements }, files) {
    const source = JOINED.open(of, { dtype: codes, elements }, files);
    const size = elementBytes(codes);
    const buffer = new Uint8Array(CODES_AT_ONCE * size);
    const view = new DataView(buffer.buffer);
    const codeAt = READERS[codes];
    return {
      read(first, into) {
        const values = new DataView(into.buffer, into.byteOffset, into.byteLength);
        const count = into.length / Float32Array.BYTES_PER_ELEMENT;
        for (let from = 0; from < count; from += CODES_AT_ONCE) {
          const own = Math.min(CODES_AT_ONCE, count - from);
          source.read(first + from, buffer.subarray(0, own * size));
          let channel = Math.floor((first + from) / run) % scales.length;
          let left = run - ((first + from) % run);
          for (let i = 0; i < own; i++) {
            const value = (codeAt(view, i) - zeros[channel]!) * scales[channel]! + shift;
            values.setFloat32(Float32Array.BYTES_PER_ELEMENT * (from + i), value, true);
            if (--left > 0) continue;
            left = run;
            channel = channel + 1 === scales.length ? 0 : channel + 1;
          }
        }
      },
    };
  },
  storedBytes: ({ codes, of }, { elements }, first, count) =>
    JOINED.storedBytes(of, { dtype: codes, elements }, first, count),
  heldBytes: ({ codes, of }, { elements }) =>
    JOINED.heldBytes(of, { dtype: codes, elements }) + CODES_AT_ONCE * elementBytes(codes),
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};
