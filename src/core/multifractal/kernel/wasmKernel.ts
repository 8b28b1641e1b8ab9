/** The kernel in WebAssembly: places everything in its memory and calls assembly/kernel.ts. */
import type { AliasTable } from '../../stats/alias';
import type { Random32 } from '../../stats/random32';
import { MIN_EDGES } from '../edges';
import type { DrawnTables, PoissonTables } from './nullDraws';
import type { CodeRun, RadiusCodes } from '../radiusCodes';
import { FEW_ROW, fewTables, sumChanges, type FewSums } from './fewOrders';
import {
  CODES,
  FOLD_BLOCK,
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
import kernelModule from './kernel.wasm';

/** Fixed places, as in assembly/kernel.ts. */
const CODES16 = 0x10000;
const CODES32 = 0x20000;
const LOGS = 0x229000;
const SCRATCH = 0x230000;
/** Reach of 256 nodes over 256 radii, after the smaller arrays. */
const SCRATCH_BYTES = 0xb400 + 256 * 4 * 256;
const HEAP = align(SCRATCH + SCRATCH_BYTES);
const PAGE = 65536;

interface Exports {
  rows16(source: number, rows: number, columns: number, counts: number): void;
  rows32(source: number, rows: number, columns: number, counts: number): void;
  columns16(source: number, rows: number, columns: number, counts: number): void;
  columns32(source: number, rows: number, columns: number, counts: number): void;
  rowsOfCodes(source: number, rows: number, columns: number, counts: number, codes: number): void;
  columnsOfCodes(
    ...args: [source: number, rows: number, columns: number, size: number, counts: number, codes: number]
  ): void;
  patterns16(source: number, elements: number, counts: number): void;
  cells32(source: number, elements: number, counts: number): void;
  within32(source: number, elements: number, cell: number, counts: number): void;
  scale32(source: number, elements: number, offset: number, factor: number): void;
  digestRows(source: number, rows: number, rowBytes: number, seed: bigint, sums: number): void;
  foldFew(
    ...args: [
      counts: number,
      codes: number,
      sources: number,
      first: number,
      last: number,
      radius: number,
      minEdges: number,
      powers: number,
      inverse: number,
      changes: number,
    ]
  ): number;
  listNodes(
    ...args: [
      counts: number,
      codes: number,
      sources: number,
      first: number,
      last: number,
      minEdges: number,
      most: number,
      listed: number,
      reached: number,
      ends: number,
      owners: number,
    ]
  ): number;
  weighNodes(
    ...args: [
      nodes: number,
      listed: number,
      reached: number,
      ends: number,
      rows: number,
      inverse: number,
      powers: number,
      opposite: number,
      weights: number,
    ]
  ): void;
  useStream(state: number): void;
  countShuffled(
    ...args: [cards: number, left: number, slots: number, sources: number, counts: number, codes: number]
  ): void;
  countDrawn(
    ...args: [
      own: number,
      other: number,
      columns: number,
      slots: number,
      sources: number,
      counts: number,
      codes: number,
    ]
  ): void;
  dealWide(
    ...args: [
      pool: number,
      least: number,
      start: number,
      own: number,
      other: number,
      sources: number,
      counts: number,
      codes: number,
      perSource: number,
      filled: number,
    ]
  ): number;
  evenWide(
    ...args: [
      sources: number,
      counts: number,
      codes: number,
      perSource: number,
      filled: number,
      spare: number,
    ]
  ): void;
  drawWide(
    ...args: [
      least: number,
      start: number,
      own: number,
      other: number,
      chancesOwn: number,
      chancesOther: number,
      columns: number,
      edges: number,
      sources: number,
      counts: number,
      codes: number,
      filled: number,
    ]
  ): void;
  momentsF16(from: number, rows: number, width: number, out: number): void;
  momentsBF16(from: number, rows: number, width: number, out: number): void;
  momentsF32(from: number, rows: number, width: number, out: number): void;
  foldBlock(
    ...args: [
      counts: number,
      codes: number,
      sources: number,
      first: number,
      last: number,
      radius: number,
      minEdges: number,
      powers: number,
      up: number,
      down: number,
      z: number,
      logSum: number,
      occupied: number,
      degrees: number,
      scratch: number,
    ]
  ): number;
  dimensions(
    ...args: [
      counts: number,
      codes: number,
      sources: number,
      first: number,
      last: number,
      radius: number,
      minEdges: number,
      logs: number,
      out: number,
      scratch: number,
    ]
  ): void;
  weightedSums(weights: number, count: number, terms: number, length: number, sums: number): void;
  weightedLogs(values: number, rows: number, columns: number, weights: number, sums: number): number;
}

export class WasmKernel implements Kernel {
  readonly name = 'wasm';
  readonly #memory: WebAssembly.Memory;
  readonly #exports: Exports;
  #sources = 0;
  #largest = 0;
  #codes = CODES;
  #countsAt = HEAP;
  #inputAt = HEAP;
  #inputBytes = 0;
  #codes16: Uint16Array | undefined;
  #codes32: Uint32Array | undefined;
  /** The results of weightedSums: allocating memory each time takes longer than a sum. */
  #sums = new Float64Array();
  #terms = { count: 0, length: 0, padded: 0, termsAt: 0, weightsAt: 0, sumsAt: 0, end: 0 };

  /** @throws WebAssembly.CompileError where SIMD is not supported. */
  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(HEAP / PAGE) });
    const abort = (): never => {
      throw new Error('the kernel aborted');
    };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(kernelModule), {
      env: { memory: this.#memory, abort },
    });
    this.#exports = instance.exports as unknown as Exports;
    const logs = mantissaLogs();
    this.#doubles(LOGS, logs.length).set(logs);
  }

  get counts(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#countsAt, this.#sources * this.#codes);
  }

  begin(sources: number, largest: number, inputBytes: number, codes = CODES): void {
    this.#sources = sources;
    this.#largest = largest;
    this.#codes = codes;
    this.#countsAt = HEAP;
    this.#inputAt = align(HEAP + 4 * codes * sources);
    this.#inputBytes = inputBytes;
    this.#terms.end = 0;
    this.#reserve(this.#inputAt + inputBytes);
    this.counts.fill(0);
  }

  useCodes16(table: Uint16Array): void {
    if (table === this.#codes16) return; // many small matrices come one after another
    this.#codes16 = table;
    const memory = new Uint8Array(this.#memory.buffer);
    memory.set(table, CODES16);
    memory.copyWithin(CODES16 + table.length, CODES16, CODES16 + table.length); // of negative patterns
  }

  useCodes32(packed: Uint32Array): void {
    if (packed === this.#codes32) return; // it is 2 MiB
    this.#codes32 = packed;
    new Uint32Array(this.#memory.buffer).set(packed, CODES32 / 4);
  }

  input(bytes: number): Uint8Array {
    if (bytes > this.#inputBytes) throw new RangeError(`${bytes} bytes do not fit the input`);
    return new Uint8Array(this.#memory.buffer, this.#inputAt, bytes);
  }

  scaleInput(elements: number, offset: number, factor: number): void {
    this.#exports.scale32(this.#inputAt, elements, offset, factor);
  }

  countRows({ offset, bits, rows, columns }: InputMatrix, firstSource: number): void {
    const count = bits === 16 ? 'rows16' : 'rows32';
    this.#exports[count](this.#inputAt + offset, rows, columns, this.#countsOf(firstSource));
  }

  countColumns({ offset, bits, rows, columns }: InputMatrix, firstSource: number): void {
    const count = bits === 16 ? 'columns16' : 'columns32';
    this.#exports[count](this.#inputAt + offset, rows, columns, this.#countsOf(firstSource));
  }

  countCodes(
    { offset, rows, columns, size }: CodeMatrix,
    firstSource: number,
    nodes: 'rows' | 'columns',
  ): void {
    const kernel = this.#exports;
    const [from, to] = [this.#inputAt + offset, this.#countsOf(firstSource)];
    if (nodes === 'rows') kernel.rowsOfCodes(from, rows, columns * size, to, this.#codes);
    else kernel.columnsOfCodes(from, rows, columns, size, to, this.#codes);
  }

  countPatterns(elements: number, kind: PatternKind): void {
    const kernel = this.#exports;
    if (kind.bits === 16) kernel.patterns16(this.#inputAt, elements, this.#countsAt);
    else if (kind.cell === null) kernel.cells32(this.#inputAt, elements, this.#countsAt);
    else kernel.within32(this.#inputAt, elements, kind.cell, this.#countsAt);
  }

  digestRows(rows: number, rowBytes: number, seed: bigint, sums: BigUint64Array): void {
    const inMemory = new BigUint64Array(this.#memory.buffer, SCRATCH, sums.length);
    inMemory.set(sums);
    this.#exports.digestRows(this.#inputAt, rows, rowBytes, seed, SCRATCH);
    sums.set(inMemory);
  }

  fold(sources: number, codes: RadiusCodes, run: CodeRun, bins: number, orders: MomentOrders): GridSums {
    const count = orders.down + 1 + orders.up;
    const lengths = [(bins + 1) * count, bins + 1, bins + 1];
    // The input is no longer needed: tables and sums replace it.
    const [radius, powers, z, logSum, occupied, degrees, end] = this.#places([
      2 * codes.radius.length,
      24 * (this.#largest + 1),
      ...lengths.map((length) => 8 * length),
      4 * sources,
    ]);
    this.#reserve(end!);
    this.#doubles(powers!, 3 * (this.#largest + 1)).set(powerTable(this.#largest, orders.step));
    for (const [i, at] of [z!, logSum!, occupied!].entries()) this.#doubles(at, lengths[i]!).fill(0);
    this.#setRadius(codes, radius!);
    let nodes = 0;
    for (let from = 0; from < sources; from += FOLD_BLOCK) {
      nodes += this.#exports.foldBlock(
        this.#countsOf(from),
        this.#codes,
        Math.min(FOLD_BLOCK, sources - from),
        run.first,
        run.last,
        radius!,
        MIN_EDGES,
        powers!,
        orders.up,
        orders.down,
        z!,
        logSum!,
        occupied!,
        degrees! + 4 * from,
        SCRATCH,
      );
    }
    return {
      bins,
      nodes,
      z: this.#doubles(z!, lengths[0]!).slice(),
      logSum: this.#doubles(logSum!, lengths[1]!).slice(),
      occupied: this.#doubles(occupied!, lengths[2]!).slice(),
      degrees: new Uint32Array(this.#memory.buffer, degrees, sources).slice(),
    };
  }

  foldFew(
    sources: number,
    codes: RadiusCodes,
    run: CodeRun,
    bins: number,
    orders: readonly number[],
  ): FewSums {
    const table = FEW_ROW * (this.#largest + 1);
    const length = FEW_ROW * (bins + 1);
    const [radius, powers, inverse, changes, end] = this.#places([
      2 * codes.radius.length,
      8 * table,
      8 * table,
      8 * length,
    ]);
    this.#reserve(end!);
    const tables = fewTables(this.#largest, orders);
    this.#doubles(powers!, table).set(tables.powers.subarray(0, table));
    this.#doubles(inverse!, table).set(tables.inverse.subarray(0, table));
    this.#doubles(changes!, length).fill(0);
    this.#setRadius(codes, radius!);
    const nodes = this.#exports.foldFew(
      this.#countsAt,
      this.#codes,
      sources,
      run.first,
      run.last,
      radius!,
      MIN_EDGES,
      powers!,
      inverse!,
      changes!,
    );
    return sumChanges(this.#doubles(changes!, length), nodes, orders);
  }

  listNodes(sources: number, { first, last }: CodeRun, most: number): NodeLists | null {
    const space = Math.min(sources, most);
    const entries = (space + 1) * (last - first + 2);
    // Pages that no entry comes to lie in are never touched.
    const [listed, reached, ends, owners, end] = this.#places([
      2 * entries,
      4 * entries,
      4 * space,
      4 * space,
    ]);
    this.#reserve(end!);
    const nodes = this.#exports.listNodes(
      this.#countsAt,
      this.#codes,
      sources,
      first,
      last,
      MIN_EDGES,
      space,
      listed!,
      reached!,
      ends!,
      owners!,
    );
    if (nodes > space) return null;
    const { buffer } = this.#memory;
    const listEnds = new Uint32Array(buffer, ends, nodes).slice();
    const length = listEnds.at(-1) ?? 0;
    return {
      codes: new Uint16Array(buffer, listed, length).slice(),
      reached: new Uint32Array(buffer, reached, length).slice(),
      ends: listEnds,
      sources: new Uint32Array(buffer, owners, nodes).slice(),
    };
  }

  weighNodes(lists: NodeLists, { rows, inverse, q }: NodeWeighing): Float64Array {
    const { codes, reached, ends } = lists;
    const largest = largestOf(lists);
    const arrays = [codes, reached, ends, rows, inverse, powersOf(largest, q), powersOf(largest, -q)];
    const weights = 8 * ends.length;
    const [listed, reachedAt, endsAt, rowsAt, inverseAt, powers, opposite, out] = this.#putAll(
      arrays,
      weights,
    ) as [number, number, number, number, number, number, number, number];
    const tables = [rowsAt, inverseAt, powers, opposite] as const;
    this.#exports.weighNodes(ends.length, listed, reachedAt, endsAt, ...tables, out);
    return this.#doubles(out, ends.length).slice();
  }

  countShuffled(deck: Uint16Array, slots: Uint32Array, first: number, random: Random32): void {
    const [cards, edges] = this.#put([deck, slots], random);
    const counts = this.#countsOf(first);
    this.#exports.countShuffled(cards!, deck.length, edges!, slots.length, counts, this.#codes);
  }

  countDrawn({ own, other }: AliasTable, slots: Uint32Array, first: number, random: Random32): void {
    const [ownAt, otherAt, edges] = this.#put([own, other, slots], random);
    const counts = this.#countsOf(first);
    this.#exports.countDrawn(
      ...([ownAt!, otherAt!, own.length, edges!, slots.length, counts, this.#codes] as const),
    );
  }

  countShuffledWide(
    pool: Uint32Array,
    { least, start, own, other }: PoissonTables,
    sources: number,
    first: number,
    random: Random32,
  ): void {
    const perSource = pool.reduce((sum, edges) => sum + edges, 0) / sources;
    const places = this.#put([pool, least, start, own, other, new Uint32Array(sources)], random);
    const [poolAt, leastAt, startAt, ownAt, otherAt, filled, behind] = places as [
      ...[number, number, number, number, number, number, number],
    ];
    const counts = this.#countsOf(first);
    const tables = [leastAt, startAt, ownAt, otherAt] as const;
    const into = [sources, counts, this.#codes] as const;
    const spare = this.#exports.dealWide(poolAt, ...tables, ...into, perSource, filled);
    this.#reserve(behind + 2 * spare);
    this.#exports.evenWide(...into, perSource, filled, behind);
  }

  countDrawnWide(
    { poisson, chances }: DrawnTables,
    edges: number,
    sources: number,
    first: number,
    random: Random32,
  ): void {
    const { least, start, own, other } = poisson;
    const filled = new Uint32Array(sources);
    const arrays = [least, start, own, other, chances.own, chances.other, filled];
    const [leastAt, startAt, ownAt, otherAt, chancesOwn, chancesOther, filledAt] = this.#put(arrays, random);
    const tables = [leastAt!, startAt!, ownAt!, otherAt!, chancesOwn!, chancesOther!] as const;
    const counts = this.#countsOf(first);
    this.#exports.drawWide(
      ...([...tables, chances.own.length, edges, sources, counts, this.#codes, filledAt!] as const),
    );
  }

  /**
   * Puts arrays where the input is, and begins a stream of words.
   * @returns their addresses, and the address after them
   */
  #put(
    arrays: readonly (Uint16Array | Uint32Array | Int32Array | Float64Array)[],
    random: Random32,
  ): number[] {
    const places = this.#putAll([...arrays, random.state]);
    this.#exports.useStream(places[arrays.length]!);
    return places.slice(0, -1);
  }

  /**
   * Puts arrays where the input is, with `more` bytes of space after them.
   * @returns their addresses, and the address after them
   */
  #putAll(arrays: readonly (Uint16Array | Uint32Array | Int32Array | Float64Array)[], more = 0): number[] {
    const places = this.#places(arrays.map(({ byteLength }) => byteLength));
    this.#reserve(places.at(-1)! + more);
    const bytes = new Uint8Array(this.#memory.buffer);
    for (const [i, { buffer, byteOffset, byteLength }] of arrays.entries())
      bytes.set(new Uint8Array(buffer, byteOffset, byteLength), places[i]);
    return places;
  }

  rowMoments(dtype: MomentsType, rows: number, width: number): Float64Array {
    const out = align(this.#inputAt + this.#inputBytes);
    this.#reserve(out + 24 * rows);
    this.#exports[`moments${dtype}`](this.#inputAt, rows, width, out);
    return this.#doubles(out, 3 * rows).slice();
  }

  dimensions(sources: number, codes: RadiusCodes, run: CodeRun): Float64Array {
    const logs = logTable(Math.max(this.#largest, CODES));
    const [radius, logsAt, out, end] = this.#places([2 * codes.radius.length, 8 * logs.length, 8 * sources]);
    this.#reserve(end!);
    this.#doubles(logsAt!, logs.length).set(logs);
    this.#setRadius(codes, radius!);
    this.#exports.dimensions(
      this.#countsAt,
      this.#codes,
      sources,
      run.first,
      run.last,
      radius!,
      MIN_EDGES,
      logsAt!,
      out!,
      SCRATCH,
    );
    return this.#doubles(out!, sources).slice();
  }

  keepTerms(terms: Float64Array, length: number): void {
    const count = terms.length / length;
    const padded = Math.ceil(length / SUMS_AT_ONCE) * SUMS_AT_ONCE;
    this.begin(0, 0, 0);
    const [termsAt, weightsAt, sumsAt, end] = this.#places(
      [count * padded, SUMS_AT_ONCE * count, SUMS_AT_ONCE * padded].map((doubles) => 8 * doubles),
    ) as [number, number, number, number];
    this.#reserve(end);
    for (let k = 0; k < count; k++) {
      const row = this.#doubles(termsAt + 8 * k * padded, padded);
      row.set(terms.subarray(k * length, (k + 1) * length));
      row.fill(0, length);
    }
    this.#terms = { count, length, padded, termsAt, weightsAt, sumsAt, end };
  }

  weightedSums(weights: Float64Array): Float64Array {
    const { count, length, padded, termsAt, weightsAt, sumsAt } = this.#terms;
    this.#doubles(weightsAt, weights.length).set(weights);
    this.#exports.weightedSums(weightsAt, count, termsAt, padded, sumsAt);
    if (this.#sums.length !== SUMS_AT_ONCE * length) this.#sums = new Float64Array(SUMS_AT_ONCE * length);
    const sums = this.#sums;
    for (let row = 0; row < SUMS_AT_ONCE; row++)
      sums.set(this.#doubles(sumsAt + 8 * row * padded, length), row * length);
    return sums;
  }

  weightedLogs(values: Float64Array, weights: Float64Array): Float64Array | null {
    const rows = weights.length;
    const columns = values.length / rows;
    const [valuesAt, weightsAt, sumsAt, end] = this.#places(
      [values.length, rows, columns].map((doubles) => 8 * doubles),
      Math.max(this.#inputAt, this.#terms.end),
    ) as [number, number, number, number];
    this.#reserve(end);
    this.#doubles(valuesAt, values.length).set(values);
    this.#doubles(weightsAt, rows).set(weights);
    const regular = this.#exports.weightedLogs(valuesAt, rows, columns, weightsAt, sumsAt);
    return regular ? this.#doubles(sumsAt, columns).slice() : null;
  }

  #countsOf(source: number): number {
    return this.#countsAt + 4 * this.#codes * source;
  }

  #setRadius({ radius }: RadiusCodes, at: number): void {
    new Uint16Array(this.#memory.buffer, at, radius.length).set(radius);
  }

  /** Addresses from `first` on for arrays of these sizes in bytes, and the end of the last. */
  #places(sizes: readonly number[], first = this.#inputAt): number[] {
    const places = [first];
    for (const size of sizes) places.push(align(places.at(-1)! + size));
    return places;
  }

  #doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, length);
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
  }
}

/** Rounds up to a cache line. */
function align(at: number): number {
  return Math.ceil(at / 64) * 64;
}
