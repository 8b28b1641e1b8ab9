import { describe, expect, it } from 'vitest';
import { makeSettings, momentOrders, type SettingsInput } from '../../../src/core/analysis/settings';
import { MAX_THRESHOLD } from '../../../src/core/multifractal/radiusCodes';
import { NeuroMfaError } from '../../../src/protocol/errors';

function expectUsage(input: Partial<SettingsInput>, subject: string, message: RegExp): void {
  let thrown: unknown;
  try {
    makeSettings(input);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NeuroMfaError);
  expect((thrown as NeuroMfaError).data).toMatchObject({ code: 'usage', subject });
  expect((thrown as NeuroMfaError).message).toMatch(message);
}

it('is the paper without any input', () => {
  expect(makeSettings()).toEqual({
    mode: 'sampled',
    samples: 10,
    neurons: 32,
    seed: 0,
    threshold: 150,
    transfer: 'inv',
    filter: 0,
    scaleFree: false,
    radii: { rule: 'observed' },
    nulls: null,
    q: Array.from({ length: 61 }, (_, i) => (i - 30) / 10),
    subset: null,
  });
});

describe('moment orders', () => {
  it('are the nearest numbers to their decimals, with an exact zero that is not negative', () => {
    const q = momentOrders(-0.3, 0.3, 0.1);
    expect(q).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(Object.is(q[3], 0)).toBe(true);
    expect(momentOrders(-1.25, 1.25, 0.25)).toEqual([
      -1.25, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.25,
    ]);
  });
  it('end at the last step within the range', () => {
    expect(momentOrders(-2, 2.9, 1)).toEqual([-2, -1, 0, 1, 2]);
    expect(momentOrders(0, 1, 0.5)).toEqual([0, 0.5, 1]);
  });
  it.each([
    [{ qMin: -3, qStep: 0.7 }, 'qMin', /leave out 0/],
    [{ qMin: 1, qMax: 3 }, 'qMin', /leave out 0/],
    [{ qMin: -3, qMax: -1 }, 'qMin', /leave out 0/],
    [{ qMin: -1, qMax: 1, qStep: 2 }, 'qStep', /fewer than 3/],
    [{ qMin: 3, qMax: -3 }, 'qStep', /fewer than 3/],
    [{ qStep: 0 }, 'qStep', /positive/],
    [{ qStep: NaN }, 'qStep', /positive/],
    [{ qStep: 0.001 }, 'qStep', /6001 orders/],
    [{ qStep: 1e-7 }, 'qStep', /more than 6 decimals/],
    [{ qMin: -51 }, 'qMin', /within ±50/],
    [{ qMax: Infinity }, 'qMax', /within ±50/],
  ])('refuse %j', (input, subject, message) => {
    expectUsage(input, subject, message);
  });
});

it.each([
  [{ samples: 0 }, 'samples'],
  [{ samples: 2.5 }, 'samples'],
  [{ samples: 1001 }, 'samples'],
  [{ neurons: 0 }, 'neurons'],
  [{ neurons: NaN }, 'neurons'],
  [{ seed: -1 }, 'seed'],
  [{ seed: 2 ** 32 - 9, samples: 10 }, 'seed'],
  [{ threshold: 1 }, 'threshold'],
  [{ threshold: Infinity }, 'threshold'],
  [{ threshold: NaN }, 'threshold'],
  [{ threshold: MAX_THRESHOLD + 1 }, 'threshold'],
  [{ transfer: 'cube' as never }, 'transfer'],
  [{ filter: 4 as never }, 'filter'],
  [{ nullDraws: 4 }, 'nullDraws'],
  [{ nullDraws: 1001 }, 'nullDraws'],
])('refuses %j', (input, subject) => {
  expectUsage(input, subject, /./);
});

it('takes the bounds themselves', () => {
  expect(makeSettings({ seed: 2 ** 32 - 10, samples: 10 }).seed).toBe(2 ** 32 - 10);
  expect(makeSettings({ threshold: MAX_THRESHOLD }).threshold).toBe(MAX_THRESHOLD);
});
