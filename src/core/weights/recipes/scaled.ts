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
import { decodeRun, type Decoding } from './decodeRun';
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

/** Decoded at once, where a row is not longer: codes and values stay in a cache of the processor. */
const ELEMENTS_AT_ONCE = 2 ** 14;
/** Of a grid whose rows are taken in any order: numbers that are held. */
const NUMBERS_HELD = 2 ** 17;
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
  // Codes as they are stored and a byte each, values, and for each column a scale and what is taken or added.
  heldBytes: ({ codes: { columns }, rowGroups }) =>
    Math.max(ELEMENTS_AT_ONCE, columns) * (4 + 1 + FLOAT) +
    columns * (4 + 4 * Float64Array.BYTES_PER_ELEMENT) +
    (rowGroups ? 2 * Math.max(NUMBERS_HELD, columns) * Float64Array.BYTES_PER_ELEMENT : 0),
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

const NONE = new Float64Array(0);

/** Rows of the grid that are held: scales, and zeros or biases. */
interface HeldGrid {
  scales: Float64Array;
  others: Float64Array | null;
}

class Decoder {
  readonly #codes;
  readonly #scales;
  readonly #biases;
  readonly #zeros;
  readonly #decoding: Decoding;
  /** Rows of the grid that follow each other. */
  #held: (HeldGrid & { first: number; rows: number }) | null = null;
  /** Those that do not, and where in their memory each of them is. */
  #scattered: HeldGrid | null = null;
  readonly #places = new Map<number, number>();
  #packed = new Uint8Array(0);

  constructor(
    private readonly recipe: ScaledRecipe,
    private readonly files: OpenFile,
  ) {
    const { codes, table, scales, biases, zeros, columnGroups, factor } = recipe;
    this.#codes = codesReader(codes, files);
    this.#scales = scales && numbersReader(scales.numbers, files);
    this.#biases = biases && numbersReader(biases, files);
    this.#zeros = typeof zeros === 'object' ? codesReader(zeros.codes, files) : undefined;
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
    if (this.#packed.length < out.length) this.#packed = new Uint8Array(out.length);
    const packed = this.#packed.subarray(0, out.length);
    this.#codes(first, packed);
    const own = this.#decoding;
    if (!scales) {
      decodeRun(own, { codes: packed, out, scales: null, others: null }, 0, out.length, 0);
      return;
    }
    if (rowGroups) {
      const groups = this.#indices(rowGroups, first, rows);
      for (let row = 0; row < rows; row++) {
        const place = this.#placeOf(groups[row]!, scales.columns);
        const run = { codes: packed, out, ...this.#scattered! };
        decodeRun(own, run, row * columns, (row + 1) * columns, place);
      }
      return;
    }
    const { rowsEach } = scales;
    this.#load(Math.floor(first / rowsEach), Math.ceil((first + rows) / rowsEach));
    const held = this.#held!;
    const run = { codes: packed, out, scales: held.scales, others: held.others };
    // Rows whose numbers follow each other are like one.
    if (rowsEach === 1 && !own.columnGroups && scales.columns * own.each === columns) {
      decodeRun(own, run, 0, out.length, (first - held.first) * scales.columns);
      return;
    }
    for (let row = 0; row < rows; row++) {
      const group = (Math.floor((first + row) / rowsEach) - held.first) * scales.columns;
      decodeRun(own, run, row * columns, (row + 1) * columns, group);
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

  /** Holds rows of the grid up to `end`. */
  #load(first: number, end: number): void {
    const held = this.#held;
    if (held && held.first <= first && end <= held.first + held.rows) return;
    this.#held = { first, rows: end - first, ...this.#grid(first, end - first) };
  }

  /** Where the numbers of one row of the grid begin in memory. */
  #placeOf(index: number, columns: number): number {
    const known = this.#places.get(index);
    if (known !== undefined) return known;
    const { scales, others } = this.#grid(index, 1);
    const most = Math.min(this.recipe.rowGroups!.below, Math.max(1, Math.floor(NUMBERS_HELD / columns)));
    if (this.#places.size === most) this.#places.clear();
    this.#scattered ??= {
      scales: new Float64Array(most * columns),
      others: others && new Float64Array(most * columns),
    };
    const place = this.#places.size * columns;
    this.#scattered.scales.set(scales, place);
    this.#scattered.others?.set(others ?? NONE, place);
    this.#places.set(index, place);
    return place;
  }

  /** Reads rows of the grid. */
  #grid(first: number, rows: number): HeldGrid {
    const { scales, zeros } = this.recipe;
    const [from, count] = [first * scales!.columns, rows * scales!.columns];
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
    return { scales: this.#scales!(from, count), others };
  }
}
