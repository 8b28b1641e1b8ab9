import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortSequences } from '../../../src/core/network/naturalOrder';
import {
  indexTensors,
  jointName,
  numberBefore,
  replaceLastNumber,
  layerPath,
  naturalKey,
  skeleton,
} from '../../../src/core/network/names';
import { NamePieces } from '../../../src/protocol/packedNames';
import { Names } from '../../../webview/inspect/tensors';

const piece = fc.constantFrom(
  ...['model', 'layers', 'module', '_orig_mod', 'base_layer', 'weight', 'bias', 'x1', 'x10', 'x2', 'x-1', ''],
  ...['0', '1', '2', '10', '01', '007', '123456789012345'],
);
const names = fc.uniqueArray(
  fc.oneof(
    fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join('.')),
    fc.string({ unit: fc.constantFrom('.', '0', '1', 'a', 'ä', '𝛼', '-'), maxLength: 8 }),
  ),
  { maxLength: 60 },
);

describe('the index of tensors', () => {
  it('has them in natural order of their paths, grouped by skeleton, whatever the names (seeded)', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (list, matrices) => {
        const tensors = list.map((name) => ({ name, dtype: 'F16', shape: matrices ? [2, 2] : [2] }));
        const index = indexTensors(tensors);
        const expected = tensors
          .map((tensor) => ({ tensor, path: layerPath(tensor.name) }))
          .sort((a, b) => {
            const [keyA, keyB] = [naturalKey(a.path), naturalKey(b.path)];
            if (keyA !== keyB) return keyA < keyB ? -1 : 1;
            return a.tensor.name < b.tensor.name ? -1 : 1;
          });
        expect(index.all.map(({ tensor, path }) => ({ tensor, path }))).toEqual(expected);
        expect(index.all.map(({ row }) => row)).toEqual([...expected.keys()]);
        const packed = new Names(index.names, index.pieces.list);
        expect(expected.map((_, row) => packed.at(row))).toEqual(expected.map(({ tensor }) => tensor.name));
        const skeletons = matrices ? expected.map(({ path }) => skeleton(path)) : [];
        expect([...index.bySkeleton.keys()]).toEqual([...new Set(skeletons)]);
        for (const [key, group] of index.bySkeleton) {
          const same = expected.filter((_, i) => skeletons[i] === key);
          expect(group.map(({ tensor }) => tensor)).toEqual(same.map(({ tensor }) => tensor));
        }
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('sorts long names, and many pieces that all differ', () => {
    const tensors = Array.from({ length: 3000 }, (_, i) => ({
      name: `${(i * 7919) % 3000}.${'a.'.repeat(i % 50)}${i}.b`,
      dtype: 'F16',
      shape: [2],
    }));
    const { all } = indexTensors(tensors);
    const keys = all.map(({ path }) => naturalKey(path));
    expect(keys).toEqual([...keys].sort());
  });
});

it('sequences are sorted as their lists would be, equal ones in their order', () => {
  const lists = fc.array(fc.array(fc.nat(30), { maxLength: 6 }), { maxLength: 40 });
  fc.assert(
    fc.property(lists, (sequences) => {
      let end = 0;
      const ends = Uint32Array.from(sequences, ({ length }) => (end += length));
      const order = sortSequences({ values: Uint32Array.from(sequences.flat()), ends });
      const compare = (a: number, b: number): number => {
        const [first, second] = [sequences[a]!, sequences[b]!];
        const at = first.findIndex((value, i) => value !== second[i]);
        if (at < 0) return first.length - second.length;
        return at < second.length ? first[at]! - second[at]! : 1;
      };
      expect([...order]).toEqual([...sequences.keys()].sort(compare));
    }),
    { seed: 3 },
  );
});

it('names are packed and read again', () => {
  const pieces = new NamePieces();
  const list = ['a.b.weight', '', 'a.', '..', 'a.b.weight', 'ä.𝛼'];
  const packed = new Names(pieces.pack(list), pieces.list);
  expect(list.map((_, i) => packed.at(i))).toEqual(list);
  expect(pieces.list).toHaveLength(new Set(list.flatMap((name) => name.split(/(?<=\.)/))).size - 1);
});

it.each([
  [['a.b.q', 'a.b.k'], null, 'a.b.{q,k}'],
  [['a.b.q', 'a.c.k'], null, 'a.{b.q,c.k}'],
  [['a.b', 'c.d'], null, '{a.b,c.d}'],
  [['.b', 'c.d'], null, '{.b,c.d}'],
  [['a.b'], 3, 'a.b[3]'],
  [['a.up', 'a.down'], 0, 'a.{up,down}[0]'],
])('the joint name of %j, %j is %s', (list, matrix, joint) => {
  expect(jointName(list, matrix)).toBe(joint);
});

it.each([
  ['layers.10', 'layers.#', 7],
  ['a1.b2.c', 'a1.b#.c', 7],
  ['7', '#', 0],
  ['a', 'a', 1],
  ['', '', 0],
])('the last number of %j is replaced: %j', (text, replaced, end) => {
  expect(replaceLastNumber(text, '#')).toBe(replaced);
  expect(numberBefore(text, text.length)).toBe(end);
});

it('the last number of ten million characters is found in one pass', () => {
  const digits = '1'.repeat(10_000_000);
  expect(replaceLastNumber(`${digits}x`, '#')).toBe('#x');
  expect(replaceLastNumber(`x${digits}`, '#')).toBe('x#');
  expect(numberBefore(`${digits}x`, digits.length + 1)).toBe(digits.length + 1);
});
