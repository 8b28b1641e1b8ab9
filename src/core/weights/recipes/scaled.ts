/**
 * Weights that are stored as codes of a few bits, with scales beside them; handed over as float32. A value is
 *   (code − zero) · scale, or code · scale + bias, where a table may say what codes stand for,
 * rounded once to float32 from the exact product, as the libraries that wrote the codes compute it in float32.
 */
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { readAt } from '../../storage/storage';
import type { StampedFile } from '../../storage/stamp';
import type { OpenFile } from '../rowSource';
import { codesBytes, codesReader, type Codes } from './codes';
import { storedBytesOf, wordsOf } from './floats';
import { numbersBytes, numbersReader, type Grid, type PlainNumbers } from './grid';
import type { RecipeKind } from './recipe';
import { tableOf, type TableName } from './tables';

/** Whole numbers of 32 bits. */
export interface Indices {
  file: StampedFile;
  offset: number;
  tensor: string;
  /** All are smaller. */
  below: number;
}

/** Zeros with the grid of the scales. */
export interface StoredZeros {
  codes: Codes;
  /** To be added to what is stored. */
  plus: number;
  /** Whether they are signed. */
  signed: boolean;
}

export interface ScaledRecipe {
  kind: 'scaled';
  /** Of the matrix; those of a stack follow each other. */
  rows: number;
  codes: Codes;
  /** What codes stand for; themselves where nothing is said. */
  table?: TableName | PlainNumbers;
  /** 1 where there are none. */
  scales?: Grid;
  /** What is taken from a code: one number, or one for each scale. */
  zeros?: number | StoredZeros;
  /** What is added, with the grid of the scales. */
  biases?: Grid['numbers'];
  /** Of each row, or of each column, the row or column of the grid; in turn where nothing is said. */
  rowGroups?: Indices;
  columnGroups?: Indices;
  /** Of all values, after they are rounded; the product is rounded again (bitsandbytes' 1/127). */
  factor?: number;
}

/** Decoded at once, where a row is not longer. */
const ELEMENTS_AT_ONCE = 2 ** 16;
const ELEMENTS_PER_SECOND = 2e8;
const FLOAT = Float32Array.BYTES_PER_ELEMENT;

export const SCALED: RecipeKind<ScaledRecipe> = {
  open(recipe, _, files) {
    const { columns } = recipe.codes;
    const together = Math.max(1, Math.floor(ELEMENTS_AT_ONCE / columns));
    const decoder = new Decoder(recipe, files);
    const values = new Float32Array(Math.min(together, recipe.rows) * columns);
    return {
      read(first, into) {
        const end = first + into.length / FLOAT;
        for (let from = first; from < end;) {
          const row = Math.floor(from / columns);
          const rows = Math.min(together, Math.ceil(end / columns) - row);
          decoder.read(row, values.subarray(0, rows * columns));
          const to = Math.min(end, (row + rows) * columns);
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
    const gridRows = rowGroups ? rows : Math.ceil((row + rows) / rowsEach) - Math.floor(row / rowsEach);
    return (
      codesBytes(codes, row, rows) +
      (scales ? numbersBytes(scales.numbers, gridRows * columns) : 0) +
      (biases ? numbersBytes(biases, gridRows * columns) : 0) +
      (typeof zeros === 'object' ? codesBytes(zeros.codes, Math.floor(row / rowsEach), gridRows) : 0) +
      (rowGroups ? 4 * rows : 0) +
      (columnGroups ? 4 * codes.columns : 0)
    );
  },
  // Codes as they are stored and a byte each, values, and for each column a scale and what is taken or added.
  heldBytes: ({ codes: { columns } }) =>
    Math.max(ELEMENTS_AT_ONCE, columns) * (4 + 1 + FLOAT) +
    columns * (4 + 4 * Float64Array.BYTES_PER_ELEMENT),
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

const ONE = Float64Array.of(1);

/** Numbers of one row of the grid. */
interface GridRow {
  scales: Float64Array;
  /** Zeros or biases; null where there are none, or one for all. */
  others: Float64Array | null;
}

class Decoder {
  readonly #codes;
  readonly #table: Float64Array | null;
  readonly #scales;
  readonly #biases;
  readonly #zeros;
  readonly #columnGroups: Uint32Array | null;
  #grid: { first: number; rows: number; scales: Float64Array; others: Float64Array | null } | null = null;

  constructor(
    private readonly recipe: ScaledRecipe,
    private readonly files: OpenFile,
  ) {
    const { codes, table, scales, biases, zeros, columnGroups } = recipe;
    this.#codes = codesReader(codes, files);
    this.#table =
      table === undefined
        ? null
        : typeof table === 'string'
          ? tableOf(table)
          : numbersReader(table, files)(0, 2 ** codes.bits);
    this.#scales = scales && numbersReader(scales.numbers, files);
    this.#biases = biases && numbersReader(biases, files);
    this.#zeros = typeof zeros === 'object' ? codesReader(zeros.codes, files) : undefined;
    this.#columnGroups = columnGroups ? this.#indices(columnGroups, 0, codes.columns) : null;
  }

  /** Fills `out` with whole rows from row `first` on. */
  read(first: number, out: Float32Array): void {
    const { codes, scales, rowGroups } = this.recipe;
    const { columns } = codes;
    const rows = out.length / columns;
    const packed = new Uint8Array(out.length);
    this.#codes(first, packed);
    const groups = rowGroups ? this.#indices(rowGroups, first, rows) : null;
    const rowsEach = scales?.rowsEach ?? 1;
    if (!groups) this.#load(Math.floor(first / rowsEach), Math.ceil((first + rows) / rowsEach));
    for (let row = 0; row < rows; row++) {
      const own = packed.subarray(row * columns, (row + 1) * columns);
      const grid = this.#row(groups ? groups[row]! : Math.floor((first + row) / rowsEach));
      this.#decode(own, grid, out.subarray(row * columns, (row + 1) * columns));
    }
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

  /** Reads rows of the grid up to `end`. */
  #load(first: number, end: number): void {
    const { scales, zeros } = this.recipe;
    if (!scales || (this.#grid && this.#grid.first <= first && end <= this.#grid.first + this.#grid.rows))
      return;
    const rows = end - first;
    const [from, count] = [first * scales.columns, rows * scales.columns];
    let others = this.#biases?.(from, count) ?? null;
    if (this.#zeros && typeof zeros === 'object') {
      const codes = new Uint8Array(count);
      this.#zeros(first, codes);
      others = new Float64Array(count);
      const half = zeros.signed ? 2 ** (zeros.codes.bits - 1) : Infinity;
      for (let i = 0; i < count; i++) {
        const code = codes[i]!;
        others[i] = (code < half ? code : code - 2 * half) + zeros.plus;
      }
    }
    this.#grid = { first, rows, scales: this.#scales!(from, count), others };
  }

  #row(index: number): GridRow {
    const { scales } = this.recipe;
    if (!scales) return { scales: ONE, others: null };
    this.#load(index, index + 1);
    const { first, scales: all, others } = this.#grid!;
    const [from, to] = [(index - first) * scales.columns, (index - first + 1) * scales.columns];
    const own = { scales: all.subarray(from, to), others: others?.subarray(from, to) ?? null };
    const groups = this.#columnGroups;
    if (!groups) return own;
    const byColumn = (values: Float64Array): Float64Array =>
      Float64Array.from(groups, (group) => values[group]!);
    return { scales: byColumn(own.scales), others: own.others && byColumn(own.others) };
  }

  /** Of one row. */
  #decode(codes: Uint8Array, { scales, others }: GridRow, out: Float32Array): void {
    const { scales: grid, biases, zeros, factor } = this.recipe;
    const each = this.#columnGroups ? 1 : (grid?.columnsEach ?? codes.length);
    const run: Run = { codes, scales, each, out };
    const table = this.#table;
    if (biases) times(run, others!);
    else if (table) tabled(run, table, others);
    else if (each === 1 && others) minusEach(run, others);
    else minus(run, others ?? new Float64Array(scales.length).fill(typeof zeros === 'number' ? zeros : 0));
    if (factor !== undefined) for (let i = 0; i < out.length; i++) out[i] = out[i]! * factor;
  }
}

/** Codes of a row and what becomes of them: assigning to `out` rounds. One function for each way: such are quick. */
interface Run {
  codes: Uint8Array;
  scales: Float64Array;
  /** Codes that share a scale. */
  each: number;
  out: Float32Array;
}

function times({ codes, scales, each, out }: Run, biases: Float64Array): void {
  for (let group = 0, i = 0; i < out.length; group++) {
    const [scale, bias] = [scales[group]!, biases[group]!];
    for (const end = Math.min(i + each, out.length); i < end; i++) out[i] = codes[i]! * scale + bias;
  }
}

function tabled({ codes, scales, each, out }: Run, table: Float64Array, zeros: Float64Array | null): void {
  for (let group = 0, i = 0; i < out.length; group++) {
    const scale = scales[group]!;
    const zero = zeros ? zeros[group]! : 0;
    for (const end = Math.min(i + each, out.length); i < end; i++)
      out[i] = (table[codes[i]!]! - zero) * scale;
  }
}

function minus({ codes, scales, each, out }: Run, zeros: Float64Array): void {
  for (let group = 0, i = 0; i < out.length; group++) {
    const [scale, zero] = [scales[group]!, zeros[group]!];
    for (const end = Math.min(i + each, out.length); i < end; i++) out[i] = (codes[i]! - zero) * scale;
  }
}

function minusEach({ codes, scales, out }: Run, zeros: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (codes[i]! - zeros[i]!) * scales[i]!;
}
