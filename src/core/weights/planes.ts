/**
 * Rows of a convolution that is stored plane by plane, [taps, rows, columns], as TensorFlow stores it: the values of
 * one row are gathered from all planes. The source of the planes gives them as rows of a matrix [taps · rows, columns].
 */
import { DTYPE_BITS } from '../checkpoint/dtype';
import type { RowKind, SourcePart } from './rowSource';

export interface PlaneRows<W> {
  kind: 'planes';
  of: W;
}

/** Rows are gathered in ranges of about this many bytes, which takes few reads and little extra memory. */
const GATHERED_BYTES = 2 ** 18;

const ELEMENTS_PER_SECOND = 2e8;

/** @param kindOf the kind of the rows that contain the planes. */
export function planeRows<W>(kindOf: (weights: W) => RowKind<W>): RowKind<PlaneRows<W>> {
  const matrixOf = ({ rows, columns, taps, dtype, weights }: SourcePart<PlaneRows<W>>): SourcePart<W> => ({
    rows: taps * rows,
    columns,
    taps: 1,
    dtype,
    weights: weights.of,
  });
  return {
    open(part, files) {
      const { rows, columns, taps, dtype } = part;
      const planes = kindOf(part.weights.of).open(matrixOf(part), files);
      const size = DTYPE_BITS[dtype] / 8;
      const together = rowsTogether(part);
      return {
        read(first, into) {
          const count = into.length / (columns * taps * size);
          for (let from = 0; from < count; from += together) {
            const elements = Math.min(together, count - from) * columns;
            const plane = new Uint8Array(elements * size);
            const at = from * columns * taps * size;
            const gathered = into.subarray(at, at + elements * taps * size);
            for (let tap = 0; tap < taps; tap++) {
              planes.read(tap * rows + first + from, plane);
              spread(plane, gathered, size, taps, tap);
            }
          }
        },
      };
    },
    storedBytes: (part, rows) => kindOf(part.weights.of).storedBytes(matrixOf(part), part.taps * rows),
    heldBytes: (part) =>
      kindOf(part.weights.of).heldBytes(matrixOf(part)) +
      (rowsTogether(part) * part.columns * DTYPE_BITS[part.dtype]) / 8,
    seconds: (part, rows) =>
      kindOf(part.weights.of).seconds(matrixOf(part), part.taps * rows) +
      (rows * part.columns * part.taps) / ELEMENTS_PER_SECOND,
  };
}

function rowsTogether<W>({ columns, taps, dtype }: SourcePart<PlaneRows<W>>): number {
  return Math.max(1, Math.floor(GATHERED_BYTES / ((columns * taps * DTYPE_BITS[dtype]) / 8)));
}

/** Puts every element of a plane at the position of its tap among all `taps` of a row and column. */
function spread(plane: Uint8Array, into: Uint8Array, size: number, taps: number, tap: number): void {
  for (let from = 0, to = tap * size; from < plane.length; from += size, to += taps * size)
    for (let byte = 0; byte < size; byte++) into[to + byte] = plane[from + byte]!;
}
