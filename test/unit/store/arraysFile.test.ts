import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packedPieces, PIECE_BYTES, readArrays, writeArrays } from '../../../src/core/store/arraysFile';
import { DamagedEntry, ForeignEntry } from '../../../src/core/store/verdicts';
import type { SampleArrays } from '../../../src/protocol/analysis';
import { packArrays } from '../../../src/protocol/packing';

/** Values of a piece, and some more. */
const LONG = PIECE_BYTES / 8 + 3;
const sequence = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i / 3);
const CASES: [string, SampleArrays[]][] = [
  ['no samples', []],
  ['empty arrays', [{ lnZ: new Float64Array(), nfd: new Float64Array() }]],
  ['small arrays', [{ lnZ: Float64Array.of(1, NaN, -0, Infinity), nfd: Float64Array.of(-1e-310) }]],
  ['arrays of exactly one piece', [{ lnZ: sequence(PIECE_BYTES / 8), nfd: sequence(1) }]],
  ['arrays of many pieces', [0, 1].map(() => ({ lnZ: sequence(3 * LONG), nfd: sequence(LONG) }))],
  [
    'more samples than a piece has room for in its header',
    Array.from({ length: 70_000 }, () => ({ lnZ: sequence(1), nfd: sequence(0) })),
  ],
  ['parts of larger arrays', [{ lnZ: sequence(LONG + 10).subarray(7), nfd: sequence(20).subarray(3, 5) }]],
  ['shared memory', [{ lnZ: new Float64Array(new SharedArrayBuffer(8 * LONG)).fill(2), nfd: sequence(2) }]],
];

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arrays-'));
  path = join(directory, 'arrays.bin');
});
afterEach(() => rm(directory, { recursive: true }));

describe.each(CASES)('%s', (_, arrays) => {
  it('are the bytes of one packing, in pieces that no call is too small for', () => {
    const pieces = [...packedPieces(arrays)].map((piece) => piece.length);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(PIECE_BYTES);
    const copies: Buffer[] = [];
    for (const piece of packedPieces(arrays)) copies.push(Buffer.from(piece));
    expect(Buffer.concat(copies).equals(packArrays(arrays))).toBe(true);
  });

  it('come back bit for bit', async () => {
    const info = await writeArrays(path, arrays);
    expect(info.bytes).toBe(packArrays(arrays).length);
    const found = await readArrays(path, arrays.length, info);
    expect(Buffer.from(packArrays(found)).equals(packArrays(arrays))).toBe(true);
  });
});

it('are never written over another file', async () => {
  await writeFile(path, 'of somebody else');
  await expect(writeArrays(path, [])).rejects.toThrow('EEXIST');
});

describe('what is not what was written is damage', () => {
  const arrays = [{ lnZ: sequence(LONG), nfd: sequence(5) }];
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut short', (bytes) => bytes.subarray(0, -1)],
    ['nothing', () => Buffer.alloc(0)],
    ['longer', (bytes) => Buffer.concat([bytes, bytes])],
    ['another header', (bytes) => bytes.fill(0, 0, 4)],
    ['a header of huge arrays', (bytes) => bytes.fill(0x7f, 16, 22)],
    ['another last bit', (bytes) => bytes.fill(bytes.at(-1)! ^ 1, bytes.length - 1)],
    ['another first value', (bytes) => bytes.fill(1, 32, 33)],
  ])('%s', async (_, change) => {
    const info = await writeArrays(path, arrays);
    await writeFile(path, change(await readFile(path)));
    await expect(readArrays(path, 1, info)).rejects.toBeInstanceOf(DamagedEntry);
  });

  it('as are those of another number of samples', async () => {
    const info = await writeArrays(path, arrays);
    for (const samples of [0, 2, 1e6])
      await expect(readArrays(path, samples, info)).rejects.toBeInstanceOf(DamagedEntry);
  });
});

it('a folder in their place is not', async () => {
  await expect(readArrays(directory, 1, { bytes: 0, checksum: '' })).rejects.toBeInstanceOf(ForeignEntry);
});

it('leave neither file nor open handle behind where writing fails', async () => {
  const broken = [
    {
      lnZ: sequence(1),
      get nfd(): Float64Array {
        throw new Error('out of memory');
      },
    },
  ];
  await expect(writeArrays(path, broken)).rejects.toThrow('out of memory');
  expect(await readdir(directory)).toEqual([]);
  await (await open(path, 'wx')).close();
});
