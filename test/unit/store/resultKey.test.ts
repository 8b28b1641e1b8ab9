import { describe, expect, it } from 'vitest';
import { resultKey } from '../../../src/core/store/resultKey';
import { settings } from '../support/analysis';

describe('resultKey', () => {
  it('is a SHA-256 in hexadecimal', () => {
    expect(resultKey('f', settings)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order in which settings were built', () => {
    const reversed = Object.fromEntries(Object.entries(settings).reverse()) as typeof settings;
    expect(Object.keys(reversed)).not.toEqual(Object.keys(settings));
    expect(resultKey('f', reversed)).toBe(resultKey('f', settings));
  });

  it.each([
    ['content', resultKey('g', settings)],
    ['a setting', resultKey('f', { ...settings, seed: 1 })],
    ['an order q', resultKey('f', { ...settings, q: [-1, 0, 1.5] })],
    ['the state of the files', resultKey('f', settings, 'a')],
    ['the algorithm', resultKey('f', settings, undefined, 2)],
  ])('changes with %s', (_, other) => {
    expect(other).not.toBe(resultKey('f', settings, undefined, 1));
  });
});
