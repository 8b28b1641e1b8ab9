/** The kernel against its twin (same bits) and against the plain counting and folding of the sampled path (1e-12). */
import { describe, expect, it } from 'vitest';
import { elementReader, type DType } from '../../../src/core/checkpoint/dtype';
import {
  CELL_BITS,
  CODES,
  patternCounts,
  PATTERN_SOURCES,
  SUMS_AT_ONCE,
  type Kernel,
  type MomentOrders,
  type PatternKind,
} from '../../../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import { codes16, codes32, radiusCodes } from '../../../src/core/multifractal/radiusCodes';
import { TRANSFER } from '../../../src/core/multifractal/transfer';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { PAPER_Q } from '../support/analyze';
import { expectAllClose } from '../support/close';
import { randomBits } from '../support/weights';
import { EdgeCounts, neuronFractalDimensions, partitionSums } from '../support/plain';

const ORDERS: MomentOrders = { step: 0.1, up: 30, down: 30 };
const FEW = [-3, -2.9, -0.1, 0.1, 3];

/** Counts a matrix with a kernel, all in one chunk, and folds it. */
function byKernel(
  kernel: Kernel,
  dtype: DType,
  bytes: Uint8Array,
  rows: number,
  columns: number,
  rowIsNode: boolean,
) {
  const bits = dtype === 'F32' ? 32 : 16;
  const [codes] = radiusCodes(TRANSFER.inv, 150);
  if (bits === 32) kernel.useCodes32(codes32(codes!).packed);
  else kernel.useCodes16(codes16(codes!, valueOf(dtype)));
  const nodes = rowIsNode ? rows : columns;
  kernel.begin(nodes, (rowIsNode ? columns : rows) + 1, bytes.length);
  kernel.input(bytes.length).set(bytes);
  const matrix = { offset: 0, bits, rows, columns } as const;
  if (rowIsNode) kernel.countRows(matrix, 0);
  else kernel.countColumns(matrix, 0);
  const counts = kernel.counts.slice();
  const lists = kernel.listNodes(nodes, codes!.spectrum!, nodes)!;
  const length = codes!.spectrum!.last - codes!.spectrum!.first + 1;
  const weighing = {
    rows: Uint32Array.from({ length: length + 1 }, (_, code) => code >>> 1),
    inverse: Float64Array.from({ length: (length >>> 1) + 1 }, (_, row) => row / 7),
  };
  return {
    counts,
    lists,
    tooMany: kernel.listNodes(nodes, codes!.spectrum!, lists.ends.length - 1),
    weights: [-3, 3].map((q) => kernel.weighNodes(lists, { ...weighing, q })),
    weighing,
    few: kernel.foldFew(nodes, codes!, codes!.spectrum!, 150, FEW),
    sums: kernel.fold(nodes, codes!, codes!.spectrum!, 150, ORDERS),
    nfd: kernel.dimensions(nodes, codes!, codes!.nfd!),
  };
}

function valueOf(dtype: DType): (bits: number) => number {
  return (bits) => elementReader(dtype, Uint8Array.of(bits & 255, bits >>> 8))(0);
}

/** The weights of nodes, each summed radius by radius. */
function plainWeights(
  { lists, weighing: { rows, inverse } }: ReturnType<typeof byKernel>,
  q: number,
): number[] {
  return Array.from(lists.ends, (end, node) => {
    const entries = Array.from(lists.codes.keys()).slice(node === 0 ? 0 : lists.ends[node - 1]!, end);
    let weight = 0;
    for (let row = 0; row < inverse.length - 1; row++) {
      const entry = entries.find((i) => rows[lists.codes[i]!]! > row)!;
      const mu = lists.reached[entry]! / lists.reached[end - 1]!;
      weight += mu ** q * (inverse[row + 1]! - inverse[row]!);
    }
    return weight;
  });
}

/** Every weight through the plain, one-by-one path. */
function plainly(dtype: DType, bytes: Uint8Array, rows: number, columns: number, rowIsNode: boolean) {
  const element = elementReader(dtype, bytes);
  const nodes = rowIsNode ? rows : columns;
  const spectrum = EdgeCounts.forSpectrum(nodes, 150);
  const nfd = EdgeCounts.forNfd(nodes);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const d = 1 / Math.abs(element(row * columns + column));
      spectrum.add(rowIsNode ? row : column, d);
      nfd.add(rowIsNode ? row : column, d);
    }
  }
  return { sums: partitionSums(spectrum, PAPER_Q), nfd: neuronFractalDimensions(nfd), spectrum };
}

const SHAPES = [
  [40, 64],
  [300, 37],
  [13, 515],
  [70, 33],
  [1, 11],
  [3, 5],
] as const;

describe.each(['F16', 'BF16', 'F32'] as const)('%s', (dtype) => {
  describe.each([true, false])('rows are nodes: %s', (rowIsNode) => {
    it.each(SHAPES)('%i × %i', (rows, columns) => {
      const bytes = randomBits(new Mt19937(rows * 1000 + columns), dtype, rows * columns);
      const wasm = byKernel(new WasmKernel(), dtype, bytes, rows, columns, rowIsNode);
      const twin = byKernel(new ReferenceKernel(), dtype, bytes, rows, columns, rowIsNode);
      const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
        a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));
      expect(same(wasm.counts, twin.counts)).toBe(true);
      expect(same(wasm.sums.z, twin.sums.z)).toBe(true);
      expect(same(wasm.sums.logSum, twin.sums.logSum)).toBe(true);
      expect(same(wasm.sums.occupied, twin.sums.occupied)).toBe(true);
      expect(same(wasm.sums.degrees, twin.sums.degrees)).toBe(true);
      expect(same(wasm.nfd, twin.nfd)).toBe(true);
      for (const field of ['codes', 'reached', 'ends', 'sources'] as const)
        expect(same(wasm.lists[field], twin.lists[field]), field).toBe(true);
      if (wasm.lists.ends.length > 0) expect([wasm.tooMany, twin.tooMany]).toEqual([null, null]);
      for (const [i, weights] of wasm.weights.entries()) {
        expect(same(weights, twin.weights[i]!)).toBe(true);
        expectAllClose(weights, plainWeights(wasm, [-3, 3][i]!), 'weights', 1e-12);
      }
      for (const field of ['z', 'logSum', 'occupied'] as const)
        expect(same(wasm.few[field], twin.few[field])).toBe(true);
      expect(same(wasm.few.occupied, wasm.sums.occupied)).toBe(true);
      expect([wasm.few.nodes, twin.few.nodes]).toEqual([wasm.sums.nodes, wasm.sums.nodes]);
      for (let radius = 1; radius <= 150; radius++) {
        const few = FEW.map((_, i) => wasm.few.z[radius * FEW.length + i]!);
        const all = FEW.map((order) => wasm.sums.z[radius * 61 + 30 + Math.round(10 * order)]!);
        expectAllClose(few, all, `few Z at r = ${radius}`, 1e-11);
      }
      expectAllClose(wasm.few.logSum.subarray(1), wasm.sums.logSum.subarray(1), 'few S', 1e-11);

      const plain = plainly(dtype, bytes, rows, columns, rowIsNode);
      expect(wasm.sums.nodes).toBe(plain.sums.nodes);
      expect([...wasm.sums.degrees]).toEqual([...plain.spectrum.degrees]);
      expect(Array.from(wasm.sums.occupied.keys()).filter((r) => wasm.sums.occupied[r]! > 0)).toEqual(
        plain.sums.radii,
      );
      for (const [row, radius] of plain.sums.radii.entries()) {
        const ours = wasm.sums.z.subarray(radius * 61, radius * 61 + 61);
        expectAllClose(ours, plain.sums.z.subarray(row * 61, row * 61 + 61), `Z at r = ${radius}`, 1e-12);
      }
      expectAllClose(
        plain.sums.radii.map((r) => wasm.sums.logSum[r]!),
        plain.sums.logSum,
        'S',
        1e-12,
      );
      const missing = (values: Float64Array): boolean[] => Array.from(values, Number.isNaN);
      expect(missing(wasm.nfd)).toEqual(missing(plain.nfd));
      expectAllClose(
        wasm.nfd.filter((v) => !Number.isNaN(v)),
        plain.nfd.filter((v) => !Number.isNaN(v)),
        'nfd',
        1e-12,
      );
    });
  });

  it('adds up over chunks, wherever they are cut', () => {
    const [rows, columns] = [50, 48];
    const bytes = randomBits(new Mt19937(7), dtype, rows * columns);
    const whole = byKernel(new WasmKernel(), dtype, bytes, rows, columns, false).counts;
    const kernel = new WasmKernel();
    const bits = dtype === 'F32' ? 32 : 16;
    const [codes] = radiusCodes(TRANSFER.inv, 150);
    if (bits === 32) kernel.useCodes32(codes32(codes!).packed);
    else kernel.useCodes16(codes16(codes!, valueOf(dtype)));
    const rowBytes = (columns * bits) / 8;
    kernel.begin(columns, rows + 1, rowBytes * 20);
    for (let row = 0; row < rows; row += 20) {
      const count = Math.min(20, rows - row);
      kernel.input(count * rowBytes).set(bytes.subarray(row * rowBytes, (row + count) * rowBytes));
      kernel.countColumns({ offset: 0, bits, rows: count, columns }, 0);
    }
    expect(Buffer.from(kernel.counts.slice().buffer).equals(Buffer.from(whole.buffer))).toBe(true);
    expect(whole.length).toBe(columns * CODES);
  });
});

describe('orders', () => {
  it.each([
    { step: 0.5, up: 6, down: 0 },
    { step: 0.25, up: 0, down: 8 },
    { step: 1, up: 2, down: 5 },
  ])('$down below and $up above 0 by $step', (orders) => {
    const bytes = randomBits(new Mt19937(3), 'F16', 64 * 64);
    const q = Array.from({ length: orders.down + 1 + orders.up }, (_, i) => (i - orders.down) * orders.step);
    const [codes] = radiusCodes(TRANSFER.inv, 150);
    const kernel = new WasmKernel();
    kernel.useCodes16(codes16(codes!, valueOf('F16')));
    kernel.begin(64, 65, bytes.length);
    kernel.input(bytes.length).set(bytes);
    kernel.countRows({ offset: 0, bits: 16, rows: 64, columns: 64 }, 0);
    const sums = kernel.fold(64, codes!, codes!.spectrum!, 150, orders);
    const spectrum = EdgeCounts.forSpectrum(64, 150);
    const element = elementReader('F16', bytes);
    for (let i = 0; i < 64 * 64; i++) spectrum.add(Math.floor(i / 64), 1 / Math.abs(element(i)));
    const plain = partitionSums(spectrum, q);
    for (const [row, r] of plain.radii.entries()) {
      expectAllClose(
        sums.z.subarray(r * q.length, (r + 1) * q.length),
        plain.z.subarray(row * q.length, (row + 1) * q.length),
        `Z at r = ${r}`,
        1e-12,
      );
    }
  });
});

describe('weighted sums', () => {
  it.each([
    [1, 1],
    [5, 7],
    [24, 64],
    [3, 1001],
  ])('of %i arrays of %i', (count, length) => {
    const random = new Mt19937(count * length);
    const terms = Float64Array.from({ length: count * length }, () => random.uint32() / 2 ** 16 - 2 ** 15);
    const weights = Float64Array.from({ length: SUMS_AT_ONCE * count }, () => random.interval(4));
    const [wasm, twin] = [new WasmKernel(), new ReferenceKernel()].map((kernel) => {
      kernel.keepTerms(terms, length);
      // Twice: the terms stay.
      kernel.weightedSums(weights.map((weight) => weight + 1));
      return kernel.weightedSums(weights);
    });
    expect([...wasm!]).toEqual([...twin!]);
    expect(wasm!.length).toBe(SUMS_AT_ONCE * length);
    for (const [i, sum] of wasm!.entries()) {
      const row = Math.floor(i / length);
      let plain = 0;
      for (let k = 0; k < count; k++) plain += weights[row * count + k]! * terms[k * length + (i % length)]!;
      expect(sum).toBe(plain);
    }
  });
});

describe('input', () => {
  it('takes words of 32 bits after fewer bytes than make whole ones', () => {
    for (const kernel of [new WasmKernel(), new ReferenceKernel()]) {
      kernel.begin(1, 10, 70);
      const [codes] = radiusCodes(TRANSFER.inv, 150);
      kernel.useCodes32(codes32(codes!).packed);
      kernel.input(12).set(new Uint8Array(Float32Array.of(0.5, -0.5, 0.5).buffer));
      kernel.countRows({ offset: 0, bits: 32, rows: 1, columns: 3 }, 0);
      expect(kernel.counts[codes!.codeOf(0.5)]).toBe(3);
    }
  });
});

describe('scaled input', () => {
  it.each([1, 2, 5, 64])('%i numbers: offset + factor · x, rounded once', (count) => {
    const numbers = Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1) * 3);
    const scaled = [new WasmKernel(), new ReferenceKernel()].map((kernel) => {
      kernel.begin(1, 2, 4 * count);
      const bytes = kernel.input(4 * count);
      const input = new Float32Array(bytes.buffer, bytes.byteOffset, count);
      input.set(numbers);
      kernel.scaleInput(count, 1e-3, 0.02);
      return [...input];
    });
    const expected = [...numbers].map((x) => Math.fround(1e-3 + 0.02 * x));
    expect(scaled).toEqual([expected, expected]);
  });
});

describe('weighted logarithms', () => {
  const generator = new Mt19937(34);
  const uniform = (): number => (generator.uint32() + 0.5) / 2 ** 32;
  /** Positive numbers of every magnitude, and some near 1, where logarithms nearly vanish. */
  const numbers = (count: number): Float64Array =>
    new Float64Array(count).map((_, i) =>
      i % 3 === 0
        ? 1 + (uniform() - 0.5) * 2 ** -20
        : (1 + uniform()) * 2 ** (Math.floor(uniform() * 2046) - 1022),
    );

  it.each([1, 2, 7, 60, 61])('%i columns: the same bits from both kernels', (columns) => {
    const values = numbers(columns * 53);
    const weights = new Float64Array(53).map(() => uniform() - 0.5);
    const [plain, wasm] = [new ReferenceKernel(), new WasmKernel()].map((kernel) => {
      kernel.begin(3, 100, 64);
      return kernel.weightedLogs(values, weights);
    });
    expect(wasm).toEqual(plain);
    for (let column = 0; column < columns; column++) {
      let exact = 0;
      let size = 0;
      for (const [row, weight] of weights.entries()) {
        const term = weight * Math.log(values[row * columns + column]!);
        exact += term;
        size += Math.max(Math.abs(weight), Math.abs(term));
      }
      expect(Math.abs(wasm![column]! - exact)).toBeLessThanOrEqual(1e-15 * size);
    }
  });

  it('each logarithm is right to 4.5e-16, of itself or of 1', () => {
    const kernel = new WasmKernel();
    const values = Float64Array.of(
      ...numbers(4000),
      2 ** -1022,
      Number.MAX_VALUE,
      0.5,
      2,
      1 - 2 ** -53,
      1 + 2 ** -52,
    );
    const logs = kernel.weightedLogs(values, Float64Array.of(1))!;
    for (const [i, value] of values.entries()) {
      const exact = Math.log(value);
      expect(Math.abs(logs[i]! - exact)).toBeLessThanOrEqual(4.5e-16 * Math.max(1, Math.abs(exact)));
    }
  });

  it('leaves what is kept for weighted sums as it is', () => {
    const terms = numbers(5 * 12).map((value) => (value < 1e100 ? value : 1));
    const weights = new Float64Array(5 * SUMS_AT_ONCE).map(uniform);
    const kernel = new WasmKernel();
    kernel.keepTerms(terms, 12);
    const before = kernel.weightedSums(weights).slice();
    kernel.weightedLogs(numbers(40_000), new Float64Array(100).fill(1));
    expect(kernel.weightedSums(weights)).toEqual(before);
  });

  it.each([0, -1, 2 ** -1023, Infinity, NaN])('%d is not its business', (value) => {
    for (const at of [0, 1, 6]) {
      const values = new Float64Array(7).fill(2);
      values[at] = value;
      expect(new WasmKernel().weightedLogs(values, Float64Array.of(1))).toBeNull();
      expect(new ReferenceKernel().weightedLogs(values, Float64Array.of(1))).toBeNull();
    }
  });
});

describe('bit patterns', () => {
  const kinds: PatternKind[] = [
    { bits: 16 },
    { bits: 32, cell: null },
    { bits: 32, cell: 0x3f800000 >>> 15 },
  ];
  it.each(kinds)('%j', (kind) => {
    const dtype = kind.bits === 16 ? 'F16' : 'F32';
    const expected = new Map<number, number>();
    // Odd counts too: the input is taken several elements at a time.
    const inputs = [1000, 7, 1].map((count) => randomBits(new Mt19937(count), dtype, count));
    for (const bytes of inputs) {
      const patterns = kind.bits === 16 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
      for (const bits of patterns) {
        const pattern = kind.bits === 16 ? bits & 0x7fff : bits & 0x7fffffff;
        const cell = pattern >>> CELL_BITS;
        if (kind.bits === 32 && kind.cell === null && pattern === 0) continue;
        if (kind.bits === 32 && kind.cell !== null && cell !== kind.cell) continue;
        const index = kind.bits === 16 ? pattern : kind.cell === null ? cell : pattern & (2 ** CELL_BITS - 1);
        expected.set(index, (expected.get(index) ?? 0) + 1);
      }
    }
    for (const kernel of [new WasmKernel(), new ReferenceKernel()]) {
      kernel.begin(PATTERN_SOURCES, 0, 4000);
      for (const bytes of inputs) {
        kernel.input(bytes.length).set(bytes);
        kernel.countPatterns((8 * bytes.length) / kind.bits, kind);
      }
      const found = [...patternCounts(kernel, kind).entries()].filter(([, count]) => count > 0);
      expect(new Map(found), kernel.name).toEqual(expected);
    }
  });
});
