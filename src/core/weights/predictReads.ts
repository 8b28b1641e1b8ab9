/**
 * Predicts which bytes a read of some rows needs, for every kind of weights, by reading the rows from simulated files of zeros.
 * Slow sources are given the prediction beforehand, so that they can request the ranges together.
 */
import type { StampedFile } from '../storage/stamp';
import type { ByteRange } from '../storage/storage';
import type { RowRun, RowSource } from './rowSource';
import type { OpenFile } from './openFile';

/** Ranges of one file, ascending; a range that is read several times is listed as often. */
export interface PredictedRanges {
  file: StampedFile;
  ranges: ByteRange[];
}

/** Rows are read in pieces of at most this size, as in the analysis. */
const MAX_BYTES = 2 ** 22;

/** A file without prediction. */
class NotPredicted extends Error {}

/** Predicts the reads of one source from the first one on: what it holds is not predicted twice. */
export class ReadPredictor {
  readonly #found = new Map<string, PredictedRanges>();
  readonly #rowBytes: number;
  #source: RowSource | null = null;
  /** Why there is no prediction from now on. */
  #over: 'files' | 'zeros' | null = null;

  /**
   * @param open opens a source of the rows. @param rowBytes bytes of one row.
   * @param isWanted whether the ranges of a file are wanted; if not, nothing is predicted.
   */
  constructor(
    open: (files: OpenFile) => RowSource,
    rowBytes: number,
    isWanted: (file: StampedFile) => boolean,
  ) {
    this.#rowBytes = rowBytes;
    const files: OpenFile = (file) => {
      if (!isWanted(file)) throw new NotPredicted();
      return {
        read: (ranges, into) => {
          const own = this.#found.get(file.path) ?? { file, ranges: [] };
          this.#found.set(file.path, own);
          for (const { offset, bytes } of ranges) own.ranges.push({ offset, bytes });
          into.fill(0);
        },
      };
    };
    this.#try(() => {
      this.#source = open(files);
    });
  }

  /** Whether the files that it has opened so far are those whose ranges are wanted. */
  get isWanted(): boolean {
    return this.#over !== 'files';
  }

  /** Which bytes it reads for further rows; null where one of the files is not wanted. */
  next(runs: readonly RowRun[]): PredictedRanges[] | null {
    this.#try(() => {
      this.#read(runs);
    });
    if (!this.isWanted) return null;
    const announced = [...this.#found.values()];
    this.#found.clear();
    for (const { ranges } of announced) ranges.sort((a, b) => a.offset - b.offset);
    return announced;
  }

  #read(runs: readonly RowRun[]): void {
    const rowBytes = this.#rowBytes;
    let buffer = new Uint8Array();
    for (const { first, rows } of runs) {
      const together = Math.max(1, Math.floor(MAX_BYTES / rowBytes));
      for (let done = 0; done < rows; done += together) {
        const length = Math.min(together, rows - done) * rowBytes;
        if (buffer.length < length) buffer = new Uint8Array(length);
        this.#source?.read(first + done, buffer.subarray(0, length));
      }
    }
  }

  #try(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (error) {
      // Zeros are not valid there, for example in compressed data: the ranges up to this point are still useful.
      this.#over = error instanceof NotPredicted ? 'files' : 'zeros';
    }
  }
}
