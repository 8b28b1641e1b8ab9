import { describe, expect, it } from 'vitest';
import { makeSubset, selectProjections, usedDraws, type SubsetInput } from '../../../src/core/network/select';
import { drawNeurons, sampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { expectFault } from '../checkpoint/build';
import { neoxTensors } from '../support/neox';
import { buildNetwork } from '../../../src/core/network/adapters';

const network = buildNetwork({ tensors: neoxTensors(8, 12), config: null }, 'test');
const select = (input: SubsetInput) => selectProjections(network, makeSubset(input), 'run/step1');
const names = (input: SubsetInput): string[] =>
  select(input).projections.map(({ name }) => name.replace('gpt_neox.layers.', ''));

describe('a subset', () => {
  it('is the network itself where nothing is asked for', () => {
    expect(makeSubset({ include: [], roles: [] })).toBeNull();
    expect(select({})).toBe(network);
  });

  it.each<[SubsetInput, string[]]>([
    [{ include: ['*layers.0.mlp*'] }, ['0.mlp.dense_h_to_4h', '0.mlp.dense_4h_to_h']],
    [{ include: ['gpt_neox.layers.1?.attention.dense'] }, ['10.attention.dense', '11.attention.dense']],
    [{ include: ['gpt_neox.layers.3.attention.dense.weight'] }, ['3.attention.dense']],
    [{ blocks: ['2'], exclude: ['*mlp*', '*dense'] }, ['2.attention.query_key_value']],
    [
      { blocks: ['0-1', '11'], roles: ['attention.out'] },
      ['0.attention.dense', '1.attention.dense', '11.attention.dense'],
    ],
    [{ blocks: ['4'], roles: ['mlp'] }, ['4.mlp.dense_h_to_4h', '4.mlp.dense_4h_to_h']],
  ])('%j', (input, expected) => {
    expect(names(input)).toEqual(expected);
  });

  it('takes a dot for a dot and brackets for brackets', () => {
    expectFault(() => select({ include: ['*0xattention*'] }), 'usage', 'run/step1', /leaves no projection/);
    expectFault(() => select({ include: ['[a-z]*'] }), 'usage', 'run/step1', /leaves no projection/);
  });

  it('has the neurons that the whole network has', () => {
    const part = select({ blocks: ['7'] });
    const drawn = drawNeurons(part.draws, 4, 3);
    const whole = drawNeurons(network.draws, 4, 3);
    for (const projection of part.projections) {
      expect(sampledNeurons(projection, drawn)).toEqual(sampledNeurons(projection, whole));
    }
  });

  it('knows the draws that it uses', () => {
    expect(usedDraws(network)).toEqual(network.draws);
    expect(usedDraws(select({ blocks: ['7'], roles: ['mlp.up'] })).map(({ layer }) => layer)).toEqual([
      'block 7 MLP input',
      'block 7 MLP hidden',
    ]);
  });

  it('says of every tensor left out that it was a choice', () => {
    const reasons = select({ roles: ['mlp.up'] }).skipped.filter(
      ({ reason }) => reason === 'left out by choice',
    );
    expect(reasons).toHaveLength(12 * 3);
  });

  it('that leaves nothing is an error that lists what there is', () => {
    expectFault(
      () => select({ blocks: ['12-20'] }),
      'usage',
      'run/step1',
      /leaves no projection. There are 12 blocks \(from 0\), the roles attention.qkv, attention.out, mlp.up, mlp.down, and projections such as gpt_neox.layers.0.attention.query_key_value,.* and 40 more/,
    );
    expectFault(() => select({ roles: ['expert'] }), 'usage', 'run/step1', /leaves no projection/);
  });

  it.each(['', '5-2', 'a', '1-', '-3', '1.5', '1e3'])('has no blocks "%s"', (blocks) => {
    expectFault(
      () => makeSubset({ blocks: [blocks] }),
      'usage',
      'blocks',
      /is no range of blocks. Give ranges/,
    );
  });

  it.each(['attn', 'mlp.', 'mlp.u', ''])('has no role "%s"', (role) => {
    expectFault(
      () => makeSubset({ roles: [role] }),
      'usage',
      'roles',
      /is no role. Choose among attention, cross/,
    );
  });
});
