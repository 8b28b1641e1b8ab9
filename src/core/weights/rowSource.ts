/**
 * Rows of a projection's part, wherever they come from. A kind of weights is one {@link RowSource} and what it costs: a row
 * of the table in kinds.ts. Plans carry it as plain data, and everything else about an analysis follows from the plan.
 */
import type { DType } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import type { ByteSource } from '../storage/storage';
import type { StoredTensor } from './stored';

/** Opens a file in the state it was planned in; it stays its opener's to close. */
export type OpenFile = (file: StampedFile) => Pick<ByteSource, 'read' | 'ahead'>;

/** Rows of elements, row-major [rows, columns, taps]; `weights` says where they come from. */
export interface SourcePart<W> {
  rows: number;
  columns: number;
  taps: number;
  /** Of the elements that the source gives. */
  dtype: DType;
  weights: W;
}

/** Rows that follow each other. */
export interface RowRun {
  first: number;
  rows: number;
}

/** Random access by row: what is asked before or after changes nothing. */
export interface RowSource {
  /** Fills `into` with whole rows from row `first` on, little-endian elements of the part's type. */
  read(first: number, into: Uint8Array): void;
  /** {@link read} of several runs, one after another, where a file gives rows as they are and can be asked for all of them at once. */
  readRuns?: ((runs: readonly RowRun[], into: Uint8Array) => void) | undefined;
  /** Told which rows will be read, ascending, by sources that are slow to answer; asked for them by those alone. */
  ahead?: ((runs: () => readonly RowRun[]) => void) | undefined;
  /** A single element, where it costs less than its row. @param index in the row, of `columns` · `kernel` */
  element?: (row: number, index: number) => number;
}

/** What analyses need of a kind of weights. @typeParam W how a plan names them. */
export interface RowKind<W> {
  open(part: SourcePart<W>, files: OpenFile): RowSource;
  /** Bytes that are read from files for `rows` rows. */
  storedBytes(part: SourcePart<W>, rows: number): number;
  /** Memory that a source takes besides the rows, in bytes. */
  heldBytes(part: SourcePart<W>): number;
  /** Where rows are computed: the stored tensors that they are computed from. */
  madeOf?(part: SourcePart<W>): StoredTensor[];
  /** Seconds of one thread for as many elements as `rows` whole rows have, besides reading. */
  seconds(part: SourcePart<W>, rows: number): number;
}
