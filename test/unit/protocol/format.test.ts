import { describe, expect, it } from 'vitest';
import {
  bracketed,
  atLeast,
  bytes,
  compact,
  decimal,
  duration,
  estimate,
  integer,
  memorySize,
  NOTHING,
  order,
  percent,
  percentBeyond,
  plusMinus,
  ranges,
  roughTime,
  significant,
  supportedDecimals,
} from '../../../src/protocol/format';

const thin = '\u202f';

describe('numbers that are not there', () => {
  it.each([null, undefined, Number.NaN, Infinity])('%s is a dash in every form', (value) => {
    for (const text of [decimal(value), integer(value), significant(value)]) expect(text).toBe(NOTHING);
    expect(plusMinus(Number.NaN, 0.1)).toBe(NOTHING);
    expect(percent(null)).toBe(NOTHING);
  });
});

describe('digits', () => {
  it('follow the interval', () => {
    expect(plusMinus(0.974397, 0.00192)).toBe('0.974 ± 0.002');
    expect(plusMinus(0.513517, 0.014662)).toBe('0.514 ± 0.015');
    expect(plusMinus(2.345, 0.3)).toBe('2.3 ± 0.3');
    expect(plusMinus(1234.5, 40)).toBe(`1,235 ± 40`);
  });
  it('stay at three where no interval exists', () => {
    expect(plusMinus(0.974397, null)).toBe('0.974');
    expect(estimate({ mean: 0.5, sd: null, ci95: null })).toBe('0.500');
  });
  it('take half of the interval', () => {
    expect(estimate({ mean: 0.5, sd: 0.1, ci95: [0.46, 0.54] })).toBe('0.50 ± 0.04');
  });
  it('survive an interval of no width', () => {
    expect(supportedDecimals(0)).toBe(3);
    expect(plusMinus(1, 0)).toBe('1.000 ± 0.000');
    // What rounding leaves of equal numbers.
    expect(plusMinus(0.5, 3e-17)).toBe('0.500 ± 0.000');
    expect(bracketed(2e-17, [-1e-17, 5e-17])).toBe('0.000 [0.000, 0.000]');
    expect(plusMinus(0.5, 2e-8)).toBe('0.50000000 ± 0.00000002');
  });
});

describe('forms', () => {
  it('give a lower bound that holds', () => {
    expect(atLeast(0.8088)).toBe('0.80');
    expect(atLeast(0.29)).toBe('0.29');
    expect(atLeast(1)).toBe('1.00');
    expect(atLeast(-0.001)).toBe('−0.01');
    expect(atLeast(null)).toBe(NOTHING);
  });
  it('use a true minus, commas between thousands, and no negative zero', () => {
    expect(decimal(-1234.56, 1)).toBe(`−1,234.6`);
    expect(decimal(-0.0001, 2)).toBe('0.00');
    expect(integer(49152)).toBe(`49,152`);
  });
  it('write moment orders as short as they are', () => {
    expect([-3, -0.1, 0.1 + 0.2, 0.25, 2.9000000000000004].map(order)).toEqual([
      '−3',
      '−0.1',
      '0.3',
      '0.25',
      '2.9',
    ]);
  });
  it('scale counts, bytes and times', () => {
    expect(compact(960)).toBe('960');
    expect(compact(1_190_000)).toBe(`1.19${thin}M`);
    expect(compact(6_860_000_000)).toBe(`6.86${thin}G`);
    expect(bytes(2_519_128)).toBe(`2.5${thin}MB`);
    expect(bytes(512)).toBe(`512${thin}B`);
    expect(duration(41.2)).toBe(`41${thin}ms`);
    expect(duration(1300)).toBe(`1.3${thin}s`);
    expect(duration(125_000)).toBe(`2${thin}min 5${thin}s`);
    expect(memorySize(5048 * 2 ** 20 - 1)).toBe(`5,048${thin}MB`);
    expect([0.2, 8.2, 44, 100, 7000].map((seconds) => roughTime(seconds).replace(thin, ' '))).toEqual([
      '1 s',
      '8 s',
      '40 s',
      '2 min',
      '2 h',
    ]);
  });
  it('say 100 % only of everything', () => {
    expect(percent(1)).toBe(`100${thin}%`);
    expect(percent(0.99999)).toBe(`>${thin}99.9${thin}%`);
    expect(percent(0.53)).toBe(`53${thin}%`);
  });
  it('tell a share from the limit that it is beyond', () => {
    expect(percentBeyond(0.0011, 0.001)).toBe(`0.11${thin}%`);
    expect(percentBeyond(0.001001, 0.001)).toBe(`0.1001${thin}%`);
    expect(percentBeyond(1 / 3, 0.001)).toBe(`33.3${thin}%`);
    expect(percentBeyond(0.001 + 1e-12, 0.001)).toBe(`0.1${thin}%`);
  });
  it('shorten consecutive seeds', () => {
    expect(ranges([0, 1, 2, 3])).toBe('0 … 3');
    expect(ranges([0, 2, 5])).toBe('0, 2, 5');
  });
  it('keep significant digits across magnitudes', () => {
    expect([0, 1234.5678, 0.012345, 1e-7].map((value) => significant(value))).toEqual([
      '0',
      `1,235`,
      '0.01235',
      '1.000e−7',
    ]);
  });
});
