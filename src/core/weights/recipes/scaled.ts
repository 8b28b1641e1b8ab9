/**
 * Weights that are stored as codes of a few bits, with scales beside them; decoded to float32. A value is (code − zero)
 * · scale, or code · scale + bias, where a table may replace codes; it is rounded once to float32 from the exact
 * product, as the libraries that wrote the codes compute it in float32.
 */
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { readAt } from '../../storage/storage';
import type { StampedFile } from '../../storage/stamp';
import type { OpenFile } from '../openFile';
import { codesBytes, rowsOfWords, storedReader, unpack, type Codes } from './codes';
import { floatsIn, storedBytesOf, wordsOf } from './floats';
import { decodeRun, valuesByCode, type Decoding, type Run } from './decodeRun';
import { isReadPacked, lookUpBytes, lookUpGathered, lookUpPacked, type RowTables } from './lookUp';
import { decodeColumns, decodeColumnsEach } from './perColumn';
import { numbersBytes, numbersReader, type Grid, type PlainNumbers } from './grid';
import type { RecipeKind } from './recipe';
import { tableOf, type TableName } from './tables';

/** 32-bit integers. */
export interface Indices {
  file: StampedFile;
  offset: number;
  tensor: string;
  /** Upper bound (exclusive). */
  below: number;
}

/** Zeros on the grid of the scales. */
export interface StoredZeros {
  codes: Codes;
  /** Added to what is stored. */
  plus: number;
  /** Whether they are signed. */
  signed: boolean;
}

export interface ScaledRecipe {
  kind: 'scaled';
  /** Number of rows of the matrix; matrices of a stack are concatenated. */
  rows: number;
  codes: Codes;
  /** Values by code; absent where codes are values. */
  table?: TableName | PlainNumbers;
  /** Absent where all are 1. */
  scales?: Grid;
  /** Subtracted from codes: one number, or one for each scale. */
  zeros?: number | StoredZeros;
  /** Added to products, on the grid of the scales. */
  biases?: Grid['numbers'];
  /** For each row, or each column, the row or column of the grid; consecutive where absent. */
  rowGroups?: Indices;
  columnGroups?: Indices;
  /** Factor for all values after they are rounded; the product is rounded again (bitsandbytes' 1/127). */
  factor?: number;
}

/** Number of elements to decode at once, where rows are not longer: codes and values stay in the processor's cache. */
const ELEMENTS_AT_ONCE = 2 ** 15;
/**
 * Number of cached numbers of a grid whose rows are used in any order: all of a matrix of 8,192 × 28,672 in groups of
 * 128.
 */
const NUMBERS_HELD = 2 ** 21;
/** A table of values is computed where at least this many codes are looked up for each value. */
const CODES_PER_VALUE = 2;
/** The same for a product and a sum, which are nearly as fast as a lookup. */
const CODES_PER_SUM = 4;
const ELEMENTS_PER_SECOND = 2e8;
const FLOAT = Float32Array.BYTES_PER_ELEMENT;

/** Number of rows to decode at once: those that share words belong together. */
function rowsAtOnce(codes: Codes): number {
  const rows = rowsOfWords(codes);
  return rows * Math.max(1, Math.floor(ELEMENTS_AT_ONCE / (rows * codes.columns)));
}

/** Number of cached rows of the grid, where they are used in any order. */
function gridRowsHeld(codes: Codes, { below }: Indices, { columns }: Grid): number {
  return Math.min(below, Math.max(rowsAtOnce(codes), Math.floor(NUMBERS_HELD / columns)));
}

export const SCALED: RecipeKind<ScaledRecipe> = {
  open(recipe, _, files) {
    const { columns } = recipe.codes;
    const together = rowsAtOnce(recipe.codes);
    const decoder = new Decoder(recipe, files);
    const values = new Float32Array(Math.min(together, recipe.rows) * columns);
    return {
      read(first, into) {
        const end = first + into.length / FLOAT;
        for (let from = first; from < end;) {
          const row = Math.floor(from / columns);
          const rows = Math.min(together - (row % together), Math.ceil(end / columns) - row);
          const to = Math.min(end, (row + rows) * columns);
          const own = floatsIn(into, (from - first) * FLOAT, to - from);
          if (own && to - from === rows * columns) {
            decoder.read(row, own);
            storedBytesOf(own);
            from = to;
            continue;
          }
          decoder.read(row, values.subarray(0, rows * columns));
          const wanted = values.subarray(from - row * columns, to - row * columns);
          into.set(storedBytesOf(wanted), (from - first) * FLOAT);
          from = to;
        }
      },
    };
  },
  storedBytes(recipe, _, first, elements) {
    const { codes, scales, zeros, biases, rowGroups, columnGroups } = recipe;
    if (elements === 0) return 0;
    const row = Math.floor(first / codes.columns);
    const rows = Math.ceil((first + elements) / codes.columns) - row;
    const { rowsEach = 1, columns = 0 } = scales ?? {};
    const gridRows = rowGroups
      ? Math.min(rows, rowGroups.below)
      : Math.ceil((row + rows) / rowsEach) - Math.floor(row / rowsEach);
    return (
      codesBytes(codes, row, rows) +
      (scales ? numbersBytes(scales.numbers, gridRows * columns) : 0) +
      (biases ? numbersBytes(biases, gridRows * columns) : 0) +
      (typeof zeros === 'object' ? codesBytes(zeros.codes, Math.floor(row / rowsEach), gridRows) : 0) +
      (rowGroups ? 4 * rows : 0) +
      (columnGroups ? 4 * codes.columns : 0)
    );
  },
  // Codes as stored and one per byte, values, a scale and an addend for each column, and tables.
  heldBytes: ({ codes, scales, rowGroups }) =>
    Math.max(ELEMENTS_AT_ONCE, rowsAtOnce(codes) * codes.columns) * (4 + 1 + FLOAT) +
    codes.columns * (4 + 4 * Float64Array.BYTES_PER_ELEMENT) +
    (ELEMENTS_AT_ONCE / CODES_PER_VALUE + 256) * FLOAT +
    (rowGroups && scales
      ? 2 * gridRowsHeld(codes, rowGroups, scales) * scales.columns * Float64Array.BYTES_PER_ELEMENT
      : 0),
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

const NONE = new Float64Array(0);

/** @param codes number of codes per range of values. */
function tablesOf(runs: number, codes: number, own: Decoding): RowTables & { values: Float32Array } {
  const values = new Float32Array(runs * codes);
  const bases = own.columnGroups && Int32Array.from(own.columnGroups, (group) => group * codes);
  return { values, words: new Int32Array(values.buffer), each: own.each, bases };
}

/** Cached rows of the grid: scales, and zeros or biases. */
interface HeldGrid {
  scales: Float64Array;
  others: Float64Array | null;
}

class Decoder {
  readonly #stored;
  readonly #scales;
  readonly #biases;
  readonly #zeros;
  readonly #decoding: Decoding;
  /** Consecutive rows of the grid. */
  #held: (HeldGrid & { first: number; rows: number }) | null = null;
  /** Other rows, and where each of them is in memory. */
  #scattered: HeldGrid | null = null;
  readonly #places = new Map<number, number>();
  #unpacked = new Uint8Array(0);
  #tables: (RowTables & { values: Float32Array }) | null = null;

  constructor(
    private readonly recipe: ScaledRecipe,
    private readonly files: OpenFile,
  ) {
    const { codes, table, scales, biases, zeros, columnGroups, factor } = recipe;
    this.#stored = storedReader(codes, files);
    this.#scales = scales && numbersReader(scales.numbers, files);
    this.#biases = biases && numbersReader(biases, files);
    this.#zeros = typeof zeros === 'object' ? storedReader(zeros.codes, files) : undefined;
    this.#decoding = {
      table:
        table === undefined
          ? null
          : typeof table === 'string'
            ? tableOf(table)
            : numbersReader(table, files)(0, 2 ** codes.bits),
      columns: codes.columns,
      each: scales?.columnsEach ?? codes.columns,
      columnGroups: columnGroups ? this.#indices(columnGroups, 0, codes.columns) : null,
      isBias: biases !== undefined,
      zero: typeof zeros === 'number' ? zeros : 0,
      factor: factor ?? null,
    };
  }

  /** Fills `out` with whole rows from row `first` on. */
  read(first: number, out: Float32Array): void {
    const { codes, scales, rowGroups } = this.recipe;
    const { columns } = codes;
    const rows = out.length / columns;
    const stored = this.#stored(first, rows);
    if (!scales) {
      const run = { codes: this.#codes(first, stored, out.length), out, scales: null, others: null };
      decodeRun(this.#decoding, run, 0, out.length, 0);
      return;
    }
    if (rowGroups) {
      const places = this.#placesOf(this.#indices(rowGroups, first, rows), rowGroups, scales);
      const grid = this.#scattered!;
      if (this.#isByColumn()) {
        const numbers = { scales: grid.scales, zeros: grid.others! };
        decodeColumnsEach(codes, wordsOf(stored), first, numbers, places, out);
        return;
      }
      const decodeRows = this.#way(first, stored, out, 1);
      for (const [row, place] of places.entries()) decodeRows(row, row + 1, grid, place);
      return;
    }
    const { rowsEach } = scales;
    this.#load(Math.floor(first / rowsEach), Math.ceil((first + rows) / rowsEach));
    const held = this.#held!;
    const decodeRows = this.#way(first, stored, out, Math.min(rows, rowsEach));
    for (let row = 0; row < rows;) {
      const group = Math.floor((first + row) / rowsEach);
      const end = Math.min(rows, (group + 1) * rowsEach - first);
      decodeRows(row, end, held, (group - held.first) * scales.columns);
      row = end;
    }
  }

  /** This many codes, one per byte. */
  #codes(first: number, stored: Uint8Array, count: number): Uint8Array {
    const { codes } = this.recipe;
    if (codes.bits === 8 && codes.packing === 'row') return stored;
    if (this.#unpacked.length < count) this.#unpacked = new Uint8Array(count);
    const unpacked = this.#unpacked.subarray(0, count);
    unpack(codes, first, stored, unpacked);
    return unpacked;
  }

  /**
   * Chooses the fastest way from stored codes to values; all ways give the same values.
   * @param sharing number of rows that use the same numbers of the grid.
   * @returns a function that decodes rows up to `end`, whose numbers begin at `group`.
   */
  #way(
    first: number,
    stored: Uint8Array,
    out: Float32Array,
    sharing: number,
  ): (row: number, end: number, grid: HeldGrid, group: number) => void {
    const { codes, scales, rowGroups } = this.recipe;
    const { columns, bits } = codes;
    const own = this.#decoding;
    if (this.#isByColumn()) {
      const words = wordsOf(stored);
      return (row, end, { scales, others }, from) => {
        decodeColumns(codes, words, first, row, end, { scales, zeros: others! }, from, out);
      };
    }
    const values = 2 ** bits;
    const least = (own.isBias ? CODES_PER_SUM : CODES_PER_VALUE) * scales!.columns * values;
    if (!rowGroups && least <= sharing * columns) {
      const tables = (this.#tables ??= tablesOf(scales!.columns, values, own));
      const into = new Int32Array(out.buffer, out.byteOffset, out.length);
      const eights = isReadPacked(codes, tables) ? wordsOf(stored) : null;
      const each = eights ? null : this.#codes(first, stored, out.length);
      return (row, end, grid, group) => {
        valuesByCode(own, grid, group, scales!.columns, values, tables.values);
        for (; row < end; row++) {
          const at = row * columns;
          if (eights) lookUpPacked(codes, tables, eights, row, into, at);
          else if (!tables.bases) lookUpBytes(each!, tables.words, tables.each, values, into, at, columns);
          else lookUpGathered(each!, tables.words, tables.bases, into, at);
        }
      };
    }
    const unpacked = this.#codes(first, stored, out.length);
    return (row, end, grid, group) => {
      const run: Run = { codes: unpacked, out, ...grid };
      for (; row < end; row++) decodeRun(own, run, row * columns, (row + 1) * columns, group);
    };
  }

  /** Whether codes are decoded from their words, column by column. */
  #isByColumn(): boolean {
    const { packing } = this.recipe.codes;
    const { table, factor } = this.#decoding;
    return (packing === 'column' || packing === 'awq') && !!this.#zeros && !table && factor === null;
  }

  #indices({ file, offset, tensor, below }: Indices, first: number, count: number): Uint32Array {
    const bytes = new Uint8Array(4 * count);
    readAt(this.files(file), offset + 4 * first, bytes);
    const indices = wordsOf(bytes);
    const wrong = indices.find((index) => index >= below);
    if (wrong === undefined) return indices;
    const cause = `${shortened(tensor)} names the group ${wrong | 0} of ${below}`;
    throw new NeuroMfaError('damaged', file.path, cause, 'Save or download it again');
  }

  /** Caches rows of the grid up to `end`. */
  #load(first: number, end: number): void {
    const held = this.#held;
    if (held && held.first <= first && end <= held.first + held.rows) return;
    this.#held = { first, rows: end - first, ...this.#grid(first, end - first) };
  }

  /** Where the numbers of these rows of the grid begin in memory; all of them stay there until the next call. */
  #placesOf(groups: Uint32Array, indices: Indices, scales: Grid): Uint32Array {
    const { columns } = scales;
    const missing = [...new Set(groups)].filter((group) => !this.#places.has(group));
    const most = gridRowsHeld(this.recipe.codes, indices, scales);
    if (this.#places.size + missing.length > most) {
      this.#places.clear();
      return this.#placesOf(groups, indices, scales);
    }
    for (const group of missing) {
      const { scales: own, others } = this.#grid(group, 1);
      this.#scattered ??= {
        scales: new Float64Array(most * columns),
        others: others && new Float64Array(most * columns),
      };
      const place = this.#places.size * columns;
      this.#scattered.scales.set(own, place);
      this.#scattered.others?.set(others ?? NONE, place);
      this.#places.set(group, place);
    }
    return groups.map((group) => this.#places.get(group)!);
  }

  /** Reads rows of the grid. */
  #grid(first: number, rows: number): HeldGrid {
    const { scales, zeros } = this.recipe;
    const [from, count] = [first * scales!.columns, rows * scales!.columns];
    let others = this.#biases?.(from, count) ?? null;
    if (this.#zeros && typeof zeros === 'object') {
      const codes = new Uint8Array(count);
      unpack(zeros.codes, first, this.#zeros(first, rows), codes);
      others = new Float64Array(count);
      const half = zeros.signed ? 2 ** (zeros.codes.bits - 1) : Infinity;
      for (let i = 0; i < count; i++) {
        const code = codes[i]!;
        others[i] = (code < half ? code : code - 2 * half) + zeros.plus;
      }
    }
    return { scales: this.#scales!(from, count), others };
  }
}
