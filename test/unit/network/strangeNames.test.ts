/** Names of tensors that contain what our own names for runs and numbers are made of: no two tensors become one. */
import { expect, it } from 'vitest';
import { networkOf } from './support';

const BLOCK = { 'blk.0.attn_q.weight': [8, 8], 'blk.0.attn_k.weight': [8, 8], 'blk.0.attn_v.weight': [8, 8] };
const MLP = { 'blk.0.ffn_up.weight': [16, 8], 'blk.0.ffn_down.weight': [8, 16] };

function accountedFor(shapes: Record<string, readonly number[]>): string[] {
  const { projections, skipped } = networkOf(shapes);
  const used = projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor));
  return [...new Set([...used, ...skipped.map(({ tensor }) => tensor)])].sort();
}

it.each([
  ['a number sign', { 'blk.0.attn_q.wei#0': [10, 3] }],
  ['a number sign where the number of an expert stands', mixture(['#', '0', '1'])],
  ['a tilde', { 'blk.0.attn_q~8.weight': [8, 8], 'blk.0.attn_q~-.weight': [8, 8] }],
  ['numbers of experts with leading zeros', mixture(['0', '1', '01', '001'])],
  ['numbers of experts beyond those that are exact', mixture(['0', '9007199254740993', '9007199254740992'])],
  [
    'what a run of rows might be called',
    { 'blk.0.attn_qkv.weight': [24, 8], 'blk.0.attn_qkv 8.weight': [8, 8] },
  ],
])('%s', (_, more) => {
  const shapes = { ...BLOCK, ...MLP, ...more };
  expect(accountedFor(shapes)).toEqual(Object.keys(shapes).sort());
});

function mixture(numbers: readonly string[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    numbers.flatMap((number) => [
      [`blk.0.mlp.experts.${number}.up_proj.weight`, [16, 8]],
      [`blk.0.mlp.experts.${number}.down_proj.weight`, [8, 16]],
    ]),
  );
}
