import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/core/network/glob';
import { selectProjections, usedDraws } from '../../../src/core/network/select';
import { makeSubset } from '../../../src/core/network/subset';
import { writtenSubset, type SubsetInput } from '../../../src/protocol/subset';
import { jobs } from '../../../src/worker/job';
import { drawNeurons, sampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { expectFault } from '../checkpoint/build';
import { neoxTensors } from '../support/neox';
import { buildNetwork } from '../../../src/core/network/adapters';

const network = buildNetwork({ tensors: neoxTensors(8, 12), config: null }, 'test');
const select = (input: Partial<SubsetInput>) => selectProjections(network, makeSubset(input), 'run/step1');
const names = (input: Partial<SubsetInput>): string[] =>
  select(input).projections.map(({ name }) => name.replace('gpt_neox.layers.', ''));

describe('a subset', () => {
  it('is the network itself where nothing is asked for', () => {
    expect(makeSubset({ include: [], roles: [] })).toBeNull();
    expect(select({})).toBe(network);
  });

  it.each<[Partial<SubsetInput>, string[]]>([
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

  it('of weights that are drawn keeps the name of the whole, by which results are kept', () => {
    const path = 'samples/neox-1m/step0/model.safetensors';
    const [whole, part] = [null, makeSubset({ roles: ['mlp'] })].map((subset) =>
      jobs.openInitial({ path, subset }),
    );
    expect(part!.plan.projections).toHaveLength(12);
    expect(part!.drawn).toHaveLength(12);
    expect(part!.info).toEqual(whole!.info);
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

  it('is the same however it is written', () => {
    const written = {
      include: ['b*', 'a', 'b*'],
      blocks: ['7', '3-4', '0-2', '4-5', '9'],
      roles: ['mlp.up', 'mlp', 'attention.out'],
    };
    const subset = makeSubset(written);
    expect(subset).toEqual({
      include: ['a', 'b*'],
      exclude: [],
      blocks: [
        [0, 5],
        [7, 7],
        [9, 9],
      ],
      roles: ['attention.out', 'mlp'],
    });
    expect(makeSubset(writtenSubset(subset))).toEqual(subset);
    expect(makeSubset(writtenSubset(null))).toBeNull();
  });

  it.each([
    ['include', 'mlp'],
    ['exclude', [3]],
    ['blocks', { 0: '1' }],
    ['roles', [['mlp']]],
  ])('of settings that hold anything: %s %j', (key, value) => {
    expectFault(() => makeSubset({ [key]: value }), 'usage', key, /it is no list of texts/);
  });

  it.each(['include', 'exclude'])('has no empty names in %s', (key) => {
    expectFault(() => makeSubset({ [key]: ['a', ' '] }), 'usage', key, /a name is empty/);
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

describe('a glob', () => {
  it.each([
    ['', '', true],
    ['', '*', true],
    ['a', '', false],
    ['abc', 'a*', true],
    ['abc', '*c', true],
    ['abc', 'a?c', true],
    ['abc', 'a?', false],
    ['abc', '****', true],
    ['abcabd', '*ab?', true],
    ['abcabd', '*abc', false],
    ['a.b', 'a?b', true],
    ['a*b', 'a*b', true],
    ['aXb', 'a.b', false],
  ])('%j is %j: %s', (name, glob, expected) => {
    expect(matchesGlob(name, glob)).toBe(expected);
  });

  it('with many stars comes to an end', () => {
    expect(matchesGlob('a'.repeat(2000), `${'*a'.repeat(500)}b`)).toBe(false);
  });
});
