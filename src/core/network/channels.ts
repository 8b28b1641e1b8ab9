/**
 * How the channels of a convolution fall into groups, which its shape [out, in / groups, …] alone does not say. A
 * kernel that is not grouped reads channels that another layer writes: where there is no such layer, or where both
 * readings fit, nothing is assumed.
 */
import { SHORTCUT } from './grouping';
import type { NamedTensor } from './names';
import { shapeByRows } from './parts';
import type { ProjectionPart } from './types';

/** Kernels may read half of the channels (gated units), or pixels into which 4, 9 or 16 channels were spread. */
const SPLIT = 2;
const SPREAD = [4, 9, 16];
/** No network has layers of more different widths; where there are, nothing is concluded from them. */
export const MAX_WIDTHS = 256;

/** The layer before a kernel. */
export interface Before {
  part: ProjectionPart;
  /** Whether its outputs are normalized, all of them. */
  normalized: boolean;
}

export class ChannelGroups {
  /** The number of layers that write each width. */
  readonly #writers = new Map<number, number>();
  /** The channels that the first convolution reads, where these may be the input. */
  readonly #input: number | undefined;
  /** Whether there is a kernel that reads channels that no layer writes. */
  readonly #hasGroups: boolean;

  /**
   * @param readsPixels whether a convolution reads the channels of an image or a recording: then no other is the first.
   * @param writesColumns whether a tensor is stored as [in, out].
   */
  constructor(
    matrices: readonly NamedTensor[],
    readsPixels: boolean,
    writesColumns: (named: NamedTensor) => boolean,
  ) {
    const kernels = matrices.filter(({ tensor }) => tensor.shape.length > 2 && !tensor.axes);
    this.#input = readsPixels ? undefined : kernels[0]?.tensor.shape[1];
    for (const matrix of matrices) {
      const [rows = 0, columns = 0] = shapeByRows(matrix.tensor);
      // A kernel with one column writes what it reads.
      const width = writesColumns(matrix) ? columns : rows;
      if (matrix.tensor.shape.length === 2 || columns > 1)
        this.#writers.set(width, (this.#writers.get(width) ?? 0) + 1);
    }
    this.#hasGroups = kernels.some((kernel) => {
      const [rows = 0, columns = 0] = kernel.tensor.shape;
      return columns > 1 && !writesColumns(kernel) && this.#mayBeGrouped(rows, columns);
    });
  }

  /** The number of groups; null where names and shapes do not give it. @param width what the layer before has written. */
  of(
    part: ProjectionPart,
    path: string,
    width: number | undefined,
    before: Before | undefined,
  ): number | null {
    const { rows, columns, taps } = part;
    if (SHORTCUT.test(path)) return 1;
    const groups = groupsBehind(width, rows, columns);
    const same = before?.part.groups === 1 && before.part.rows === rows;
    const isRepeated = same && before.part.columns === columns && before.part.taps === taps;
    if (groups !== null && taps > 1 && width === rows) {
      if (isRepeated && SPREAD.includes(groups)) return 1;
      return isRepeated && groups === SPLIT ? null : groups;
    }
    if (this.#isWritten(rows, columns))
      return groups !== null && taps > 1 && this.#hasGroups && !isRepeated ? null : 1;
    if (groups !== null && (before?.normalized || (groups !== SPLIT && !SPREAD.includes(groups))))
      return groups;
    return this.#mayBeGrouped(rows, columns) ? null : 1;
  }

  /** The same for kernels with one column, which are depthwise: `rows` unless each channel is written several times. */
  ofDepthwise({ rows }: ProjectionPart, width: number | undefined): number {
    const groups = width !== undefined && width > 1 && width < rows && rows % width === 0;
    return groups && !this.#writers.has(rows) ? width : rows;
  }

  /** Whether a kernel can read `columns` channels without groups: one or two layers write them, or they are the input. */
  #isWritten(rows: number, columns: number): boolean {
    if (columns === this.#input || this.#writers.size > MAX_WIDTHS) return true;
    const own = rows === columns ? 1 : 0;
    if ((this.#writers.get(columns) ?? 0) > own) return true;
    return [...this.#writers.keys()].some((width) => width < columns && this.#writers.has(columns - width));
  }

  #mayBeGrouped(rows: number, columns: number): boolean {
    if (this.#isWritten(rows, columns)) return false;
    return [...this.#writers.keys()].some((width) => groupsBehind(width, rows, columns) !== null);
  }
}

/** The number of groups in which a kernel reads `width` channels; null where they do not fall into such groups. */
function groupsBehind(width: number | undefined, rows: number, columns: number): number | null {
  if (width === undefined || width <= columns || width % columns !== 0) return null;
  return rows % (width / columns) === 0 ? width / columns : null;
}
