/** Small plans of every kind, with weights in memory. */
import type { AnalysisPlan, PlannedPart } from '../../../src/core/analysis/plan';
import type { ByteRange, ByteSource } from '../../../src/core/storage/storage';
import { rowBytesOf } from '../../../src/core/weights/kinds';
import type { Layout } from '../../../src/core/network/types';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { randomBits } from './weights';

export interface Shape {
  layout: Layout;
  parts: Pick<PlannedPart, 'dtype' | 'rows' | 'columns' | 'taps' | 'groups'>[];
}

export const part = (
  dtype: PlannedPart['dtype'],
  rows: number,
  columns: number,
  taps = 1,
  groups = 1,
): Shape['parts'][number] => ({ dtype, rows, columns, taps, groups });

export const SHAPES: Record<string, Shape> = {
  'one part, rows as targets': { layout: 'out-in', parts: [part('F16', 40, 24)] },
  'one part, rows as sources': { layout: 'in-out', parts: [part('BF16', 24, 40)] },
  'parts of several types': {
    layout: 'out-in',
    parts: [part('F16', 16, 24), part('F64', 8, 24), part('F32', 16, 24)],
  },
  'a convolution': { layout: 'out-in', parts: [part('F32', 40, 24, 9)] },
  'a grouped convolution': { layout: 'out-in', parts: [part('F16', 40, 6, 9, 4)] },
  'a transposed grouped convolution': { layout: 'in-out', parts: [part('BF16', 24, 10, 4, 4)] },
};

/** A plan of projections, so many times the same, and the weights of its parts one after another. */
export function makePlan(once: readonly Shape[], times = 1): { plan: AnalysisPlan; bytes: Uint8Array } {
  const shapes = Array.from({ length: times }, () => once).flat();
  let offset = 8;
  const projections = shapes.map(({ layout, parts }, i) => ({
    name: `projection ${i}`,
    layout,
    ...widths({ layout, parts }),
    parts: parts.map((each) => {
      const weights = { kind: 'stored' as const, file: { path: 'one', stamp: null }, offset };
      const planned = { ...each, weights };
      offset += each.rows * rowBytesOf(planned);
      return planned;
    }),
    sampling: { sources: 2 * i, targets: [{ draw: 2 * i + 1, offset: 0 }] },
  }));
  const draws = projections.flatMap(({ sources, targets }, i) => [
    { layer: `in ${i}`, width: sources, multiple: 1 },
    { layer: `out ${i}`, width: targets, multiple: 2 },
  ]);
  const random = new Mt19937(7);
  const bytes = new Uint8Array(offset);
  for (const { parts } of projections) {
    for (const { weights, dtype, rows, columns, taps } of parts)
      bytes.set(randomBits(random, dtype, rows * columns * taps), weights.offset);
  }
  return { plan: { projections, draws }, bytes };
}

/** The layers that a projection joins: its parts hold all sources, and runs of the targets. */
function widths({ layout, parts }: Shape): { sources: number; targets: number } {
  const [{ rows, columns, groups }] = parts as [Shape['parts'][number]];
  const targets = parts.map((each) => (layout === 'out-in' ? each.rows : each.columns * each.groups));
  return {
    sources: layout === 'out-in' ? columns * groups : rows,
    targets: targets.reduce((sum, each) => sum + each, 0),
  };
}

/** Counts what is read. */
export class Memory implements Pick<ByteSource, 'read' | 'bytesRead'> {
  bytesRead = 0;
  reads = 0;
  constructor(private readonly bytes: Uint8Array) {}
  read(ranges: readonly ByteRange[], into: Uint8Array): void {
    let at = 0;
    for (const { offset, bytes } of ranges) {
      into.set(this.bytes.subarray(offset, offset + bytes), at);
      at += bytes;
      this.reads++;
    }
    this.bytesRead += at;
  }
}
