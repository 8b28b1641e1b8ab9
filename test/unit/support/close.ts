import { expect } from 'vitest';

/** Agreement with the reference: 1e-9, relative, or absolute near 0. */
const TOLERANCE = 1e-9;

export function expectClose(actual: number, expected: number, what: string, tolerance = TOLERANCE): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  const relative = Math.abs(expected) > 1e-3 ? Math.abs(actual - expected) / Math.abs(expected) : error;
  if (!(relative <= tolerance)) expect.fail(`${what}: ${actual} is not ${expected} (off by ${relative})`);
}

export function expectAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = TOLERANCE,
): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expectClose(actual[i]!, expected[i]!, `${what}[${i}]`, tolerance);
}
