/** Elements that come by a recipe are those of the tensor, whatever runs are asked for, and cost what is announced. */
import { expect, it } from 'vitest';
import type { PlannedProjection } from '../../../src/core/analysis/plan';
import { asStored } from '../../../src/core/analysis/storedOrder';
import { countSharedOnce } from '../../../src/core/network/shared';
import type { Network, TensorShape } from '../../../src/core/network/types';
import type { StampedFile } from '../../../src/core/storage/stamp';
import type { ByteRange } from '../../../src/core/storage/storage';
import { partRows, storedBytes, type PlannedPart } from '../../../src/core/weights/kinds';
import { recipeKind, type Recipe } from '../../../src/core/weights/recipes/table';
import type { OpenFile } from '../../../src/core/weights/openFile';
import type { Place, StoredTensor } from '../../../src/core/weights/place';

/** Small numbers from a seed: the same ones every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Files in memory, and how much has been read of them. */
function files(contents: Readonly<Record<string, Uint8Array>>): OpenFile & { bytesRead: () => number } {
  let bytesRead = 0;
  const open: OpenFile = ({ path }) => ({
    read(ranges: readonly ByteRange[], into: Uint8Array) {
      let at = 0;
      for (const { offset, bytes } of ranges) {
        const content = contents[path]!;
        if (offset < 0 || offset + bytes > content.length) throw new RangeError('a read outside the file');
        into.set(content.subarray(offset, offset + bytes), at);
        bytesRead += bytes;
        at += bytes;
      }
    },
  });
  return Object.assign(open, { bytesRead: () => bytesRead });
}

const file = (path: string): StampedFile => ({ path, stamp: null });
const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);

/** All indices of a shape in row-major order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  for (let at = 0; at < product(shape); at++) {
    let rest = at;
    yield shape
      .toReversed()
      .map((size) => {
        const index = rest % size;
        rest = Math.floor(rest / size);
        return index;
      })
      .reverse();
  }
}

function checkRuns(
  recipe: Recipe,
  expected: Float32Array,
  open: ReturnType<typeof files>,
  next: (n: number) => number,
) {
  const tensor = { dtype: 'F32', elements: expected.length } as const;
  const kind = recipeKind(recipe);
  const source = kind.open(recipe, tensor, open);
  for (let run = 0; run < 20; run++) {
    const first = run === 0 ? 0 : next(expected.length);
    const count = run === 0 ? expected.length : 1 + next(expected.length - first);
    const into = new Float32Array(count);
    const before = open.bytesRead();
    source.read(first, bytesOf(into));
    expect(Buffer.compare(bytesOf(into), bytesOf(expected.slice(first, first + count)))).toBe(0);
    expect(kind.storedBytes(recipe, tensor, first, count)).toBe(open.bytesRead() - before);
  }
}

it('views in any order, with steps and repetitions', () => {
  for (let seed = 0; seed < 200; seed++) {
    const next = numbers(seed);
    const shape = Array.from({ length: next(5) }, () => 1 + next(7));
    // Any order of the dimensions in memory, each with gaps, some repeated.
    const order = shape.map((_, i) => i).sort(() => next(3) - 1);
    const strides = shape.map(() => 0);
    let step = 1;
    for (const i of order) {
      if (next(8) === 0) continue;
      strides[i] = step * (1 + (next(3) === 0 ? next(3) : 0));
      step = strides[i] * shape[i]!;
    }
    const skip = next(5);
    const stored = Float32Array.from({ length: skip + step + 8 }, (_, i) => i + 1);
    const expected = Float32Array.from(
      indices(shape),
      (index) => stored[skip + index.reduce((sum, each, i) => sum + each * strides[i]!, 0)]!,
    );
    const recipe: Recipe = { kind: 'strided', file: file('a'), offset: 4 * skip, shape, strides };
    checkRuns(recipe, expected, files({ a: bytesOf(stored) }), next);
  }
});

it('views whose rows are far apart are read in runs of the file', () => {
  const [rows, columns] = [40, 3000];
  const stored = Float32Array.from({ length: rows * columns * 2 }, (_, i) => i);
  const shape = [rows, columns];
  // Two columns of the file lie between neighbors of a row.
  const recipe: Recipe = { kind: 'strided', file: file('a'), offset: 0, shape, strides: [1, 2 * rows] };
  const expected = Float32Array.from(indices(shape), ([row = 0, column = 0]) => row + 2 * rows * column);
  checkRuns(recipe, expected, files({ a: bytesOf(stored) }), numbers(1));
});

it('a run that is longer than the window of a view', () => {
  const stored = Float32Array.from({ length: 2 ** 19 }, (_, i) => i);
  const recipe: Recipe = { kind: 'strided', file: file('a'), offset: 8, shape: [2 ** 19 - 9], strides: [1] };
  checkRuns(recipe, stored.subarray(2, 2 ** 19 - 7), files({ a: bytesOf(stored) }), numbers(2));
});

it('tiles in several files, in any order', () => {
  for (let seed = 0; seed < 100; seed++) {
    const next = numbers(seed);
    const shape = Array.from({ length: 1 + next(4) }, () => 1 + next(6));
    const expected = Float32Array.from({ length: product(shape) }, (_, i) => i + seed);
    // Every dimension is cut where it is cut for all tiles.
    const cuts = shape.map((size) => [...new Set([0, next(size), next(size), size])].sort((a, b) => a - b));
    let boxes: { starts: number[]; sizes: number[] }[] = [{ starts: [], sizes: [] }];
    for (const cut of cuts)
      boxes = boxes.flatMap(({ starts, sizes }) =>
        cut.slice(1).map((end, i) => ({ starts: [...starts, cut[i]!], sizes: [...sizes, end - cut[i]!] })),
      );
    boxes.sort(() => next(3) - 1);
    const contents: Record<string, number[]> = { a: [], b: [] };
    const flat = (index: readonly number[]): number =>
      index.reduce((at, each, i) => at * shape[i]! + each, 0);
    const tiles = boxes.map(({ starts, sizes }) => {
      const path = next(2) === 0 ? 'a' : 'b';
      const offset = 4 * contents[path]!.length;
      for (const index of indices(sizes))
        contents[path]!.push(expected[flat(index.map((each, i) => each + starts[i]!))]!);
      return { file: file(path), offset, starts, sizes };
    });
    const open = files({
      a: bytesOf(Float32Array.from(contents['a']!)),
      b: bytesOf(Float32Array.from(contents['b']!)),
    });
    checkRuns({ kind: 'pieces', shape, tiles }, expected, open, next);
  }
});

it('an element that no tile holds is an error, not a zero', () => {
  const tiles = [{ file: file('a'), offset: 0, starts: [0], sizes: [3] }];
  const source = recipeKind({ kind: 'pieces', shape: [4], tiles }).open(
    { kind: 'pieces', shape: [4], tiles },
    { dtype: 'F32', elements: 4 },
    files({ a: new Uint8Array(16) }),
  );
  expect(() => {
    source.read(2, new Uint8Array(8));
  }).toThrow('in no piece');
});

/** A matrix as a run of bytes and as its transposed view, in one file. */
const [ROWS, COLUMNS] = [6, 5];
const values = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.fround(1 / (i + 3)));
const other = Float32Array.from(
  { length: COLUMNS * ROWS },
  (_, i) => values[(i % ROWS) * COLUMNS + Math.floor(i / ROWS)]!,
);
const contents = {
  straight: bytesOf(values),
  turned: bytesOf(other),
  small: bytesOf(Float32Array.of(2, 3, 5, 7, 11, 13)),
};
const straight: Place = { kind: 'stored', file: file('straight'), offset: 0, dtype: 'F32' };
const view = {
  kind: 'strided',
  file: file('turned'),
  offset: 0,
  shape: [ROWS, COLUMNS],
  strides: [1, ROWS],
} as const;
const turned: Place = { kind: 'recipe', recipe: view, whole: ROWS * COLUMNS, skip: 0, dtype: 'F32' };

const shape = { rows: ROWS, columns: COLUMNS, taps: 1, groups: 1 };

function rowsOf(part: PlannedPart): number[] {
  const open = files(contents);
  const bytes = part.dtype === 'F64' ? 8 : 4;
  const into = new Uint8Array(bytes * 4 * COLUMNS);
  partRows(open)(part, 2, into);
  return [...(bytes === 8 ? new Float64Array(into.buffer) : new Float32Array(into.buffer))];
}

it.each<[string, (of: Place) => PlannedPart]>([
  ['rows as they are', ({ dtype, ...weights }) => ({ ...shape, dtype, weights })],
  [
    'weight normalization',
    (of) => {
      const by: StoredTensor = {
        ...straight,
        file: file('small'),
        tensor: 'g',
        elements: ROWS,
      };
      return { ...shape, dtype: 'F32', weights: { kind: 'weightNorm', of: named(of), by, skip: 0 } };
    },
  ],
  [
    'a mask',
    (of) => ({
      ...shape,
      dtype: 'F32',
      weights: { kind: 'masked', of: named(straight), by: named(of), skip: 0 },
    }),
  ],
  [
    'the base of a low-rank update',
    (base) => {
      const half = {
        kind: 'stored',
        file: file('small'),
        offset: 0,
        dtype: 'F32',
        tensor: 'half',
        byRank: false,
      } as const;
      return {
        ...shape,
        dtype: 'F64',
        weights: {
          kind: 'lowRank',
          base: { ...base, tensor: 'w' },
          scale: 0.5,
          rank: 1,
          firstRow: 0,
          rows: { ...half, length: ROWS },
          columns: { ...half, length: COLUMNS },
        },
      };
    },
  ],
  [
    'a half of a low-rank update',
    (half) => ({
      ...shape,
      columns: COLUMNS,
      dtype: 'F64',
      weights: {
        kind: 'lowRank',
        base: null,
        scale: 0.5,
        rank: COLUMNS,
        firstRow: 0,
        rows: { ...half, tensor: 'b', length: ROWS, byRank: false },
        columns: { ...half, tensor: 'a', length: COLUMNS, byRank: true },
      },
    }),
  ],
])('%s: a view and a run of bytes give the same bits', (_, part) => {
  const [run, ofView] = [part(straight), part(turned)];
  expect(rowsOf(ofView)).toEqual(rowsOf(run));
  expect(new Set(rowsOf(run)).size).toBeGreaterThan(5);
  expect(storedBytes(ofView, 3)).toBeGreaterThanOrEqual(storedBytes(run, 3));
});

function named(place: Place): StoredTensor {
  return { ...place, tensor: 'w', elements: ROWS * COLUMNS };
}

it('a matrix that is a transposed view is read in the order of its file', () => {
  const whole: PlannedPart = {
    ...shape,
    dtype: 'F32',
    weights: { ...view, kind: 'recipe', recipe: view, whole: 30, skip: 0 } as never,
  };
  const projection: PlannedProjection = {
    name: 'w',
    layout: 'out-in',
    sources: COLUMNS,
    targets: ROWS,
    parts: [whole],
    sampling: { sources: 0, targets: [] },
  };
  expect(asStored(projection)).toMatchObject({
    layout: 'in-out',
    parts: [{ rows: COLUMNS, columns: ROWS, weights: { kind: 'stored', file: file('turned'), offset: 0 } }],
  });
  // Rows 2 … 4 of it, as one of several parts.
  const some: PlannedPart = {
    ...whole,
    rows: 3,
    weights: { kind: 'recipe', recipe: view, whole: 30, skip: 2 * COLUMNS },
  };
  const [part] = asStored({ ...projection, parts: [some] }).parts;
  expect(part).toMatchObject({ rows: COLUMNS, columns: 3 });
  const into = new Float32Array(3 * COLUMNS);
  partRows(files(contents))(part!, 0, bytesOf(into));
  const expected = Array.from(
    { length: 3 * COLUMNS },
    (_, i) => values[(2 + (i % 3)) * COLUMNS + Math.floor(i / 3)]!,
  );
  expect([...into]).toEqual(expected);
  // A part in a run of bytes keeps the order of all.
  const stored: PlannedPart = {
    ...shape,
    dtype: 'F32',
    weights: { kind: 'stored', file: file('straight'), offset: 0 },
  };
  const mixed = { ...projection, parts: [whole, stored] };
  expect(asStored(mixed)).toBe(mixed);
});

it('a square matrix and its transposed view are two tensors', () => {
  const square = { dtype: 'F32', shape: [4, 4], file: file('a'), offset: 0 };
  const tensors: TensorShape[] = [
    { ...square, name: 'w' },
    { ...square, name: 'same' },
    { ...square, name: 'turned', recipe: { ...view, shape: [4, 4], strides: [1, 4] } },
  ];
  const network = {
    projections: tensors.map(({ name }) => ({ name, parts: [{ tensor: name, skip: 0 }] })),
    skipped: [],
  } as unknown as Network;
  expect(countSharedOnce(network, tensors).projections.map(({ name }) => name)).toEqual(['w', 'turned']);
});
