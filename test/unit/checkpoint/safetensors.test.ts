import { closeSync, ftruncateSync, openSync, truncateSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { MAX_DIMENSIONS, MAX_NAME_LENGTH } from '../../../src/core/checkpoint/formats/caps';
import { MAX_HEADER_BYTES, openSafetensors } from '../../../src/core/checkpoint/formats/safetensors';
import { integer } from '../../../src/protocol/format';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { at, expectFault, file, openFiles, vectors, write, type Entry } from './build';

const NAME = 'broken/model.safetensors';

/** Writes the bytes and expects the reader to call them damaged, in words that match. */
function expectDamaged(bytes: Uint8Array, message: RegExp): void {
  const path = write(NAME, bytes);
  expectFault(() => openCheckpoint(path), 'damaged', path, message);
}

/** A file of one tensor with this entry over four bytes of values. */
function one(entry: unknown, dataBytes = 4): Uint8Array {
  return file(JSON.stringify({ w: entry }), new Uint8Array(dataBytes));
}
const sound: Entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

describe('a sound file', () => {
  it('lists tensors in file order and reads ranges of their bytes', () => {
    const header = {
      late: { dtype: 'U8', shape: [2, 2], data_offsets: [4, 8] },
      __metadata__: { format: 'pt', note: 'ä' },
      early: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
    };
    const path = write(
      'sound/model.safetensors',
      file(`${JSON.stringify(header)}   `, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    );
    const checkpoint = openCheckpoint(path);
    expect(
      checkpoint.tensors.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, bytes })),
    ).toEqual([
      { name: 'early', dtype: 'F16', shape: [2], bytes: 4 },
      { name: 'late', dtype: 'U8', shape: [2, 2], bytes: 4 },
    ]);
    expect(checkpoint).toMatchObject({
      path,
      format: 'safetensors',
      config: null,
      metadata: { format: 'pt', note: 'ä' },
    });
    const before = checkpoint.bytesRead;
    const bytes = new Uint8Array(2);
    checkpoint.read(checkpoint.tensors[1]!, 1, bytes);
    expect([...bytes]).toEqual([6, 7]);
    expect(checkpoint.bytesRead - before).toBe(2);
    expect(() => {
      checkpoint.read(checkpoint.tensors[0]!, 3, bytes);
    }).toThrow(RangeError);
    checkpoint.close();
  });

  it('may hold scalars, empty tensors, no tensors, and names that objects treat as special', () => {
    const header =
      '{"__proto__":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"1":{"dtype":"F64","shape":[3,0],"data_offsets":[2,2]}}';
    const { tensors, source } = openSafetensors(write('odd.safetensors', file(header, new Uint8Array(2))));
    expect(tensors.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['__proto__', 2],
      ['1', 0],
    ]);
    source.close();
    const metadata = '{"__metadata__":{"constructor":"a","__proto__":"b"}}';
    const described = openSafetensors(write('described.safetensors', file(metadata)));
    expect(Object.entries(described.metadata)).toEqual([
      ['constructor', 'a'],
      ['__proto__', 'b'],
    ]);
    described.source.close();
    const empty = openSafetensors(write('none.safetensors', file('{}')));
    expect(empty.tensors).toEqual([]);
    empty.source.close();
  });

  it('may have an empty tensor at the place where another begins', () => {
    const header =
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"e":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}';
    const { tensors, source } = openSafetensors(
      write('same-place.safetensors', file(header, new Uint8Array(4))),
    );
    expect(tensors.map(({ name }) => name)).toEqual(['e', 'a']);
    source.close();
  });

  it('may have quotes, braces and escapes in its texts', () => {
    const name = '{"[\\';
    const bytes = file(
      JSON.stringify({ __metadata__: { note: '"x":{"' }, [name]: sound }),
      new Uint8Array(4),
    );
    const { tensors, metadata, source } = openSafetensors(write('quotes.safetensors', bytes));
    expect(tensors.map((tensor) => tensor.name)).toEqual([name]);
    expect(metadata).toEqual({ note: '"x":{"' });
    source.close();
  });

  it('may have types narrower than a byte', () => {
    const path = write('narrow.safetensors', one({ dtype: 'F6_E2M3', shape: [4], data_offsets: [0, 3] }, 3));
    const { tensors, source } = openSafetensors(path);
    expect(tensors[0]).toMatchObject({ dtype: 'F6_E2M3', bytes: 3 });
    source.close();
    expectDamaged(one({ dtype: 'F4', shape: [3], data_offsets: [0, 2] }, 2), /needs 1\.5 bytes/);
  });

  it('may be larger than 4 GiB', () => {
    const path = at('large.safetensors');
    const beyond = 2 ** 32 + 2 ** 20;
    const header = {
      big: { dtype: 'U8', shape: [beyond], data_offsets: [0, beyond] },
      last: { dtype: 'U8', shape: [4], data_offsets: [beyond, beyond + 4] },
    };
    const start = file(JSON.stringify(header));
    const descriptor = openSync(path, 'w');
    writeSync(descriptor, start);
    ftruncateSync(descriptor, start.length + beyond);
    writeSync(descriptor, Uint8Array.of(11, 12, 13, 14), 0, 4, start.length + beyond);
    closeSync(descriptor);

    const checkpoint = openCheckpoint(path);
    const bytes = new Uint8Array(4);
    checkpoint.read(checkpoint.tensors[1]!, 0, bytes);
    expect([...bytes]).toEqual([11, 12, 13, 14]);
    checkpoint.read(checkpoint.tensors[0]!, beyond - 4, bytes);
    expect([...bytes]).toEqual([0, 0, 0, 0]);
    expect(checkpoint.files).toEqual([{ path, bytes: start.length + beyond + 4 }]);
    checkpoint.close();
    truncateSync(path, start.length + 10);
    expectFault(
      () => openCheckpoint(path),
      'damaged',
      path,
      new RegExp(`${integer(beyond + 4 - 10)} of its bytes are missing`),
    );
  });
});

describe('a file that is cut short', () => {
  const whole = vectors({ a: 100, b: 28 });
  it('says how many bytes are missing', () => {
    expectDamaged(whole.subarray(0, whole.length - 5), /at least 5 of its bytes are missing/);
    expectDamaged(whole.subarray(0, whole.length - 60), /at least 60 of its bytes are missing/);
  });
  it('says so when it ends inside the header, or before it', () => {
    expectDamaged(whole.subarray(0, 20), /cut short/);
    expectDamaged(whole.subarray(0, 8), /cut short/);
    expectDamaged(whole.subarray(0, 3), /cut short/);
    expectDamaged(new Uint8Array(), /the file is empty/);
  });
  it('is noticed when it happens while reading', () => {
    const path = write('shrinks.safetensors', whole);
    const checkpoint = openCheckpoint(path);
    truncateSync(path, whole.length - 8);
    expectFault(
      () => {
        checkpoint.read(checkpoint.tensors[1]!, 0, new Uint8Array(28));
      },
      'damaged',
      path,
      /ended 8 bytes too early/,
    );
    checkpoint.close();
  });
});

describe('a header', () => {
  it('within its limits only', () => {
    const length = Buffer.alloc(9, '{');
    length.writeBigUInt64LE(BigInt(MAX_HEADER_BYTES + 1));
    expectDamaged(length, /claims 100,000,001 bytes/);
    length.writeBigUInt64LE(2n ** 64n - 1n);
    expectDamaged(length, /claims 18,446,744,073,709,551,616 bytes/);
    expectDamaged(Buffer.alloc(64), /does not begin like a safetensors file/);
    expectDamaged(file('[]'), /does not begin like a safetensors file/);
  });
  it.each([
    ['not UTF-8', file(Buffer.from('7b22ff223a317d', 'hex')), /not valid UTF-8/],
    ['not JSON', file('{"w": }'), /not valid JSON/],
    ['a tensor named twice', file('{"w":{},"\\u0077":{}}'), /names "w" twice/],
    ['a field given twice', file('{"w":{"dtype":"F32","dtype":"U8"}}'), /names "dtype" twice/],
    ['nested too deep', file(`{"w":${'['.repeat(1e6)}`), /nested more than 3 levels/],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), /__metadata__/],
    ['metadata of null', file('{"__metadata__":null}'), /__metadata__/],
  ])('%s', (_, bytes, message) => {
    expectDamaged(bytes, message);
  });
});

describe('an entry', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['no type', { ...sound, dtype: undefined }],
    ['a type that is a number', { ...sound, dtype: 4 }],
    ['a negative dimension', { ...sound, shape: [-1, -1] }],
    ['a broken dimension', { ...sound, shape: [0.5, 2] }],
    ['a dimension beyond 2^53', { ...sound, shape: [2 ** 60] }],
    ['one offset', { ...sound, data_offsets: [0] }],
    ['three offsets', { ...sound, data_offsets: [0, 4, 4] }],
    ['offsets as text', { ...sound, data_offsets: ['0', '4'] }],
    ['a negative offset', { ...sound, data_offsets: [-4, 0] }],
  ])('%s', (_, entry) => {
    expectDamaged(one(entry), /its entry for "w" is not of the form/);
  });

  it('of unknown type is unsupported', () => {
    for (const dtype of ['Q4', 'f32', 'toString']) {
      const path = write(NAME, one({ ...sound, dtype }));
      expectFault(
        () => openCheckpoint(path),
        'unsupported',
        path,
        new RegExp(`"${dtype}", which is not known`),
      );
    }
  });

  it('whose offsets do not span its elements', () => {
    expectDamaged(one({ ...sound, shape: [2] }), /needs 8 bytes, but its offsets \[0, 4\] span 4/);
    expectDamaged(one({ ...sound, data_offsets: [4, 0] }), /span −4/);
    expectDamaged(one({ ...sound, shape: Array(8).fill(2 ** 50) }), /needs/);
    expectDamaged(one({ ...sound, data_offsets: [2 ** 53 - 5, 2 ** 53 - 1] }), /belong to nothing/);
  });

  it('with absurd dimensions or name', () => {
    expectDamaged(
      one({ ...sound, shape: Array(MAX_DIMENSIONS + 1).fill(1) }),
      /a list of more than 64 numbers/,
    );
    expectDamaged(
      file(JSON.stringify({ ['n'.repeat(MAX_NAME_LENGTH + 1)]: sound }), new Uint8Array(4)),
      /more than 4096 characters/,
    );
  });
});

describe('the values', () => {
  const two = (a: [number, number], b: [number, number], dataBytes: number) =>
    file(
      JSON.stringify({
        a: { dtype: 'U8', shape: [a[1] - a[0]], data_offsets: a },
        b: { dtype: 'U8', shape: [b[1] - b[0]], data_offsets: b },
      }),
      new Uint8Array(dataBytes),
    );
  it('may not overlap', () => {
    expectDamaged(two([0, 4], [3, 8], 8), /tensor "b" overlaps tensor "a"/);
    expectDamaged(two([0, 4], [0, 4], 4), /overlaps/);
  });
  it('may leave no gap', () => {
    expectDamaged(two([0, 4], [6, 8], 8), /2 bytes between tensor "a" and tensor "b" belong to nothing/);
    expectDamaged(two([1, 4], [4, 8], 8), /1 bytes between the header and tensor "a"/);
    expectDamaged(two([0, 4], [4, 8], 11), /3 bytes after tensor "b" belong to nothing/);
  });
});

it('any truncation or change of bytes gives a checkpoint or an error that users can read, and leaks no descriptor', () => {
  const whole = Buffer.from(vectors({ 'a.weight': 40, 'b.weight': 24, c: 0 }, { format: 'pt' }));
  let state = 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const before = openFiles();
  let opened = 0;
  let refused = 0;
  for (let round = 0; round < 1000; round++) {
    const bytes = Buffer.from(round % 4 === 0 ? whole.subarray(0, random(whole.length)) : whole);
    for (let flips = random(4); flips > 0 && bytes.length > 0; flips--) {
      // Half of the damage goes to the header's beginning, where it has most effect.
      bytes[random(round % 2 ? Math.min(bytes.length, 60) : bytes.length)] = random(256);
    }
    const path = write('fuzz.safetensors', bytes);
    try {
      const checkpoint = openCheckpoint(path);
      for (const tensor of checkpoint.tensors) checkpoint.read(tensor, 0, new Uint8Array(tensor.bytes));
      checkpoint.fingerprint();
      checkpoint.close();
      opened++;
    } catch (error) {
      if (!(error instanceof NeuroMfaError)) throw error;
      expect(error.data.subject).toBe(path);
      refused++;
    }
  }
  expect(opened).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(500);
  expect(openFiles()).toBe(before);
});
