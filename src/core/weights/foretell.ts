/**
 * Predicts which bytes a read of some rows needs, for every kind of weights, by reading the rows from simulated files of zeros.
 * Slow sources are given the prediction beforehand, so that they can request the ranges together.
 */
import type { StampedFile } from '../storage/stamp';
import type { ByteRange } from '../storage/storage';
import type { RowRun, RowSource } from './rowSource';
import type { OpenFile } from './openFile';

/** Ranges of one file, ascending; a range that is read several times is listed as often. */
export interface ForetoldRanges {
  file: StampedFile;
  ranges: ByteRange[];
}

/** Rows are read in pieces of at most this size, as in the analysis. */
const MOST_BYTES = 2 ** 22;

/** A file without prediction. */
class NotForetold extends Error {}

/**
 * @param open opens a source of the rows. @param rowBytes bytes of one row.
 * @param isTold whether the ranges of a file are wanted; if not, the result is null.
 */
export function foretell(
  open: (files: OpenFile) => RowSource,
  rowBytes: number,
  runs: readonly RowRun[],
  isTold: (file: StampedFile) => boolean,
): ForetoldRanges[] | null {
  const found = new Map<string, ForetoldRanges>();
  const files: OpenFile = (file) => {
    if (!isTold(file)) throw new NotForetold();
    const own = found.get(file.path) ?? { file, ranges: [] };
    found.set(file.path, own);
    return {
      read(ranges, into) {
        for (const { offset, bytes } of ranges) own.ranges.push({ offset, bytes });
        into.fill(0);
      },
    };
  };
  try {
    const source = open(files);
    let room = new Uint8Array();
    for (const { first, rows } of runs) {
      const together = Math.max(1, Math.floor(MOST_BYTES / rowBytes));
      for (let done = 0; done < rows; done += together) {
        const length = Math.min(together, rows - done) * rowBytes;
        if (room.length < length) room = new Uint8Array(length);
        source.read(first + done, room.subarray(0, length));
      }
    }
  } catch (error) {
    if (error instanceof NotForetold) return null;
    // Zeros are not valid there, for example in compressed data: the ranges up to this point are still useful.
  }
  const told = [...found.values()].filter(({ ranges }) => ranges.length > 0);
  for (const { ranges } of told) ranges.sort((a, b) => a.offset - b.offset);
  return told;
}
