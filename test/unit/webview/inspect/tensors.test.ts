import { describe, expect, it } from 'vitest';
import { packTensors } from '../../../../src/protocol/tensorTable';
import { parametersOf, shapeText, Tensors } from '../../../../webview/inspect/tensors';
import { totalsOf } from '../../../../webview/inspect/totals';
import { PACKED, tensors } from './support';

describe('packed tensors', () => {
  it('come out as they went in', () => {
    expect(tensors.count).toBe(6);
    expect(tensors.names.at(5)).toBe('zähler');
    expect(tensors.kind(3)).toEqual({ dtype: 'F16', shape: [2048, 512], bytes: 2_097_152 });
    expect(tensors.projection(1)).toEqual({
      name: 'layers.0.Attn.qkv',
      role: 'attention.qkv',
      block: 0,
      sources: 512,
      targets: 2048,
      turned: true,
    });
    expect(tensors.reason(1)).toBeNull();
    expect([0, 4, 5].map((row) => [tensors.projection(row), tensors.reason(row)])).toEqual([
      [null, 'pooler'],
      [null, 'normalization'],
      [null, null],
    ]);
  });

  it('count the projections of a stack of experts', () => {
    expect(tensors.uses(2)).toBe(2);
    expect(tensors.projection(2)?.name).toBe('layers.0.experts[0]');
    expect(tensors.uses(0)).toBe(0);
  });

  it('keep names of any letters apart', () => {
    const names = ['', '𝛼.weight', '__proto__', '<b>\n', 'İ'];
    const of = new Tensors(
      packTensors({
        tensors: names.map((name) => ({ name, dtype: 'F16', shape: [1], bytes: 2 })),
        projections: [],
        skipped: [],
      }),
    );
    expect(names.map((_, row) => of.names.at(row))).toEqual(names);
  });

  it.each([
    ['cut short', { ...PACKED, names: { ...PACKED.names, codes: PACKED.names.codes.slice(1) } }],
    ['out of order', { ...PACKED, names: { ...PACKED.names, ends: PACKED.names.ends.toReversed() } }],
    ['without their pieces', { ...PACKED, pieces: [] }],
    ['of different length', { ...PACKED, kinds: PACKED.kinds.slice(1) }],
    ['with numbers that stand for nothing', { ...PACKED, kindList: [] }],
    [
      'with tensors that are not there in projections',
      { ...PACKED, projectionTensors: PACKED.projectionTensors.map(() => 9) },
    ],
    ['with projections cut short', { ...PACKED, projectionEnds: PACKED.projectionEnds.slice(1) }],
    [
      'with tensors left out that are not there',
      { ...PACKED, skippedTensors: PACKED.skippedTensors.map(() => 9) },
    ],
    ['with reasons that are not there', { ...PACKED, reasonList: [] }],
    ['with roles that are not there', { ...PACKED, roleList: [] }],
  ])('are refused when their columns are %s', (_, packed) => {
    expect(() => new Tensors(packed)).toThrow(/table|names/);
  });
});

it('shapes and their products', () => {
  expect(shapeText(tensors.kind(3))).toBe('2048 × 512');
  expect(shapeText(tensors.kind(5))).toBe('');
  expect(parametersOf(tensors.kind(5))).toBe(1);
});

it('totals add up, by role and by reason', () => {
  const { all, network, leftOut, roles, reasons } = totalsOf(tensors);
  expect(all.tensors).toBe(6);
  expect(network.parameters).toBe(1536 * 512 + 2048 * 512 + 2 * 512 * 64);
  expect(network.bytes + leftOut.bytes).toBe(all.bytes);
  expect(tensors.roleList.map((role, i) => [role, roles[i]!.tensors])).toEqual([
    ['attention.qkv', 1],
    ['mlp.up', 1],
    ['expert.up', 1],
  ]);
  expect(reasons.map(({ tensors: count }) => count)).toEqual([1, 1]);
  expect(leftOut.tensors).toBe(3);
});
