/** Facts about the values of a tensor, without storing them. */
import type { TensorFacts } from '../../protocol/tensorFacts';
import type { ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/openFile';
import { BINS, inRuns, valueKernel } from './valueKernel';
import { factsBufferBytes } from './factsReads';
import { chunksIn, chunksOf, weightType, type Chunk, type ValueSource } from './values';

/**
 * @param buffer a buffer for cached values, of `factsBufferBytes` bytes (`factsReads.ts`); absent where values are read again.
 * @param check called before each chunk; throws to stop.
 */
export function tensorFacts(
  source: ValueSource,
  files: OpenFile,
  rows: ReadRows,
  buffer: Uint8Array,
  check: () => void,
): TensorFacts {
  const { name, stored, shape, elements } = source;
  const facts = { name, dtype: stored, shape: [...shape], elements };
  const dtype = weightType(source);
  if (!dtype) return { ...facts, values: null };
  const kernel = valueKernel();
  const held = factsBufferBytes(source) > 0 && buffer.length >= factsBufferBytes(source) ? buffer : undefined;
  const overRuns = (chunks: Iterable<Chunk>, use: (count: number) => void): void => {
    for (const chunk of chunks) {
      check();
      inRuns(chunk, [['a', dtype, chunk.bytes]], kernel, use);
    }
  };
  const all = { nan: 0, zeros: 0, finite: 0, min: Infinity, max: -Infinity, sum: 0, squares: 0 };
  overRuns(chunksOf(source, files, rows, held), (count) => {
    const { nan, zeros, finite, least, greatest, sum, squares } = kernel.range(count);
    all.nan += nan;
    all.zeros += zeros;
    all.finite += finite;
    all.min = Math.min(all.min, least);
    all.max = Math.max(all.max, greatest);
    all.sum += sum;
    all.squares += squares;
  });
  const { nan, zeros, finite, min, max } = all;
  const mean = all.sum / finite;
  // Bins per unit of the values; where that is not finite, no histogram is made.
  const scale = BINS / (max - min);
  const hasBins = Number.isFinite(scale) && scale > 0;
  const counts = new Float64Array(BINS);
  let around = 0;
  if (finite > 0) {
    const again = held ? chunksIn(source, held) : chunksOf(source, files, rows);
    overRuns(again, (count) => {
      around += kernel.around(count, mean, min, hasBins ? scale : 0, counts);
    });
  }
  return {
    ...facts,
    values: {
      nan,
      infinite: elements - finite - nan,
      zeros,
      min: orNull(min),
      max: orNull(max),
      mean: orNull(mean),
      sd: orNull(Math.sqrt(around / finite)),
      rms: orNull(Math.sqrt(all.squares / finite)),
      histogram: hasBins ? { min, max, counts: [...counts] } : null,
    },
  };
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
