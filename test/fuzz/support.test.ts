/** What the targets stand on: choices that repeat, inputs that survive being written, and a reader of JSON to compare with. */
import { expect, it } from 'vitest';
import { depthOf, plain, readJson } from './oracle/json';
import { anyStyle, mutateJson, toEntries, writeJson } from './support/json';
import { readData, writeData } from './support/plainData';
import { Random } from './support/random';
import { anyValue } from './support/values';

it('a seed gives the same choices, and another seed or stream others', () => {
  const first = (seed: number, stream: string): number[] => {
    const random = new Random(seed, stream);
    return [random.u32(), random.below(10), random.fraction()];
  };
  expect(first(1, 'a')).toEqual(first(1, 'a'));
  expect(first(1, 'a')).not.toEqual(first(2, 'a'));
  expect(first(1, 'a')).not.toEqual(first(1, 'b'));
});

it('choices are spread evenly', () => {
  const random = new Random(3, 'spread');
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

it('inputs are read as they were written, whatever is in them', () => {
  const random = new Random(5, 'data');
  const odd = {
    ['__proto__']: 1,
    $text: 'a',
    list: [undefined, NaN, -0, -Infinity],
    bytes: Uint8Array.of(0xff, 0),
  };
  for (const value of [odd, ...Array.from({ length: 500 }, () => anyValue(random))])
    expect(readData(writeData(value))).toEqual(value);
});

it('the independent reader of JSON takes and refuses what JSON.parse does, with the same values', () => {
  const random = new Random(7, 'json');
  const tally = { taken: 0, refused: 0 };
  for (let i = 0; i < 2000; i++) {
    const value = mutateJson(random, toEntries({ a: [1, 'x', null, { b: -2.5e3 }], c: 'ä', d: { a: [] } }));
    let text = writeJson(random, value, anyStyle(random));
    if (random.chance(0.3))
      text = text.slice(0, random.below(text.length)) + random.pick(['', ' ', '}', '"', ',']);
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      expect(() => readJson(text)).toThrow();
      tally.refused++;
      continue;
    }
    expect(plain(readJson(text))).toEqual(expected);
    tally.taken++;
  }
  expect(Math.min(tally.taken, tally.refused)).toBeGreaterThan(200);
  expect(depthOf(readJson('[[{"a":[]}],1]'))).toBe(4);
});
