import { describe, expect, it } from 'vitest';
import { localSlopes } from '../../../src/core/multifractal/localSlopes';

const whole = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('local slopes', () => {
  it.each([0.3, 1, 2.5])('of N = r^%s are that exponent in every octave', (exponent) => {
    const radii = whole(2, 150);
    const { octaves, ratio } = localSlopes(
      radii,
      radii.map((radius) => exponent * Math.log(radius / 150)),
    );
    expect(Math.abs(ratio! - 1)).toBeLessThan(1e-9);
    for (const { slope } of octaves) expect(Math.abs(slope - exponent)).toBeLessThan(1e-9);
    expect(octaves.map(({ from, to }) => [from, to])).toEqual([
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 64],
      [64, 150],
    ]);
  });

  it('tell where growth slows down', () => {
    const radii = whole(1, 64);
    const { ratio } = localSlopes(
      radii,
      radii.map((radius) => Math.min(Math.log(radius), Math.log(8) + Math.log(radius / 8) / 4)),
    );
    expect(Math.abs(ratio! - 4)).toBeLessThan(1e-9);
  });

  it('reach over octaves in which no radius lies, and have no ratio where nothing grows', () => {
    const gaps = localSlopes([3, 50, 51, 150], [-3, -2, -2, 0]);
    expect(gaps.octaves[0]).toMatchObject({ from: 3, to: 50 });
    expect(gaps.octaves.at(-1)!.to).toBe(150);
    expect(gaps.octaves.every(({ slope }) => Number.isFinite(slope))).toBe(true);
    expect(localSlopes([2, 3, 4, 8], [-1, -1, -1, 0]).ratio).toBeNull();
    expect(localSlopes([5, 6], [-1, 0]).octaves).toHaveLength(1);
  });
});
