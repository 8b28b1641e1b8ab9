import { describe, expect, it } from 'vitest';
import { packTensors } from '../../../../src/protocol/tensorTable';
import { filtered, ordered } from '../../../../webview/inspect/order';
import { Search, type Part } from '../../../../webview/inspect/search';
import { Tensors } from '../../../../webview/inspect/tensors';
import { namesOf, tensors } from './support';

const ALL = { kind: 'all' } as const;
const search = new Search(tensors);
const rows = (found: Uint8Array): number[] => [...found.keys()].filter((row) => found[row]);
const find = (query: string, part: Part = ALL): number[] => rows(search.find(query, part));

describe('search', () => {
  it.each([
    ['', [0, 1, 2, 3, 4, 5]],
    ['attn', [1]],
    ['ATTN', [1]],
    ['layers weight', [1, 3, 4]],
    ['weight layers.0.n', [4]],
    ['yers.0.', [1, 2, 3, 4]],
    ['0.attn.q', [1]],
    ['s.0.mlp.up.w', [3]],
    ['.', [0, 1, 2, 3, 4]],
    ['.weight.', []],
    ['f16', [0, 1, 2, 3]],
    ['f16 layers', [1, 2, 3]],
    ['2048x512', [3]],
    ['512', [0, 1, 2, 3, 4]],
    ['expert.up', [2]],
    ['normal', [4]],
    ['ZÄHLER', [5]],
    ['nothing like it', []],
    // The end of one name and the beginning of the next.
    ['weightlayers', []],
  ])('"%s"', (query, expected) => {
    expect(find(query)).toEqual(expected);
  });

  it('within a part', () => {
    expect(find('', { kind: 'network' })).toEqual([1, 2, 3]);
    expect(find('', { kind: 'left-out' })).toEqual([0, 4, 5]);
    expect(find('layers', { kind: 'role', role: tensors.roleList.indexOf('mlp.up') })).toEqual([3]);
  });

  it('of names whose small letters are longer', () => {
    const names = ['İİ.a', 'b.İ', 'b'];
    const list = names.map((name) => ({ name, dtype: 'F16', shape: [1], bytes: 2 }));
    const other = new Search(new Tensors(packTensors({ tensors: list, projections: [], skipped: [] })));
    expect(rows(other.find('b', ALL))).toEqual([1, 2]);
    expect(rows(other.find('.a', ALL))).toEqual([0]);
  });
});

describe('order', () => {
  it.each([
    ['name', [0, 1, 2, 3, 4, 5]],
    ['dtype', [0, 1, 2, 3, 4, 5]],
    ['shape', [5, 4, 2, 0, 1, 3]],
    ['bytes', [5, 4, 2, 0, 1, 3]],
    ['role', [1, 2, 3, 0, 4, 5]],
    ['place', [1, 3, 2, 4, 0, 5]],
  ] as const)('by %s', (column, expected) => {
    expect([...ordered(tensors, { column, descending: false })]).toEqual(expected);
  });

  it('the other way round leaves equal ones in the order of their names', () => {
    expect([...ordered(tensors, { column: 'dtype', descending: true })]).toEqual([5, 4, 1, 2, 3, 0]);
    expect([...ordered(tensors, { column: 'name', descending: true })]).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it('is kept by what is found', () => {
    const order = ordered(tensors, { column: 'bytes', descending: true });
    expect(namesOf(filtered(order, search.find('layers', ALL)))[0]).toBe('layers.0.mlp.up.weight');
  });
});

it('of half a million tensors, all that have the word are found', () => {
  const list = Array.from({ length: 497_000 }, (_, i) => ({
    name: `model.layers.${Math.floor(i / 6213)}.mlp.experts.${i % 6213}.gate_proj.weight`,
    dtype: i % 7 ? 'BF16' : 'F32',
    shape: [8 + (i % 5), 16],
    bytes: 2 * (8 + (i % 5)) * 16,
  }));
  const many = new Tensors(packTensors({ tensors: list, projections: [], skipped: [] }));
  const order = ordered(many, { column: 'bytes', descending: true });
  const found = namesOf(filtered(order, new Search(many).find('experts.4711 12x16', ALL)), many);
  expect(found).toHaveLength(16);
  expect(found[0]).toMatch(/\.experts\.4711\./);
});
