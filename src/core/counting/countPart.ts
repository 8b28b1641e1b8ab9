/**
 * Counts weights in the kernel's input by source neuron and radius code. Counts are integers: their sums do not depend
 * on how the work is divided.
 */
import type { DType } from '../checkpoint/dtype';
import { CODES, type Kernel } from '../multifractal/kernel/kernel';
import type { Layout } from '../network/types';
import { isTabled, type CodePass } from './passes';

/** A block of weights [rows, columns, taps] of one type, in which either rows or columns are sources. */
export interface CountedPart {
  dtype: DType;
  taps: number;
  layout: Layout;
  /** Number of counter rows for its columns, where these are sources. */
  sources: number;
}

/** Contiguous weights of a part in the input. */
export interface WeightMatrix {
  /** Number of elements of the input before it. */
  at: number;
  rows: number;
  columns: number;
  /** The source index of its first row or column (whichever are sources), relative to the projection's first source. */
  source: number;
}

/** Counters of columns in the kernel's own loops have 16 bits. */
const MAX_ROWS = 65_535;

/**
 * Number of counter rows that a part needs in addition to those of its sources. In the kernel's own loops each position
 * of a convolution is a column of its own; {@link PartCounter.finish} adds them up.
 */
export function spareSources({ dtype, taps, layout, sources }: CountedPart, codes: number): number {
  const alike = layout === 'in-out' || taps === 1 || !isTabled(dtype) || codes > CODES;
  return alike ? 0 : sources * taps;
}

export class PartCounter {
  readonly #bits: 16 | 32 | null;
  readonly #rowsAreSources: boolean;
  readonly #spare: number;

  /**
   * @param first the counter row of the projection's first source.
   * @param spareAt the first of {@link spareSources} counter rows; they are zero before and after.
   */
  constructor(
    private readonly kernel: Kernel,
    private readonly pass: CodePass,
    private readonly part: CountedPart,
    private readonly first: number,
    private readonly spareAt: number,
  ) {
    this.#bits = pass.select(kernel, part.dtype);
    this.#rowsAreSources = part.layout === 'in-out';
    this.#spare = this.#bits === null ? 0 : spareSources(part, pass.codes.size);
  }

  /** Counts the input. @param bytes all of it, elements of the part's type; may be overwritten. */
  count(bytes: Uint8Array, elements: number, matrices: Iterable<WeightMatrix>): void {
    if (this.#bits === null) this.pass.encode(this.part.dtype, bytes, elements);
    for (const matrix of matrices) {
      if (this.#bits === null) this.#countCodes(matrix);
      else this.#countBits(matrix, this.#bits);
    }
  }

  /** Adds the counts of the positions of a convolution to those of their column, and clears them. */
  finish(): void {
    const { counts } = this.kernel;
    for (let i = 0; i < this.#spare; i++) {
      const from = (this.spareAt + i) * CODES;
      const to = (this.first + Math.floor(i / this.part.taps)) * CODES;
      for (let code = 0; code < CODES; code++) counts[to + code]! += counts[from + code]!;
      counts.fill(0, from, from + CODES);
    }
  }

  #countCodes({ at, rows, columns, source }: WeightMatrix): void {
    const nodes = this.#rowsAreSources ? 'rows' : 'columns';
    const offset = at * Uint16Array.BYTES_PER_ELEMENT;
    this.kernel.countCodes({ offset, rows, columns, size: this.part.taps }, this.first + source, nodes);
  }

  #countBits({ at, rows, columns, source }: WeightMatrix, bits: 16 | 32): void {
    const width = columns * this.part.taps;
    const first = this.#spare > 0 ? this.spareAt + source * this.part.taps : this.first + source;
    for (let row = 0; row < rows; row += MAX_ROWS) {
      const offset = ((at + row * width) * bits) / 8;
      const matrix = { offset, bits, rows: Math.min(MAX_ROWS, rows - row), columns: width };
      if (this.#rowsAreSources) this.kernel.countRows(matrix, this.first + source + row);
      else this.kernel.countColumns(matrix, first);
    }
  }
}
