/**
 * Codes with scales have the values of their formula, to the last bit, whatever packing, width and run of rows decides how
 * they are decoded.
 */
import { describe, expect, it } from 'vitest';
import type { StampedFile } from '../../../src/core/storage/stamp';
import type { ByteRange } from '../../../src/core/storage/storage';
import type { Codes } from '../../../src/core/weights/recipes/codes';
import { SCALED, type ScaledRecipe } from '../../../src/core/weights/recipes/scaled';
import type { OpenFile } from '../../../src/core/weights/openFile';
import { seeded } from '../support/quantized';

const file = (path: string): StampedFile => ({ path, stamp: null });
const ROWS = 64;

/** The bits of codes, one behind the other. */
function packed(codes: readonly number[], bits: number): number[] {
  const bytes = new Array<number>(Math.ceil((codes.length * bits) / 8)).fill(0);
  codes.forEach((code, i) => {
    for (let bit = 0; bit < bits; bit++)
      if ((code >> bit) & 1) bytes[(i * bits + bit) >> 3]! |= 1 << ((i * bits + bit) & 7);
  });
  return bytes;
}

const PACK: Readonly<Record<Codes['packing'], (rows: number[][], bits: number) => number[]>> = {
  row: (rows, bits) => rows.flatMap((row) => packed(row, bits)),
  'high-first': (rows) => rows.flatMap((row) => packed(swapped(row), 4)),
  column: (rows, bits) => {
    const columns = rows[0]!.map((_, column) =>
      packed(
        rows.map((row) => row[column]!),
        bits,
      ),
    );
    return Array.from({ length: columns[0]!.length / 4 }, (_, word) =>
      columns.flatMap((column) => column.slice(4 * word, 4 * word + 4)),
    ).flat();
  },
  awq: (rows) =>
    rows.flatMap((row) =>
      packed(
        row.map((_, i) => row[8 * Math.floor(i / 8) + [0, 2, 4, 6, 1, 3, 5, 7][i % 8]!]!),
        4,
      ),
    ),
};

function swapped(row: readonly number[]): number[] {
  const even = row.length % 2 === 0 ? row : [...row, 0];
  return even.map((_, i) => even[i ^ 1]!);
}

interface Case {
  packing: Codes['packing'];
  bits: number;
  columns: number;
  /** Rows and columns that share a scale. */
  each: [rows: number, columns: number];
  kind: 'zeros' | 'zero' | 'biases' | 'table' | 'factor' | 'groups' | 'rows';
}

const CASES: Case[] = [
  ...[64, 56, 20, 7].flatMap((columns) =>
    [2, 3, 4, 5, 6, 8].flatMap((bits): Case[] => [
      { packing: 'row', bits, columns, each: [1, columns], kind: 'biases' },
      { packing: 'row', bits, columns, each: [1, 8], kind: 'biases' },
      { packing: 'row', bits, columns, each: [16, columns], kind: 'table' },
      { packing: 'row', bits, columns, each: [48, 6], kind: 'zero' },
      { packing: 'row', bits, columns, each: [1, columns], kind: 'factor' },
      { packing: 'row', bits, columns, each: [24, 8], kind: 'groups' },
      { packing: 'row', bits, columns, each: [16, 8], kind: 'rows' },
      { packing: 'row', bits, columns, each: [1, 1], kind: 'zeros' },
    ]),
  ),
  ...[64, 20, 7].flatMap((columns): Case[] => [
    { packing: 'high-first', bits: 4, columns, each: [1, columns], kind: 'table' },
    { packing: 'high-first', bits: 4, columns, each: [1, 8], kind: 'table' },
    { packing: 'high-first', bits: 4, columns, each: [16, 4], kind: 'factor' },
  ]),
  ...[2, 3, 4, 8].flatMap((bits): Case[] => [
    { packing: 'column', bits, columns: 64, each: [16, 1], kind: 'zeros' },
    { packing: 'column', bits, columns: 7, each: [5, 1], kind: 'zeros' },
    { packing: 'column', bits, columns: 7, each: [48, 1], kind: 'zero' },
    { packing: 'column', bits, columns: 64, each: [16, 1], kind: 'rows' },
    { packing: 'column', bits, columns: 7, each: [1, 1], kind: 'rows' },
  ]),
  // Wider than what is decoded at once: words that rows share are read together.
  { packing: 'column', bits: 4, columns: 9000, each: [16, 1], kind: 'zeros' },
  // More numbers than are held.
  { packing: 'column', bits: 4, columns: 40_000, each: [1, 1], kind: 'rows' },
  { packing: 'awq', bits: 4, columns: 64, each: [16, 1], kind: 'zeros' },
  { packing: 'awq', bits: 4, columns: 8, each: [5, 1], kind: 'zeros' },
  { packing: 'awq', bits: 4, columns: 64, each: [16, 1], kind: 'rows' },
];

function made({ packing, bits, columns, each: [rowsEach, columnsEach], kind }: Case) {
  const random = seeded(bits * columns + rowsEach + columnsEach);
  const below = (most: number): number => Math.floor(random() * most);
  const codes = Array.from({ length: ROWS }, () => Array.from({ length: columns }, () => below(2 ** bits)));
  const gridColumns = Math.ceil(columns / columnsEach);
  const count = Math.ceil(ROWS / rowsEach) * gridColumns;
  const scales = Float32Array.from({ length: count }, () => random() - 0.5);
  const others = Float32Array.from({ length: count }, () =>
    kind === 'biases' ? random() - 0.5 : below(2 ** bits),
  );
  const table = Float32Array.from({ length: 2 ** bits }, () => random() - 0.5);
  const groups =
    kind === 'rows'
      ? Uint32Array.from({ length: ROWS }, () => below(count / gridColumns))
      : Uint32Array.from({ length: columns }, () => below(gridColumns));
  const zeroCodes: Codes = { file: file('zeros'), offset: 0, columns: gridColumns, bits, packing: 'row' };
  const zeroRows = Array.from({ length: count / gridColumns }, (_, row) => [
    ...others.subarray(row * gridColumns, (row + 1) * gridColumns),
  ]);
  const floats = (path: string) => ({ file: file(path), offset: 0, dtype: 'F32' as const });
  const recipe: ScaledRecipe = {
    kind: 'scaled',
    rows: ROWS,
    codes: { file: file('codes'), offset: 3, columns, bits, packing },
    scales: { numbers: floats('scales'), columns: gridColumns, rowsEach, columnsEach },
    ...(kind === 'biases' && { biases: floats('others') }),
    ...((kind === 'table' || kind === 'factor') && { table: floats('table') }),
    ...(kind === 'zero' && { zeros: 3 }),
    ...((kind === 'zeros' || kind === 'groups' || kind === 'rows') && {
      zeros: { codes: zeroCodes, plus: 1, signed: false },
    }),
    ...(kind === 'groups' && {
      columnGroups: { file: file('groups'), offset: 0, tensor: 'groups', below: gridColumns },
    }),
    ...(kind === 'rows' && {
      rowGroups: { file: file('groups'), offset: 0, tensor: 'groups', below: count / gridColumns },
    }),
    ...(kind === 'factor' && { factor: 1 / 127 }),
  };
  const bytes = (values: Float32Array | Uint32Array): Uint8Array => new Uint8Array(values.buffer);
  const contents: Record<string, Uint8Array> = {
    codes: Uint8Array.from([1, 2, 3, ...PACK[packing](codes, bits)]),
    scales: bytes(scales),
    others: bytes(others),
    table: bytes(table),
    groups: bytes(groups),
    zeros: Uint8Array.from(zeroRows.flatMap((row) => packed(row, bits))),
  };
  const expected = Float32Array.from({ length: ROWS * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const gridColumn = kind === 'groups' ? groups[column]! : Math.floor(column / columnsEach);
    const gridRow = kind === 'rows' ? groups[row]! : Math.floor(row / rowsEach);
    const at = gridRow * gridColumns + gridColumn;
    const code = codes[row]![column]!;
    if (kind === 'biases') return code * scales[at]! + others[at]!;
    if (kind === 'table') return table[code]! * scales[at]!;
    if (kind === 'factor') return Math.fround(table[code]! * scales[at]!) * (1 / 127);
    return (code - (kind === 'zero' ? 3 : others[at]! + 1)) * scales[at]!;
  });
  return { recipe, contents, expected };
}

function inMemory(contents: Readonly<Record<string, Uint8Array>>): OpenFile {
  return ({ path }) => ({
    read(ranges: readonly ByteRange[], into: Uint8Array) {
      let at = 0;
      for (const { offset, bytes } of ranges) {
        const content = contents[path]!;
        if (offset < 0 || offset + bytes > content.length) throw new RangeError('a read outside the file');
        into.set(content.subarray(offset, offset + bytes), at);
        at += bytes;
      }
    },
  });
}

describe('codes with scales', () => {
  it.each(CASES)('$packing, $bits bits, $columns columns, a scale for each $each, $kind', (each) => {
    const { recipe, contents, expected } = made(each);
    const tensor = { dtype: 'F32', elements: expected.length } as const;
    const source = SCALED.open(recipe, tensor, inMemory(contents));
    const { columns } = each;
    const runs = [
      [0, ROWS * columns],
      [5 * columns, columns],
      [7 * columns, 11 * columns],
      [3 * columns + 2, 4 * columns + 1],
      [ROWS * columns - 3, 3],
    ] as const;
    for (const [first, count] of runs) {
      for (const shift of [0, 1]) {
        // Behind a byte, where no float of the machine can begin.
        const into = new Uint8Array(4 * count + shift).subarray(shift);
        source.read(first, into);
        const values = new Float32Array(Uint8Array.from(into).buffer);
        const wanted = expected.subarray(first, first + count);
        const bytes = new Uint8Array(wanted.buffer, wanted.byteOffset, wanted.byteLength);
        const isSame = Buffer.from(into).equals(bytes);
        // One by one only where they differ: there are millions of them.
        if (!isSame) expect(values).toEqual(wanted);
        expect(isSame).toBe(true);
      }
    }
  });
});
