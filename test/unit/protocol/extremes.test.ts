import { describe, expect, it } from 'vitest';
import { largest, smallest } from '../../../src/protocol/extremes';

describe('extremes', () => {
  it('are those of Math.max and Math.min', () => {
    for (const list of [[], [3], [2, -5, 7], [0, NaN, 1], [-0, 0], [Infinity, 1]]) {
      expect(largest(list)).toBe(Math.max(...list));
      expect(smallest(list)).toBe(Math.min(...list));
    }
  });

  it('are there of lists that are too long for arguments of a call', () => {
    const many = new Float64Array(3_000_000).fill(1);
    many[1_234_567] = 2;
    expect([largest(many), smallest(many)]).toEqual([2, 1]);
  });
});
