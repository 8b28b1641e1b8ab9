import { describe, expect, it } from 'vitest';
import { runsOfSmall } from '../../../src/core/analysis/full/units';
import type { PlannedProjection } from '../../../src/core/analysis/plan';
import { SumSlots } from '../../../src/worker/sumSlots';

const projection = (weights: number): PlannedProjection =>
  ({ sources: 1, parts: [{ rows: 1, columns: weights, taps: 1 }] }) as unknown as PlannedProjection;
const SMALL = 1000;
const LARGE = 2 ** 21;

/** Projections of these sizes, each of so many slices. */
function runs(weights: readonly number[], slices: readonly number[], most: number): number[] {
  return runsOfSmall(
    weights.map(projection),
    slices.map((length) => new Array<null>(length).fill(null)),
    most,
  );
}

describe('projections that are counted by one job', () => {
  it('are small, follow each other, and are as many as allowed at most', () => {
    const seven = new Array<number>(7).fill(SMALL);
    const one = new Array<number>(7).fill(1);
    expect(runs(seven, one, 3)).toEqual([0, 3, 6, 7]);
    expect(runs(seven, one, 100)).toEqual([0, 7]);
    expect(runs(seven, one, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are alone where they are large or divided', () => {
    const weights = [SMALL, SMALL, LARGE, SMALL, SMALL, SMALL];
    expect(runs(weights, [1, 1, 1, 1, 1, 1], 100)).toEqual([0, 2, 3, 6]);
    expect(runs(weights, [1, 1, 1, 1, 2, 1], 100)).toEqual([0, 2, 3, 4, 5, 6]);
    expect(runs([], [], 100)).toEqual([0]);
  });
});

describe('slots for sums', () => {
  it('are used again once the sums in them have been added up, and never before', () => {
    const slots = new SumSlots(8);
    const [first, second, third] = [slots.take(0), slots.take(1), slots.take(5)];
    expect(new Set([first, second, third]).size).toBe(3);
    slots.releaseBefore(2);
    const again = [slots.take(6), slots.take(7)];
    expect(new Set(again)).toEqual(new Set([first, second]));
    expect(new Set([first, second, third]).has(slots.take(8))).toBe(false);
    slots.releaseBefore(6);
    expect(slots.take(9)).toBe(third);
  });
});
