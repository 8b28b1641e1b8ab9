/** The kernel's numbers of edge lengths that are given as they are. */
import { sumsOfCounts, type ProjectionSums } from '../../../src/core/counting/projectionSums';
import { partitionOf } from '../../../src/core/counting/totals';
import { createKernel } from '../../../src/core/multifractal/kernel';
import { momentSteps } from '../../../src/core/multifractal/momentSteps';
import type { PartitionSums } from '../../../src/core/multifractal/partition';
import { radiusCodes } from '../../../src/core/multifractal/radiusCodes';

const kernel = createKernel();

/** @param rows the lengths of each source's edges. */
export function countLengths(
  rows: readonly (readonly number[])[],
  threshold: number,
  q: readonly number[],
): { sums: PartitionSums; nfd: Float64Array } {
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  let found: Partial<ProjectionSums> = {};
  for (const codes of radiusCodes((d) => d, threshold)) {
    kernel.begin(rows.length, longest + 1, 0, codes.size);
    const { counts } = kernel;
    for (const [source, row] of rows.entries())
      for (const d of row) counts[source * codes.size + codes.codeOf(d)]!++;
    found = { ...found, ...sumsOfCounts(kernel, codes, rows.length, momentSteps(q)) };
  }
  const all = found as ProjectionSums;
  return { sums: partitionOf({ ...all, sources: rows.length }, { rule: 'observed' }), nfd: all.nfd };
}
