/** The kernel in TypeScript: the same operations in the same order as assembly/kernel.ts. Change both together. */
import { FEW_ROW, fewTables, sumChanges, type FewSums } from './fewOrders';
import { MIN_EDGES } from '../edges';
import type { CodeRun, RadiusCodes } from '../radiusCodes';
import { rowMoments } from '../../stats/moments';
import type { AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';
import { digestOf } from './digest';
import { countDrawn, countDrawnWide, countShuffled, countShuffledWide, type Counters } from './nullDraws';
import {
  CELL_BITS,
  CODES,
  DIGEST_STEP,
  FOLD_BLOCK,
  LOG_PARTS,
  SUMS_AT_ONCE,
  largestOf,
  logTable,
  mantissaLogs,
  powersOf,
  powerTable,
  type CodeMatrix,
  type GridSums,
  type InputMatrix,
  type Kernel,
  type MomentOrders,
  type MomentsType,
  type NodeLists,
  type NodeWeighing,
  type PatternKind,
} from './kernel';

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The number with these bits. */
function valueOf(bits: number, dtype: MomentsType): number {
  if (dtype === 'F16') {
    if ((bits & 0x7c00) === 0x7c00) return NaN; // or infinite
    // Shifts the mantissa to 23 bits; the exponents start from another zero.
    singleBits[0] = (bits & 0x7fff) << 13;
    return (bits & 0x8000 ? -1 : 1) * single[0]! * 2 ** 112;
  }
  singleBits[0] = dtype === 'BF16' ? bits << 16 : bits;
  return single[0]!;
}

export class ReferenceKernel implements Kernel {
  readonly name = 'typescript';
  counts = new Uint32Array();
  #largest = 0;
  #codes = CODES;
  #input = new Uint8Array();
  #terms = { terms: new Float64Array(), length: 0 };
  #codes16: Uint16Array = new Uint16Array();
  #codes32: Uint32Array = new Uint32Array();

  begin(sources: number, largest: number, inputBytes: number, codes = CODES): void {
    this.#largest = largest;
    this.#codes = codes;
    this.counts = new Uint32Array(sources * codes);
    // Whole words, whatever is put there.
    if (this.#input.length < inputBytes) this.#input = new Uint8Array(Math.ceil(inputBytes / 8) * 8);
  }

  useCodes16(table: Uint16Array): void {
    this.#codes16 = table;
  }

  useCodes32(packed: Uint32Array): void {
    this.#codes32 = packed;
  }

  input(bytes: number): Uint8Array {
    return this.#input.subarray(0, bytes);
  }

  scaleInput(elements: number, offset: number, factor: number): void {
    const { buffer, byteOffset } = this.#input;
    const values = new Float32Array(buffer, byteOffset, elements);
    for (let i = 0; i < elements; i++) values[i] = offset + factor * values[i]!;
  }

  countRows(matrix: InputMatrix, firstSource: number): void {
    this.#count(matrix, (row) => (firstSource + row) * CODES, 0);
  }

  countColumns(matrix: InputMatrix, firstSource: number): void {
    this.#count(matrix, () => firstSource * CODES, CODES);
  }

  countCodes(
    { offset, rows, columns, size }: CodeMatrix,
    firstSource: number,
    nodes: 'rows' | 'columns',
  ): void {
    const { buffer, byteOffset } = this.#input;
    const codes = new Uint16Array(buffer, byteOffset + offset, rows * columns * size);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = (firstSource + (nodes === 'rows' ? row : column)) * this.#codes;
        for (let k = 0; k < size; k++, i++) this.counts[at + codes[i]!]!++;
      }
    }
  }

  countPatterns(elements: number, kind: PatternKind): void {
    const { buffer, byteOffset } = this.#input;
    const patterns = new (kind.bits === 16 ? Uint16Array : Uint32Array)(buffer, byteOffset, elements);
    for (let i = 0; i < elements; i++) {
      if (kind.bits === 16) this.counts[patterns[i]! & 0x7fff]!++;
      else {
        const pattern = patterns[i]! & 0x7fffffff;
        const cell = pattern >>> CELL_BITS;
        if (kind.cell === null) this.counts[cell]! += pattern === 0 ? 0 : 1;
        else if (cell === kind.cell) this.counts[pattern & (2 ** CELL_BITS - 1)]!++;
      }
    }
  }

  digestRows(rows: number, rowBytes: number, seed: bigint, sums: BigUint64Array): void {
    for (let row = 0; row < rows; row++) {
      const bytes = this.#input.subarray(row * rowBytes, (row + 1) * rowBytes);
      const [first, second] = digestOf(bytes, seed + BigInt(row) * DIGEST_STEP);
      sums[0]! += first;
      sums[1]! += second;
    }
  }

  fold(sources: number, codes: RadiusCodes, run: CodeRun, bins: number, orders: MomentOrders): GridSums {
    const sums: GridSums = {
      bins,
      nodes: 0,
      z: new Float64Array((bins + 1) * (orders.down + 1 + orders.up)),
      logSum: new Float64Array(bins + 1),
      occupied: new Float64Array(bins + 1),
      degrees: new Uint32Array(sources),
    };
    const powers = powerTable(this.#largest, orders.step);
    for (let from = 0; from < sources; from += FOLD_BLOCK) {
      this.#foldBlock(from, Math.min(FOLD_BLOCK, sources - from), codes, run, orders, powers, sums);
    }
    return sums;
  }

  foldFew(
    sources: number,
    { radius }: RadiusCodes,
    { first, last }: CodeRun,
    bins: number,
    orders: readonly number[],
  ): FewSums {
    const { powers, inverse } = fewTables(this.#largest, orders);
    const changes = new Float64Array(FEW_ROW * (bins + 1));
    let nodes = 0;
    for (let source = 0; source < sources; source++) {
      const row = source * this.#codes;
      let degree = 0;
      for (let code = first; code <= last; code++) degree += this.counts[row + code]!;
      if (degree <= MIN_EDGES) continue;
      nodes++;
      const total = FEW_ROW * (degree + 1);
      for (let i = 0; i < FEW_ROW; i++) changes[i]! += powers[FEW_ROW + i]! * inverse[total + i]!;
      let reached = 1;
      for (let code = first; code <= last; code++) {
        const edges = this.counts[row + code]!;
        if (edges === 0) continue;
        const [from, to] = [FEW_ROW * reached, FEW_ROW * (reached + edges)];
        const at = FEW_ROW * radius[code]!;
        for (let i = 0; i < FEW_ROW; i++)
          changes[at + i]! += (powers[to + i]! - powers[from + i]!) * inverse[total + i]!;
        reached += edges;
      }
    }
    return sumChanges(changes, nodes, orders);
  }

  listNodes(sources: number, { first, last }: CodeRun, most: number): NodeLists | null {
    const [codes, reached, ends, owners]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let source = 0; source < sources; source++) {
      const counts = this.counts.subarray(source * this.#codes + first, source * this.#codes + last + 1);
      if (counts.reduce((sum, edges) => sum + edges, 0) <= MIN_EDGES) continue;
      if (ends.length === most) return null;
      let below = 1;
      for (const [code, edges] of counts.entries()) {
        if (edges === 0) continue;
        codes.push(code);
        reached.push(below);
        below += edges;
      }
      codes.push(counts.length);
      reached.push(below);
      ends.push(codes.length);
      owners.push(source);
    }
    return {
      codes: Uint16Array.from(codes),
      reached: Uint32Array.from(reached),
      ends: Uint32Array.from(ends),
      sources: Uint32Array.from(owners),
    };
  }

  weighNodes(lists: NodeLists, { rows, inverse, q }: NodeWeighing): Float64Array {
    const largest = largestOf(lists);
    const [powers, opposite] = [powersOf(largest, q), powersOf(largest, -q)];
    let i = 0;
    return Float64Array.from(lists.ends, (end) => {
      let weight = 0;
      let before = inverse[0]!;
      for (; i < end; i++) {
        const sum = inverse[rows[lists.codes[i]!]!]!;
        weight += powers[lists.reached[i]!]! * (sum - before);
        before = sum;
      }
      return weight * opposite[lists.reached[end - 1]!]!;
    });
  }

  countShuffled(deck: Uint16Array, slots: Uint32Array, first: number, random: Random32): void {
    countShuffled(deck, slots, this.#from(first), random);
  }

  countDrawn(table: AliasTable, slots: Uint32Array, first: number, random: Random32): void {
    countDrawn(table, slots, this.#from(first), random);
  }

  countShuffledWide(
    ...[pool, tables, sources, first, random]: Parameters<Kernel['countShuffledWide']>
  ): void {
    countShuffledWide(pool, tables, sources, this.#from(first), random);
  }

  countDrawnWide(...[tables, edges, sources, first, random]: Parameters<Kernel['countDrawnWide']>): void {
    countDrawnWide(tables, edges, sources, this.#from(first), random);
  }

  #from(first: number): Counters {
    return { counts: this.counts.subarray(first * this.#codes), codes: this.#codes };
  }

  rowMoments(dtype: MomentsType, rows: number, width: number): Float64Array {
    const { buffer, byteOffset } = this.#input;
    const wide = dtype === 'F32';
    const patterns = new (wide ? Uint32Array : Uint16Array)(buffer, byteOffset, rows * width);
    const moments = new Float64Array(3 * rows);
    for (let row = 0; row < rows; row++) {
      const { count, mean, squares } = rowMoments(
        Float64Array.from({ length: width }, (_, i) => valueOf(patterns[row * width + i]!, dtype)),
      );
      moments.set([count, mean, squares], 3 * row);
    }
    return moments;
  }

  dimensions(sources: number, codes: RadiusCodes, run: CodeRun): Float64Array {
    const logs = logTable(Math.max(this.#largest, CODES));
    return Float64Array.from({ length: sources }, (_, source) => this.#dimension(source, codes, run, logs));
  }

  keepTerms(terms: Float64Array, length: number): void {
    this.#terms = { terms: terms.slice(), length };
  }

  weightedSums(weights: Float64Array): Float64Array {
    const { terms, length } = this.#terms;
    const count = terms.length / length;
    const sums = new Float64Array(SUMS_AT_ONCE * length);
    for (let row = 0; row < SUMS_AT_ONCE; row++) {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = 0; k < count; k++) sum += weights[row * count + k]! * terms[k * length + i]!;
        sums[row * length + i] = sum;
      }
    }
    return sums;
  }

  weightedLogs(values: Float64Array, weights: Float64Array): Float64Array | null {
    const columns = values.length / weights.length;
    const sums = new Float64Array(columns);
    const logs = mantissaLogs();
    for (const [i, value] of values.entries()) {
      if (!(value >= SMALLEST_NORMAL && value < Infinity)) return null;
      const column = i % columns;
      sums[column] = sums[column]! + weights[Math.floor(i / columns)]! * logOf(value, logs);
    }
    return sums;
  }

  #count(
    { offset, bits, rows, columns }: InputMatrix,
    rowBase: (row: number) => number,
    columnStep: number,
  ): void {
    const { buffer, byteOffset } = this.#input;
    const first = byteOffset + offset;
    const patterns = bits === 16 ? new Uint16Array(buffer, first) : new Uint32Array(buffer, first);
    for (let row = 0, i = 0; row < rows; row++) {
      let at = rowBase(row);
      for (let column = 0; column < columns; column++, i++, at += columnStep) {
        const pattern = patterns[i]!;
        const code =
          bits === 16
            ? this.#codes16[pattern & 0x7fff]!
            : (this.#codes32[(pattern & 0x7fffffff) >>> 12]! - (pattern & 4095)) >>> 12;
        this.counts[at + code]!++;
      }
    }
  }

  #foldBlock(
    from: number,
    sources: number,
    { radius }: RadiusCodes,
    { first, last }: CodeRun,
    orders: MomentOrders,
    powers: Float64Array,
    sums: GridSums,
  ): void {
    const { bins } = sums;
    const rows: number[] = [];
    const totals: number[] = [];
    for (let source = from; source < from + sources; source++) {
      const row = source * this.#codes;
      let degree = 0;
      for (let code = first; code <= last; code++) degree += this.counts[row + code]!;
      sums.degrees[source] = degree;
      if (degree <= MIN_EDGES) continue;
      rows.push(row);
      totals.push(degree + 1);
    }
    const nodes = totals.length;
    const padded = (nodes + 7) & ~7;
    const up = new Float64Array(padded);
    const down = new Float64Array(padded);
    const count = orders.down + 1 + orders.up;
    const reached = new Uint32Array(nodes).fill(1);
    for (let r = 1, code = first; r <= bins; r++) {
      for (; code <= last && radius[code] === r; code++) {
        for (let node = 0; node < nodes; node++) {
          const edges = this.counts[rows[node]! + code]!;
          reached[node]! += edges;
          sums.occupied[r]! += edges;
        }
      }
      let logs = 0;
      for (let node = 0; node < nodes; node++) {
        const n = 3 * reached[node]!;
        const m = 3 * totals[node]!;
        logs += powers[n]! - powers[m]!;
        up[node] = powers[n + 1]! * powers[m + 2]!;
        down[node] = powers[n + 2]! * powers[m + 1]!;
      }
      const zero = r * count + orders.down;
      sums.z[zero]! += nodes;
      addPowerSums(up, orders.up, sums.z, zero, 1);
      addPowerSums(down, orders.down, sums.z, zero, -1);
      sums.logSum[r]! += logs;
    }
    sums.nodes += nodes;
  }

  #dimension(source: number, { radius }: RadiusCodes, { first, last }: CodeRun, logs: Float64Array): number {
    const row = source * this.#codes;
    const xs: number[] = [];
    const ys: number[] = [];
    let reached = 1;
    let pending = false;
    for (let code = first; code <= last; code++) {
      const edges = this.counts[row + code]!;
      const r = radius[code]!;
      reached += edges;
      if (edges > 0 && r > 0) pending = true;
      if (!pending || (code < last && radius[code + 1] === r)) continue;
      pending = false;
      xs.push(logs[r]!);
      ys.push(logs[reached]!);
    }
    const points = xs.length;
    if (reached - 1 <= MIN_EDGES || points < 2) return NaN;
    const meanX = sumInLanes(points, (i) => xs[i]!) / points;
    const meanY = sumInLanes(points, (i) => ys[i]!) / points;
    const sxy = sumInLanes(points, (i) => (xs[i]! - meanX) * (ys[i]! - meanY));
    return sxy / sumInLanes(points, (i) => (xs[i]! - meanX) * (xs[i]! - meanX));
  }
}

const SMALLEST_NORMAL = 2 ** -1022;
const bits = new DataView(new ArrayBuffer(8));

/** The logarithm of a positive normal number, computed as in assembly/kernel.ts. */
function logOf(value: number, logs: Float64Array): number {
  bits.setFloat64(0, value);
  const upper = bits.getUint32(0);
  const part = (upper >>> 13) & (LOG_PARTS - 1);
  bits.setUint32(0, (upper & 0xfffff) | 0x3ff00000);
  const r = bits.getFloat64(0) * logs[2 * part]! - 1;
  const series = 1 / 2 - r * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6))));
  return ((upper >>> 20) - 1023) * Math.LN2 + logs[2 * part + 1]! + (r - r * r * series);
}

/** Σ term(i) in four lanes, as two vectors of two lanes compute it. */
function sumInLanes(count: number, term: (i: number) => number): number {
  const lanes = new Float64Array(4);
  for (let i = 0; i < count; i++) lanes[i & 3]! += term(i);
  return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
}

/** z[zero ± k] += Σ base^k for k = 1 … orders; the two sums of `even` and `odd` nodes are the lanes of a vector. */
function addPowerSums(
  base: Float64Array,
  orders: number,
  z: Float64Array,
  zero: number,
  direction: 1 | -1,
): void {
  const even = new Float64Array(orders + 1);
  const odd = new Float64Array(orders + 1);
  for (let node = 0; node < base.length; node += 8) {
    const b = base.subarray(node, node + 8);
    const p = b.slice();
    for (let k = 1; k <= orders; k++) {
      even[k] = even[k]! + (p[0]! + p[2]! + (p[4]! + p[6]!));
      odd[k] = odd[k]! + (p[1]! + p[3]! + (p[5]! + p[7]!));
      for (let i = 0; i < 8; i++) p[i] = p[i]! * b[i]!;
    }
  }
  for (let k = 1; k <= orders; k++) z[zero + direction * k]! += even[k]! + odd[k]!;
}
