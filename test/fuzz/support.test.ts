/** What the targets stand on: choices that repeat, inputs that survive being written, and a reader of JSON to compare with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE_KINDS } from '../../src/core/checkpoint/formats/names';
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

describe('formats', () => {
  /** By format, what is tried with many inputs of it. Both kinds of indexes have one reader. */
  const TRIED: Readonly<Record<string, string>> = {
    'safetensors-sharded': 'index',
    safetensors: 'safetensors',
    dcp: 'distributed',
    tfjs: 'tfjs',
    keras: 'keras',
    npz: 'numpy',
    'deepspeed-zero3': 'distributed',
    'pytorch-sharded': 'index',
    pytorch: 'torch',
    gguf: 'gguf',
    onnx: 'onnx',
    'keras-h5': 'keras',
    npy: 'numpy',
  };
  it.each(FILE_KINDS.map(({ id }) => id))('%s is among what is tried', (id) => {
    const target = TRIED[id];
    expect(target, id).toBeDefined();
    const text = readFileSync(join(import.meta.dirname, `${target!}.test.ts`), 'utf8');
    expect(text).toContain(`name: '${target!}'`);
  });
});
