import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatcher } from '../../../src/core/network/glob';
import { selectProjections, usedDraws } from '../../../src/core/network/select';
import { makeSubset } from '../../../src/core/network/subset';
import { writtenSubset, type SubsetInput } from '../../../src/protocol/subset';
import { jobs } from '../../../src/worker/job';
import { drawNeurons, sampledNeurons } from '../../../src/core/sampling/drawNeurons';
import { expectFault } from '../checkpoint/build';
import { subjectAt } from '../support/engine';
import { neoxTensors } from '../support/neox';
import { buildNetwork } from '../../../src/core/network/readNetwork';

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
    const drawn = drawNeurons(part.draws, { neurons: 4, draws: 'scattered' }, 3);
    const whole = drawNeurons(network.draws, { neurons: 4, draws: 'scattered' }, 3);
    for (const projection of part.projections) {
      expect(sampledNeurons(projection, drawn)).toEqual(sampledNeurons(projection, whole));
    }
  });

  it('of weights that are drawn keeps the name of the whole, by which results are kept', () => {
    const path = 'samples/neox-1m/step0/model.safetensors';
    const [whole, part] = [null, makeSubset({ roles: ['mlp'] })].map((subset) =>
      jobs.open({ subject: subjectAt(path, { kind: 'init', part: subset }) }),
    );
    expect(part!.plan.projections).toHaveLength(12);
    // The same weights, whatever else is taken.
    expect(whole!.plan.projections).toEqual(expect.arrayContaining([...part!.plan.projections]));
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
      ({ reason }) => reason.code === 'left-out-by-choice',
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

  it.each<[keyof SubsetInput, string[], RegExp]>([
    ['include', Array.from({ length: 10_001 }, (_, i) => `a${i}`), /10001 entries are more than 10000/],
    ['blocks', Array.from({ length: 1001 }, (_, i) => String(2 * i)), /1001 entries are more than 1000/],
    ['exclude', Array.from({ length: 101 }, (_, i) => `a${i}*`), /101 names with \* or \? are more than 100/],
    ['exclude', ['a'.repeat(4097)], /an entry has more than 4096 characters/],
    ['roles', ['x'.repeat(4000)], /unknown role "x+…x+" \(3800 characters left out\)/],
  ])('does not ask for more than can be looked for: %s', (key, list, message) => {
    expectFault(() => makeSubset({ [key]: list }), 'usage', key, message);
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
      /unknown role .*Valid roles: attention, cross/,
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
    expect(globMatcher(glob)(name)).toBe(expected);
  });

  it('fits what a table of all beginnings says', () => {
    const text = (signs: string[], maxLength: number) =>
      fc.array(fc.constantFrom(...signs), { maxLength }).map((all) => all.join(''));
    fc.assert(
      // Longer than one word of places is, and than two.
      fc.property(text(['a', 'a', 'b', '*', '?', '.'], 90), text(['a', 'a', 'b', '.'], 120), (glob, own) => {
        const matches = globMatcher(glob);
        // One that fits for sure, beside one that may not.
        for (const name of [glob.replaceAll('*', 'ab').replaceAll('?', 'b'), own, own.slice(0, 5)])
          expect(matches(name)).toBe(fits(name, glob));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('with many stars comes to an end at the end of the name', () => {
    const name = 'a'.repeat(200_000);
    for (const glob of [`${'*a'.repeat(2000)}b`, `*${'a'.repeat(2000)}b`, `${'*?'.repeat(2000)}b`])
      expect(globMatcher(glob)(name)).toBe(false);
  });
});

/** By the definition: a beginning of the name fits a beginning of the glob by what is shorter by one. */
function fits(name: string, glob: string): boolean {
  let shorter = Array.from({ length: name.length + 1 }, (_, at) => at === 0);
  for (const sign of glob) {
    const longer: boolean[] = [];
    for (let at = 0; at <= name.length; at++) {
      const last = at > 0 && (sign === '?' || sign === name[at - 1]);
      longer.push(sign === '*' ? shorter[at]! || longer[at - 1] === true : last && shorter[at - 1]!);
    }
    shorter = longer;
  }
  return shorter[name.length]!;
}
