/** Files made to cost much: each is refused, in a short message, before anything is built from it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adapterConfig } from '../../../src/core/adapter/adapterConfig';
import { readConfig } from '../../../src/core/checkpoint/config';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { MAX_METADATA_ENTRIES } from '../../../src/core/checkpoint/formats/header';
import { MAX_METADATA_LENGTH } from '../../../src/core/checkpoint/formats/safetensors';
import { NeuroMfaError, type ErrorData } from '../../../src/protocol/errors';
import { at, file, index, openFiles, vectors, write } from './build';

const MEGABYTE = 1_000_000;
/** Nobody reads more; names of 200 characters and a path fit in. */
const SHORT = 1500;
const ENTRY = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };
const ONE = `"a":${JSON.stringify(ENTRY)}`;
const many = (count: number, each: (index: string) => string): string =>
  Array.from({ length: count }, (_, i) => each(i.toString(36))).join(',');

const parse = vi.spyOn(JSON, 'parse');
beforeEach(() => {
  parse.mockClear();
});
afterEach(() => {
  vi.clearAllMocks();
});

/** Characters of the longest text that was made into a value. */
const longestParsed = (): number => Math.max(0, ...parse.mock.calls.map(([text]) => text.length));

function refused(act: () => unknown): ErrorData {
  const before = openFiles();
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NeuroMfaError);
  const { message, data } = thrown as NeuroMfaError;
  expect(message.length).toBeLessThan(SHORT);
  expect(openFiles()).toBe(before);
  return data;
}

describe('a header', () => {
  // As the format's own library writes it, and in another way.
  const headers = (text: string): string[] => [text, text.replace('{', '{ ')];
  const long = 'x'.repeat(10 * MEGABYTE);
  const entry = (change: object): string => JSON.stringify({ ...ENTRY, ...change });

  it.each([
    [
      'metadata without end',
      `{"__metadata__":{${many(MEGABYTE, (i) => `"${i}":""`)}},${ONE}}`,
      /100000 entries of metadata/,
    ],
    [
      'a shape without end',
      `{"a":{"dtype":"U8","shape":[${'1,'.repeat(5 * MEGABYTE)}1],"data_offsets":[0,1]}}`,
      /list of more than 64 numbers/,
    ],
    [
      'offsets without end',
      `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1${',1'.repeat(5 * MEGABYTE)}]}}`,
      /list of more than 64 numbers/,
    ],
    ['fields without end', `{"a":{${many(MEGABYTE, (i) => `"${i}":1`)}}}`, /100000 entries/],
    ['levels without end', `{"a":${'['.repeat(10 * MEGABYTE)}`, /nested more than 3 levels/],
    ['lists without end', `{"a":{${many(MEGABYTE, () => '"b":[]')}}}`, /100000 entries/],
  ])('with %s is not built', (_, text, message) => {
    for (const header of headers(text)) {
      const path = write('bomb.safetensors', file(header, new Uint8Array(1)));
      const { code, subject, cause } = refused(() => openCheckpoint(path));
      expect([code, subject]).toEqual(['damaged', path]);
      expect(cause).toMatch(message);
      expect(longestParsed()).toBeLessThan(1000);
    }
  });

  it.each([
    [
      'a dtype without end',
      `{"a":${entry({ dtype: long })}}`,
      /the element type "x+…x+" \(\d+ characters left out\)/,
    ],
    [
      'a name without end',
      `{"${long}":${entry({})}}`,
      /tensor name "x+…x+" \(\d+ characters left out\) has more than 4096/,
    ],
    [
      'a name without end twice',
      `{"${long}":${entry({})},"${long}":${entry({})}}`,
      /"x+…x+" \(\d+ characters left out\) (has more|twice)/,
    ],
    [
      'a name without end of something else',
      `{"${long}":1}`,
      /its entry for "x+…x+" \(\d+ characters left out\) is not/,
    ],
    [
      'a size without end',
      `{"a":{"dtype":"U8","shape":[${'9'.repeat(10 * MEGABYTE)}],"data_offsets":[0,1]}}`,
      /its entry for "a" is not of the form/,
    ],
    [
      'metadata that is too long',
      `{"__metadata__":{"a":"${'x'.repeat(MAX_METADATA_LENGTH)}"},${ONE}}`,
      /its metadata has 20000001 characters; at most 20000000/,
    ],
    [
      'metadata of escapes',
      `{"__metadata__":{"a":"${String.raw`\u001b`.repeat(MAX_METADATA_LENGTH / 4 + 1)}"},${ONE},"a":1}`,
      /names "a" twice/,
    ],
  ])('with %s has a short message', (_, text, message) => {
    for (const header of headers(text)) {
      const path = write('long.safetensors', file(header, new Uint8Array(1)));
      expect(refused(() => openCheckpoint(path)).cause).toMatch(message);
    }
  });

  it('may have as much metadata as libraries write', () => {
    const metadata = Object.fromEntries(
      Array.from({ length: MAX_METADATA_ENTRIES }, (_, i) => [`t${i}`, '{}']),
    );
    for (const each of [metadata, { thumbnail: 'x'.repeat(MAX_METADATA_LENGTH - 9) }]) {
      const checkpoint = openCheckpoint(write('much.safetensors', vectors({ a: 1 }, each)));
      expect(checkpoint.metadata).toEqual(each);
      checkpoint.close();
    }
  });
});

describe('an index', () => {
  const INDEX = 'model.safetensors.index.json';

  it.each([
    [
      'a map without end',
      `{"weight_map":{${many(1_000_001, (i) => `"${i}":"m.safetensors"`)}}}`,
      /names more than 1000000 tensors/,
    ],
    [
      'metadata without end',
      `{"metadata":{"a":[${many(100_000, () => '1')}]},"weight_map":{"a":"m.safetensors"}}`,
      /more than 10000 members/,
    ],
    [
      'entries without end',
      `{"weight_map":{"a":"m.safetensors"},${many(100_000, (i) => `"${i}":1`)}}`,
      /more than 1000 members/,
    ],
  ])('with %s is not built', (_, text, message) => {
    const path = write(`bombs/${INDEX}`, text);
    const { code, subject, cause } = refused(() => openCheckpoint(path));
    expect([code, subject]).toEqual(['damaged', path]);
    expect(cause).toMatch(message);
    expect(longestParsed()).toBe(0);
  });

  it('with names without end has a short message', () => {
    const long = 'y'.repeat(10 * MEGABYTE);
    write('names/m.safetensors', vectors({ a: 1 }));
    const maps = [{ [long]: 'm.safetensors' }, { a: long }, { a: `${long}.safetensors` }];
    for (const map of maps) refused(() => openCheckpoint(write(`names/${INDEX}`, index(map))));
  });

  it('cannot have more tensors or metadata in all of its shards than in one', () => {
    const half = MAX_METADATA_LENGTH / 2;
    const names = ['1.safetensors', '2.safetensors', '3.safetensors'];
    for (const [i, name] of names.entries())
      write(`sum/${name}`, vectors({ [`t${i}`]: 1 }, { [`m${i}`]: 'x'.repeat(half), same: 'x' }));
    const path = write(`sum/${INDEX}`, index({ t0: names[0]!, t1: names[1]!, t2: names[2]! }));
    expect(refused(() => openCheckpoint(path)).cause).toMatch(/shards have more metadata than/);
    // What is the same in all of them counts once.
    const map: Record<string, string> = {};
    for (const [i, name] of names.entries()) {
      write(`same/${name}`, vectors({ [`t${i}`]: 1 }, { same: 'x'.repeat(half) }));
      map[`t${i}`] = name;
    }
    const checkpoint = openCheckpoint(write(`same/${INDEX}`, index(map)));
    expect(Object.keys(checkpoint.metadata)).toEqual(['same']);
    checkpoint.close();
  });
});

describe('a configuration', () => {
  const read = (text: string | Uint8Array) => {
    write('configured/config.json', text);
    return readConfig(at('configured'));
  };

  it.each([
    // Each of these begins a text anew at every quote, or a number at every word.
    ['quotes without end', `{"a":"${String.raw`\"`.repeat(5 * MEGABYTE - 10)}`],
    ['backslashes without end', `{"a":"${'\\'.repeat(10 * MEGABYTE - 10)}`],
    ['texts without end', `{"a":${'"'.repeat(10 * MEGABYTE - 11)}`],
    ['words without end', `{"a":${'-InfinitNa'.repeat(MEGABYTE - 1)}`],
    ['numbers without end', `{"a":${'NaN'.repeat(3 * MEGABYTE)}`],
  ])('with %s ends', (_, text) => {
    expect(refused(() => read(text)).cause).toBe('the configuration is not valid JSON');
  });

  it.each([
    ['levels', '['.repeat(10 * MEGABYTE)],
    ['levels of objects', '{"a":'.repeat(2 * MEGABYTE)],
    ['lists', `{"a":[${many(2 * MEGABYTE, () => '[]')}]}`],
    ['members', `{"a":[${many(2 * MEGABYTE, () => '1')}]}`],
  ])('with %s without end is not built', (_, text) => {
    expect(refused(() => read(text)).cause).toMatch(/^the configuration (is nested|has) more than/);
    expect(longestParsed()).toBe(0);
  });

  it('has numbers that are not finite outside of texts', () => {
    expect(read('{"a":[NaN,Infinity,-Infinity,1],"NaN":"-Infinity \\" NaN","b":{"c":NaN}}')).toEqual({
      a: [null, null, null, 1],
      NaN: '-Infinity " NaN',
      b: { c: null },
    });
    expect(read('\ufeff{"a":1}')).toEqual({ a: 1 });
    for (const text of ['{"a":xNaN}', '{"a":NaNx}', '{"a":1NaN}', '{"a":nan}', '{NaN:1}'])
      expect(refused(() => read(text)).cause).toBe('the configuration is not valid JSON');
  });

  it.each([
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
    [
      'a device without end',
      (path: string) => {
        symlinkSync('/dev/zero', path);
      },
    ],
    [
      'a folder',
      (path: string) => {
        mkdirSync(path);
      },
    ],
  ])('that is %s is refused', (name, make) => {
    for (const config of ['config.json', 'adapter_config.json']) {
      const path = at(`odd ${name}/${config}`);
      make(path);
      const refusal = refused(() => readConfig(at(`odd ${name}/x`).slice(0, -2), config));
      expect(refusal).toMatchObject({ code: 'unreadable', subject: path });
    }
  });

  it('of ten gigabytes of nothing is refused', () => {
    truncateSync(write('sparse/config.json', ''), 10 * 2 ** 30);
    expect(refused(() => readConfig(at('sparse'))).cause).toMatch(/has 10,737,418,240 bytes/);
  });
});

describe('metadata of an adapter', () => {
  const open = (text: string) => {
    const path = write('adapter/model.safetensors', vectors({ a: 1 }, { lora_adapter_metadata: text }));
    const checkpoint = openCheckpoint(path);
    parse.mockClear();
    try {
      return adapterConfig(checkpoint);
    } finally {
      checkpoint.close();
    }
  };

  it.each([
    ['levels', '['.repeat(10 * MEGABYTE)],
    ['parts', `{${many(MEGABYTE, (i) => `"${i}.r":0`)}}`],
    ['lists', `{"unet.a":[${many(MEGABYTE, () => '[]')}]}`],
  ])('with %s without end are not built', (_, text) => {
    expect(refused(() => open(text)).cause).toMatch(/lora_adapter_metadata (is nested|has) more than/);
    expect(longestParsed()).toBe(0);
  });
});
