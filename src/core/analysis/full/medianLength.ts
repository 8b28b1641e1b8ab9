/**
 * The exact median edge length of a full network from counts of bit patterns: magnitudes order as their patterns do, so
 * the middle ones are found without sorting or storing weights. 16-bit types need one pass, 32-bit floats two, both in
 * the kernel.
 *
 * 64-bit floats have an algorithm of their own (wideMedian.ts). The two cannot be one without losing speed: the kernel
 * counts F32 by cells with 8 bits of the mantissa, the first digit of a 64-bit pattern has 4, so counts by cell cannot
 * be refined by digits; and F32 by digits would take four passes without the kernel instead of two with it.
 */
import { elementReader } from '../../checkpoint/dtype';
import { NeuroMfaError } from '../../../protocol/errors';
import type { PlannedPart, PlannedProjection } from '../plan';
import {
  CELL_BITS,
  patternCounts,
  PATTERN_SOURCES,
  type Kernel,
  type PatternKind,
} from '../../multifractal/kernel/kernel';
import { between } from '../../stats/estimate';
import { forEachChunk, inputBytes, type CountIo } from '../../counting/chunks';

const PATTERNS_16 = 32_768;
const CELLS_32 = 65_536;
const CELL_MASK = 2 ** CELL_BITS - 1;

export interface PatternCounts {
  F16: Float64Array;
  BF16: Float64Array;
  /** Without `cells`: counts by cell. With `cells`: counts by the lower 15 bits, within each of the cells in turn. */
  F32: Float64Array;
}

/**
 * Counts the patterns of a projection's weights.
 *
 * @param cells null for the first pass; for the second, the cells of 32-bit patterns to resolve.
 * @throws NeuroMfaError `unsupported` for element types other than floats of 16 or 32 bits; for 64 bits see
 *   wideMedian.ts.
 */
export function countPatterns(
  kernel: Kernel,
  projection: PlannedProjection,
  cells: readonly number[] | null,
  io: CountIo,
): PatternCounts {
  const counts = emptyCounts(cells);
  for (const part of projection.parts) {
    const { dtype } = part;
    if (dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F32') {
      throw new NeuroMfaError(
        'unsupported',
        projection.name,
        `the median of ${dtype} weights cannot be found`,
        'Use absolute edge lengths, or convert the checkpoint to F32',
      );
    }
    if (dtype !== 'F32') {
      // The first pass has counted these by their whole pattern.
      if (!cells) addTo(counts[dtype], 0, patternsOf(kernel, part, { bits: 16 }, io));
    } else if (!cells) {
      addTo(counts.F32, 0, patternsOf(kernel, part, { bits: 32, cell: null }, io));
    } else {
      for (const [i, cell] of cells.entries())
        addTo(counts.F32, i << CELL_BITS, patternsOf(kernel, part, { bits: 32, cell }, io));
    }
  }
  return counts;
}

function patternsOf(kernel: Kernel, part: PlannedPart, kind: PatternKind, io: CountIo): Uint32Array {
  kernel.begin(PATTERN_SOURCES, 0, inputBytes(part, io.chunkBytes));
  forEachChunk(kernel, part, { from: 0, to: part.rows }, io, (_, bytes) => {
    kernel.countPatterns((8 * bytes.length) / kind.bits, kind);
  });
  return patternCounts(kernel, kind);
}

function addTo(sums: Float64Array, at: number, counts: ArrayLike<number>): void {
  for (let i = 0; i < counts.length; i++) sums[at + i] = sums[at + i]! + counts[i]!;
}

export function emptyCounts(cells: readonly number[] | null): PatternCounts {
  return {
    F16: new Float64Array(PATTERNS_16),
    BF16: new Float64Array(PATTERNS_16),
    F32: new Float64Array(cells ? cells.length << CELL_BITS : CELLS_32),
  };
}

export function addCounts(into: PatternCounts, counts: PatternCounts): void {
  for (const dtype of ['F16', 'BF16', 'F32'] as const) {
    addTo(into[dtype], 0, counts[dtype]);
  }
}

/** The cells of 32-bit patterns that contain the middle magnitudes, ascending; empty where 16-bit counts suffice. */
export function middleCells(first: PatternCounts): number[] {
  if (first.F32.every((count) => count === 0)) return [];
  const entries = sixteenBitEntries(first);
  const cells = new Float64Array(CELLS_32);
  for (const { pattern, count } of entries) cells[pattern >>> CELL_BITS]! += count;
  for (let cell = 0; cell < LAST_FINITE_CELL; cell++) cells[cell]! += first.F32[cell]!;
  const total = cells.reduce((sum, count) => sum + count, 0);
  return [...new Set(middleRanks(total).map((rank) => rankIn(cells, rank)))];
}

/**
 * The median of d over all nonzero finite weights; null where there are none.
 *
 * @param second counts of the second pass over `cells`; ignored for a network without 32-bit weights.
 */
export function medianOf(
  first: PatternCounts,
  cells: readonly number[],
  second: PatternCounts,
  distance: (magnitude: number) => number,
): number | null {
  let below = 0; // magnitudes in cells before the ones looked into
  let entries = sixteenBitEntries(first);
  let total = entries.reduce((sum, { count }) => sum + count, 0);
  if (cells.length > 0) {
    for (let cell = 0; cell < LAST_FINITE_CELL; cell++) total += first.F32[cell]!;
    const inside = (pattern: number): boolean => cells.includes(pattern >>> CELL_BITS);
    for (let cell = 0; cell < cells[0]!; cell++) below += first.F32[cell]!;
    for (const { pattern, count } of entries) if (pattern >>> CELL_BITS < cells[0]!) below += count;
    // Between two different middle cells there is nothing: their ranks are adjacent.
    entries = entries.filter(({ pattern }) => inside(pattern));
    for (const [i, cell] of cells.entries()) {
      for (let low = 0; low <= CELL_MASK; low++) {
        const count = second.F32[(i << CELL_BITS) + low]!;
        const pattern = (cell << CELL_BITS) + low;
        if (count > 0 && pattern > 0) entries.push({ pattern, count });
      }
    }
  }
  if (total === 0) return null;
  entries.sort((a, b) => a.pattern - b.pattern);
  const [low, high] = middleRanks(total).map((rank) => distance(valueOf(entryAt(entries, rank - below))));
  return low === high ? low! : between(low!, high!);
}

interface Entry {
  /** The pattern of the same magnitude as a 32-bit float, which represents every 16-bit one exactly. */
  pattern: number;
  count: number;
}

/** Infinity begins cell 0xff00; smaller cells contain finite magnitudes only. */
const LAST_FINITE_CELL = 0x7f800000 >>> CELL_BITS;

function sixteenBitEntries(counts: PatternCounts): Entry[] {
  const all = new Uint8Array(Uint16Array.from({ length: PATTERNS_16 }, (_, bits) => bits).buffer);
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  const entries: Entry[] = [];
  for (const dtype of ['F16', 'BF16'] as const) {
    const value = elementReader(dtype, all);
    for (let pattern = 1; pattern < PATTERNS_16; pattern++) {
      const count = counts[dtype][pattern]!;
      if (count === 0 || !Number.isFinite(value(pattern))) continue;
      single[0] = value(pattern);
      entries.push({ pattern: bits[0]!, count });
    }
  }
  return entries;
}

/** The 0-based ranks of the one or two middle ones of `total`. */
export function middleRanks(total: number): number[] {
  return total % 2 === 1 ? [(total - 1) / 2, (total - 1) / 2] : [total / 2 - 1, total / 2];
}

function rankIn(counts: Float64Array, rank: number): number {
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > rank);
}

function entryAt(entries: readonly Entry[], rank: number): number {
  let seen = 0;
  return entries.find(({ count }) => (seen += count) > rank)!.pattern;
}

function valueOf(pattern: number): number {
  return new Float32Array(Uint32Array.of(pattern).buffer)[0]!;
}
