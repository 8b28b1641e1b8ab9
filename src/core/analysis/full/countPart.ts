/**
 * Counts rows of a stored tensor by source neuron and radius code, in chunks read straight into the kernel's memory.
 * Counts are integers: they add up to the same whatever the chunks and whoever counts them.
 */
import { elementReader } from '../../checkpoint/dtype';
import { CODES, type Kernel } from '../../multifractal/kernel/kernel';
import type { Layout } from '../../network/types';
import type { PlannedPart } from '../plan';
import { forEachChunk, type CountIo, type RowRange } from './chunks';
import type { CodePass } from './tables';

/** Counter rows a part needs besides those of its sources: one per column and kernel position (see below). */
export function spareSources(part: PlannedPart, layout: Layout): number {
  return layout === 'out-in' && part.kernel > 1 ? part.columns * part.kernel * part.groups : 0;
}

/**
 * Adds the edges of these rows to the kernel's counts.
 *
 * @param spareAt first spare counter row, see {@link spareSources}; they are zero before and after.
 */
export function countPart(
  kernel: Kernel,
  pass: CodePass,
  part: PlannedPart,
  layout: Layout,
  rows: RowRange,
  spareAt: number,
  io: CountIo,
): void {
  forEachChunk(kernel, part, rows, io, counterOf(kernel, pass, part, layout, spareAt));
  mergeSpare(kernel, part, layout, spareAt);
}

/** Counts the rows in the kernel's input. */
type CountRows = (rows: RowRange, bytes: Uint8Array) => void;

function counterOf(
  kernel: Kernel,
  pass: CodePass,
  part: PlannedPart,
  layout: Layout,
  spareAt: number,
): CountRows {
  const { dtype, kernel: size } = part;
  const width = part.columns * size;
  if (dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F32') {
    return ({ from, to }, bytes) => {
      countOneByOne(kernel, pass, part, layout, { from, to }, spareAt, bytes, () => true);
    };
  }
  const bits = dtype === 'F32' ? 32 : 16;
  const unresolved = pass.select(kernel, dtype);
  const rowIsSource = layout === 'in-out';
  return ({ from, to }, bytes) => {
    if (rowIsSource) kernel.countRows({ offset: 0, bits, rows: to - from, columns: width }, from);
    else {
      for (const { group, start, end } of groupsOf(part, { from, to })) {
        const offset = ((start - from) * width * bits) / 8;
        // With a kernel, its positions are columns of their own for now.
        const first = size === 1 ? group * part.columns : spareAt + group * width;
        kernel.countColumns({ offset, bits, rows: end - start, columns: width }, first);
      }
    }
    if (!unresolved) return;
    const patterns = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    countOneByOne(kernel, pass, part, layout, { from, to }, spareAt, bytes, (index) =>
      unresolved.has((patterns.getUint32(4 * index, true) & 0x7fffffff) >>> 12),
    );
  };
}

/** The runs of rows that belong to one group. */
function* groupsOf(
  part: PlannedPart,
  { from, to }: RowRange,
): Generator<{ group: number; start: number; end: number }> {
  const perGroup = part.rows / part.groups;
  for (let start = from; start < to;) {
    const group = Math.floor(start / perGroup);
    const end = Math.min((group + 1) * perGroup, to);
    yield { group, start, end };
    start = end;
  }
}

/** The slow way, for element types without a table and for patterns a table leaves open. */
function countOneByOne(
  kernel: Kernel,
  { codes }: CodePass,
  part: PlannedPart,
  layout: Layout,
  { from, to }: RowRange,
  spareAt: number,
  bytes: Uint8Array,
  wanted: (index: number) => boolean,
): void {
  const element = elementReader(part.dtype, bytes);
  const { counts } = kernel;
  const width = part.columns * part.kernel;
  for (let row = from, index = 0; row < to; row++) {
    const group = Math.floor(row / (part.rows / part.groups));
    const first = part.kernel === 1 ? group * part.columns : spareAt + group * width;
    for (let column = 0; column < width; column++, index++) {
      if (!wanted(index)) continue;
      const node = layout === 'in-out' ? row : first + column;
      counts[node * CODES + codes.codeOf(Math.abs(element(index)))]!++;
    }
  }
}

/** Adds the counts of kernel positions to those of their column, and clears them. */
function mergeSpare(kernel: Kernel, part: PlannedPart, layout: Layout, spareAt: number): void {
  const spare = spareSources(part, layout);
  if (spare === 0) return;
  const { counts } = kernel;
  for (let i = 0; i < spare; i++) {
    const from = (spareAt + i) * CODES;
    const to = Math.floor(i / part.kernel) * CODES;
    for (let code = 0; code < CODES; code++) counts[to + code]! += counts[from + code]!;
    counts.fill(0, from, from + CODES);
  }
}
