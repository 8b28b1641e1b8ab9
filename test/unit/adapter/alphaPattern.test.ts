import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PathPattern } from '../../../src/core/adapter/pathPattern';
import { AlphaPattern, type PatternValue } from '../../../src/core/adapter/alphaPattern';

/** As PEFT looks values up, key by key. */
function looked(patterns: Record<string, number>, path: string): PatternValue {
  for (const [key, value] of Object.entries(patterns)) {
    const name = key.replace(/^\^/, '').replaceAll('\\.', '.');
    if (!/^[\w.-]+$/.test(name)) {
      if (new RegExp(`^(?:.*\\.)?(?:${key})$`).test(path)) return { value };
      continue;
    }
    if (path === name || (!key.startsWith('^') && path.endsWith(`.${name}`))) return { value };
  }
  return null;
}

const name = fc
  .array(fc.constantFrom('a', 'b', 'ab', '0', ''), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'));
const key = fc
  .tuple(fc.constantFrom('', '', '', '^'), name, fc.boolean())
  .map(([start, text, escaped]) => start + (escaped ? text.replaceAll('.', '\\.') : text));

it('has the value of the first key that fits', () => {
  const keys = fc.array(
    fc.oneof(
      { weight: 20, arbitrary: key },
      fc.constantFrom('a|b', '(a|b)\\.0', '^a\\.(b|0)', 'a+b?$', '[ab0]+\\.\\d'),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(keys, name, (all, path) => {
      const patterns = Object.fromEntries(all.map((each, i) => [each, i]));
      expect(new AlphaPattern(patterns).find(path)).toEqual(looked(patterns, path));
    }),
    { seed: 1, numRuns: 3000 },
  );
});

it('of thirty thousand keys is found for as many layers', () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `layers.${i}.attention.q_proj`);
  const alphas = new AlphaPattern(Object.fromEntries(names.map((each, i) => [each, i])));
  const found = names.map((each) => alphas.find(`model.${each}`));
  expect(found.every((each, i) => each !== null && 'value' in each && each.value === i)).toBe(true);
});

it.each([undefined, null, 'text', 3])('is nothing where %s is written down', (patterns) => {
  expect(new AlphaPattern(patterns).find('a')).toBeNull();
});

const CHARACTERS = ['a', 'b', '0', '.', '\\.', '\\d', '\\w', '\\W', '[ab]', '[^a.]', '[0-9.]', '[]a]'];

/** Expressions of the part of the language that is read, over few letters and with groups of this depth. */
function expressions(depth: number): fc.Arbitrary<string> {
  const character = fc.constantFrom(...CHARACTERS);
  const group = depth === 0 ? character : expressions(depth - 1).map((inner) => `(${inner})`);
  const repeated = fc.tuple(fc.oneof(character, group), fc.constantFrom('', '', '?', '*', '+', '*?'));
  const sequence = fc
    .array(repeated, { maxLength: 3 })
    .map((parts) => parts.map((pair) => pair.join('')).join(''));
  return fc.array(sequence, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('|'));
}

it('expressions fit what they fit elsewhere', () => {
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '0', '.', '-'), maxLength: 6 });
  fc.assert(
    fc.property(expressions(2), path, (source, text) => {
      // Python has a bracket that comes first as one of the class; here it has to be escaped.
      const same = source.replaceAll('[]a]', '[\\]a]');
      expect(new PathPattern(source).fits(text, [0])).toBe(new RegExp(`^(?:${same})$`).test(text));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

it('an expression that takes others for ever ends', () => {
  const pattern = new PathPattern('(a+)+(a*)*b');
  expect(pattern.fits('a'.repeat(4000), [0])).toBe(false);
  expect(pattern.fits(`${'a'.repeat(4000)}b`, [0])).toBe(true);
});

it.each([
  '(?=a)b',
  '(a)\\1',
  'a{2}',
  '\\bq',
  '(a',
  'a)',
  '[a',
  '+a',
  `${'('.repeat(60)}a${')'.repeat(60)}`,
  '^a|b',
  'x'.repeat(3000) + '|',
])('what cannot be read is said: %s', (source) => {
  expect(new AlphaPattern({ [source]: 1 }).find('b')).toEqual({ expression: source });
});
