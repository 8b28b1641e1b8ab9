import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AlphaPattern, type PatternValue } from '../../../src/core/adapter/alphaPattern';

/** As PEFT looks values up, key by key. */
function looked(patterns: Record<string, number>, path: string): PatternValue {
  for (const [key, value] of Object.entries(patterns)) {
    const name = key.replace(/^\^/, '').replaceAll('\\.', '.');
    if (!/^[\w.-]+$/.test(name)) return { expression: key };
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
  const keys = fc.array(fc.oneof({ weight: 20, arbitrary: key }, fc.constant('a|b')), { maxLength: 8 });
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
