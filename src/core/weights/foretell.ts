/**
 * Which bytes reading some rows takes, whatever kind of weights they are of: found by reading them of files that hold zeros. Sources
 * that are slow to answer are told of them beforehand, so that they can ask for them together.
 */
import type { StampedFile } from '../storage/stamp';
import type { ByteRange } from '../storage/storage';
import type { RowRun, RowSource } from './rowSource';
import type { OpenFile } from './openFile';

/** Ranges of one file, ascending; one that is read several times is there as often. */
export interface ForetoldRanges {
  file: StampedFile;
  ranges: ByteRange[];
}

/** Rows are read by so many bytes at a time, as the analysis reads them. */
const MOST_BYTES = 2 ** 22;

/** A file of which nothing is foretold. */
class NotForetold extends Error {}

/**
 * @param open opens a source of the rows. @param rowBytes of one row.
 * @param isTold whether a file is one to be told of; null is returned where one is not.
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
    // Zeros are not what it reads there, such as something compressed: what it had asked for until then is asked for all the same.
  }
  const told = [...found.values()].filter(({ ranges }) => ranges.length > 0);
  for (const { ranges } of told) ranges.sort((a, b) => a.offset - b.offset);
  return told;
}
