/**
 * Rows of a projection's part, wherever they come from. A kind of weights is one {@link RowSource} and its costs: a row
 * of the table in kinds.ts. Plans contain it as plain data, and everything else about an analysis follows from the
 * plan.
 */
import type { OpenFile } from './openFile';
import type { DType } from '../checkpoint/dtype';
import type { StoredTensor } from './place';

/** Rows of elements, row-major [rows, columns, taps]; `weights` says where they come from. */
export interface SourcePart<W> {
  rows: number;
  columns: number;
  taps: number;
  /** Type of the elements. */
  dtype: DType;
  weights: W;
}

/** Consecutive rows. */
export interface RowRun {
  first: number;
  rows: number;
}

/** Random access by row; reads are independent of each other. */
export interface RowSource {
  /** Fills `into` with whole rows from row `first` on, little-endian elements of the part's type. */
  read(first: number, into: Uint8Array): void;
  /** {@link read} of several runs, one after another, where a file gives rows as they are and can be asked for all of them at once. */
  readRuns?: ((runs: readonly RowRun[], into: Uint8Array) => void) | undefined;
  /** Announces which rows will be read, ascending; only sources that are slow to answer call `runs`. */
  ahead?: ((runs: () => readonly RowRun[]) => void) | undefined;
  /** A single element, where it costs less than its row. @param index position in the row, of `columns` · `taps` */
  element?: (row: number, index: number) => number;
}

/** What analyses need to know about a kind of weights. @typeParam W its description in a plan. */
export interface RowKind<W> {
  open(part: SourcePart<W>, files: OpenFile): RowSource;
  /** Bytes that are read from files for `rows` rows. */
  storedBytes(part: SourcePart<W>, rows: number): number;
  /** Memory in bytes that a source takes in addition to the rows. */
  heldBytes(part: SourcePart<W>): number;
  /** For computed rows: the stored tensors from which they are computed. */
  madeOf?(part: SourcePart<W>): StoredTensor[];
  /** Seconds of one thread for the elements of `rows` whole rows, not counting reads. */
  seconds(part: SourcePart<W>, rows: number): number;
}
