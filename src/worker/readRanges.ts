/** Which bytes of files samples, or the whole network, take. */
import type { AnalysisPlan } from '../core/analysis/plan';
import { runsOf } from '../core/counting/pack';
import { pickParts } from '../core/counting/pick';
import type { SampledNeurons } from '../core/sampling/drawNeurons';
import type { StampedFile } from '../core/storage/stamp';
import type { ByteRange } from '../core/storage/storage';
import { predictedRanges, rowBytesOf, type PlannedPart } from '../core/weights/kinds';
import type { PredictedRanges } from '../core/weights/predictReads';

/** The rows of a part that are read; null for all of it. */
export type RowsOf = (projection: number, part: number) => Uint32Array | null;

/** The rows that any of these samples takes. @param samples of each, its neurons of every projection. */
export function sampledRows(
  { projections }: AnalysisPlan,
  samples: readonly (readonly SampledNeurons[])[],
): RowsOf {
  let last: { index: number; picks: ReturnType<typeof pickParts>[] } | undefined;
  return (index, part) => {
    if (last?.index !== index)
      last = { index, picks: samples.map((neurons) => pickParts(projections[index]!, neurons[index]!)) };
    return union(last.picks.map((parts) => parts[part]!.rows.neurons));
  };
}

/** What is in any of these lists, ascending. */
function union(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let found = 0;
  for (const each of all) if (found === 0 || all[found - 1] !== each) all[found++] = each;
  return all.subarray(0, found);
}

/** What is read of each file where rows are stored as they are, in the order of the network. */
export function storedRanges({ projections }: AnalysisPlan, rowsOf: RowsOf): PredictedRanges[] {
  const found = new Map<string, { file: StampedFile; ranges: ByteRange[] }>();
  for (const [i, { parts }] of projections.entries()) {
    for (const [j, part] of parts.entries()) {
      const { weights } = part;
      if (weights.kind !== 'stored') continue;
      const { file, offset } = weights;
      const own = found.get(file.path) ?? { file, ranges: [] };
      found.set(file.path, own);
      const size = rowBytesOf(part);
      const rows = rowsOf(i, j);
      const runs = rows ? runsOf(rows, part) : [{ first: 0, rows: part.rows }];
      for (const { first, rows: count } of runs)
        own.ranges.push({ offset: offset + first * size, bytes: count * size });
    }
  }
  return [...found.values()];
}

/** What is read of each file for some rows of a part, ascending. */
export function rangesOf(part: PlannedPart, rows: Uint32Array): readonly ByteRange[][] {
  return predictedRanges(part, runsOf(rows, part)).map(({ ranges }) => ranges);
}
