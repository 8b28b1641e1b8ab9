import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { resolveCheckpoint } from '../../../src/core/checkpoint/resolve';
import { writeCheckpoint } from '../support/writeCheckpoint';
import { figuresOf, modelAt, resultOf, valuesOf } from '../support/decodedAs';
import { ggufFile, text, u32, u64, type GgufEntry, type GgufOptions } from '../support/gguf';
import { at, expectFault, openFiles, write } from './build';

const FIXTURES = 'test/fixtures/formats/gguf';
const SHARDS = ['tiny-00001-of-00002.gguf', 'tiny-00002-of-00002.gguf'];
/** Written by ggml itself with models.py beside them. */
const BY_GGML = JSON.parse(readFileSync(join(FIXTURES, 'tiny.json'), 'utf8')) as Record<
  string,
  { shape: number[]; type: string; sha256: string }
>;
const fixture = (name: string): Uint8Array => readFileSync(join(FIXTURES, name));
const sha256 = (values: Float32Array): string =>
  createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

describe('a model that ggml has written', () => {
  it('has the shapes, types and values that ggml gives', () => {
    const checkpoint = openCheckpoint(join(FIXTURES, 'tiny.gguf'));
    const read = Object.fromEntries(
      checkpoint.tensors.map((tensor) => {
        const { name, shape, dtype, stored = dtype } = tensor;
        return [name, { shape: [...shape], type: stored, sha256: sha256(valuesOf(checkpoint, tensor)) }];
      }),
    );
    expect(read).toEqual(BY_GGML);
    expect(checkpoint).toMatchObject({
      format: 'gguf',
      config: {
        model_type: 'llama',
        num_attention_heads: 4,
        num_key_value_heads: 2,
        num_hidden_layers: 2,
        hidden_size: 64,
        intermediate_size: 96,
        vocab_size: 40,
      },
      metadata: {
        'general.name': 'tiny',
        'llama.attention.head_count_kv': '[2, 2]',
        'tokenizer.ggml.tokens': '40 values',
      },
    });
    checkpoint.close();
  });

  it('has them in two files as well, whichever of them or whose folder is named', () => {
    const folder = at('shards');
    for (const name of SHARDS) write(`shards/${name}`, fixture(name));
    const seen = [folder, ...SHARDS.map((name) => join(folder, name))].map((path) => {
      expect(resolveCheckpoint(path)).toBe(join(folder, SHARDS[0]!));
      const checkpoint = openCheckpoint(path);
      const values = checkpoint.tensors.map((tensor) => [tensor.name, sha256(valuesOf(checkpoint, tensor))]);
      const { config, files } = checkpoint;
      checkpoint.close();
      return { values, config, files: files.length };
    });
    const values = Object.entries(BY_GGML).map(([name, { sha256: own }]) => [name, own]);
    for (const each of seen)
      expect(each).toMatchObject({ values, config: { num_attention_heads: 4 }, files: 2 });
  });

  it('names the file that is missing', () => {
    const path = write(`one/${SHARDS[1]!}`, fixture(SHARDS[1]!));
    expectFault(() => openCheckpoint(path), 'missing', at(`one/${SHARDS[0]!}`), /is missing/);
    expectFault(() => openCheckpoint(at('one')), 'missing', at(`one/${SHARDS[0]!}`), /is missing/);
    const renamed = write('renamed/other.gguf', fixture(SHARDS[1]!));
    expectFault(() => openCheckpoint(renamed), 'unsupported', renamed, /one of 2 files/);
  });

  it('does not take a configuration that lies beside it', () => {
    write('beside/config.json', '{"num_attention_heads": 7}');
    const checkpoint = openCheckpoint(write('beside/tiny.gguf', fixture('tiny.gguf')));
    expect(checkpoint.config).toMatchObject({ num_attention_heads: 4 });
    expect(checkpoint.stamps).toHaveLength(1);
    checkpoint.close();
  });

  it.each(['sampled', 'full'] as const)(
    'has the %s figures of its float32 values in safetensors',
    async (mode) => {
      const path = join(FIXTURES, 'tiny.gguf');
      const model = modelAt(path);
      const tensors = model.tensors.map((tensor) => ({
        name: tensor.name,
        dtype: 'F32',
        shape: tensor.shape,
        bytes: new Uint8Array(valuesOf(model.checkpoint, tensor).buffer),
      }));
      const plain = writeCheckpoint(tensors, model.checkpoint.config!);
      model.close();
      try {
        const settings = { mode, samples: 3, neurons: 16 };
        expect(await figuresOf(path, settings)).toEqual(await figuresOf(plain.path, settings));
      } finally {
        plain.remove();
      }
    },
  );

  it('is told of by its stored types, and by the order of rows that its converter changes', async () => {
    const { warnings } = await resultOf(join(FIXTURES, 'tiny.gguf'), { samples: 1, neurons: 16 });
    expect(warnings).toContainEqual({
      code: 'decoded-weights',
      types: ['IQ4_NL', 'MXFP4', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0'],
      tensors: 11,
      of: 14,
    });
    expect(warnings).toContainEqual({ code: 'rows-reordered' });
  });
});

/** A vector of four numbers. */
const vector = (name = 'a'): Parameters<typeof ggufFile>[0][number] => ({
  name,
  shape: [4],
  type: 0,
  bytes: new Uint8Array(16),
});

describe('GGUF files', () => {
  let number = 0;
  const open = (bytes: Uint8Array): ReturnType<typeof openCheckpoint> =>
    openCheckpoint(write(`any/${number++}.gguf`, bytes));
  const withEntry = (value: GgufEntry, more: GgufOptions = {}): Buffer =>
    ggufFile([vector()], { ...more, metadata: { key: value } });

  it.each([2, 3])('of version %i are read', (version) => {
    const checkpoint = open(ggufFile([vector(), vector('b')], { version }));
    expect(checkpoint.tensors.map(({ name, shape, dtype }) => [name, [...shape], dtype])).toEqual([
      ['a', [4], 'F32'],
      ['b', [4], 'F32'],
    ]);
    checkpoint.close();
  });

  it('give kernels over single channels their side of 1 again', () => {
    const checkpoint = open(
      ggufFile([{ name: 'blk.0.ssm_conv1d.weight', shape: [6, 4], type: 0, bytes: new Uint8Array(96) }]),
    );
    expect(checkpoint.tensors[0]!.shape).toEqual([6, 1, 4]);
    checkpoint.close();
  });

  it('keep another alignment, values beyond 2^53 and lists in lists', () => {
    const nested = Buffer.concat([u32(9), u32(9), u64(1), u32(8), u64(2), text('x'), text('yz')]);
    const checkpoint = open(
      ggufFile([vector(), vector('b')], {
        alignment: 64,
        metadata: { 'general.alignment': ['u32', 64], seed: ['u64', 2n ** 63n], list: ['raw', nested] },
      }),
    );
    expect(checkpoint.tensors[1]!.offset % 64).toBe(0);
    expect(checkpoint.metadata).toMatchObject({ seed: '9223372036854775808', list: '1 values' });
    checkpoint.close();
  });

  const at30 = (bytes: Buffer, offset: number, value: Buffer): Buffer => {
    value.copy(bytes, offset);
    return bytes;
  };
  it.each<[string, Uint8Array, 'damaged' | 'unsupported', RegExp]>([
    ['big-endian files', at30(ggufFile([]), 4, Buffer.of(0, 0, 0, 3)), 'unsupported', /big-endian/],
    ['version 1', ggufFile([], { version: 1 }), 'unsupported', /version 1/],
    ['version 4', ggufFile([], { version: 4 }), 'unsupported', /version 4/],
    ['2^40 tensors', at30(ggufFile([]), 8, u64(2 ** 40)), 'damaged', /claims 1099511627776 tensors/],
    ['2^63 keys', at30(ggufFile([]), 16, u64(2n ** 63n)), 'damaged', /beyond 2\^53/],
    [
      'a key of 2^40 bytes',
      at30(withEntry(['u8', 1]), 24, u64(2 ** 40)),
      'damaged',
      /has 1,099,511,627,776 bytes/,
    ],
    [
      'a key twice',
      ggufFile([], {
        metadata: {
          a: ['raw', Buffer.concat([u32(0), Buffer.of(1), text('a'), u32(0), Buffer.of(1)])],
          b: ['raw', Buffer.alloc(0)],
        },
      }),
      'damaged',
      /"a" twice/,
    ],
    ['a type of value that there is not', withEntry(['raw', u32(13)]), 'damaged', /type 13/],
    [
      'lists too deep',
      withEntry([
        'raw',
        Buffer.concat([u32(9), ...Array.from({ length: 6 }, () => Buffer.concat([u32(9), u64(1)]))]),
      ]),
      'damaged',
      /deep/,
    ],
    [
      'a list of 2^31 texts',
      withEntry(['raw', Buffer.concat([u32(9), u32(8), u64(2 ** 31)])]),
      'damaged',
      /elements/,
    ],
    [
      'a text of 2^30 bytes',
      withEntry(['raw', Buffer.concat([u32(8), u64(2 ** 30)])]),
      'damaged',
      /1,073,741,824 bytes/,
    ],
    [
      'an alignment of 24',
      ggufFile([vector()], { metadata: { 'general.alignment': ['u32', 24] } }),
      'damaged',
      /alignment/,
    ],
    ['a tensor twice', ggufFile([vector(), vector()]), 'damaged', /twice/],
    ['five dimensions', ggufFile([{ ...vector(), shape: [1, 1, 1, 1, 4] }]), 'damaged', /5 dimensions/],
    [
      'rows that are no whole blocks',
      ggufFile([{ name: 'a', shape: [2, 16], type: 2, bytes: new Uint8Array(18) }]),
      'damaged',
      /no whole blocks of Q4_0/,
    ],
    [
      'more weights than 2^53',
      ggufFile([{ name: 'a', shape: [2 ** 30, 2 ** 30], type: 0, bytes: new Uint8Array(4) }]),
      'damaged',
      /2\^53/,
    ],
    [
      'values that overlap',
      Buffer.concat([ggufFile([{ ...vector(), shape: [64] }, vector('b')]), Buffer.alloc(512)]),
      'damaged',
      /begins at 32, where 256/,
    ],
    [
      'IQ2_XXS',
      ggufFile([{ name: 'a', shape: [256], type: 16, bytes: new Uint8Array(66) }]),
      'unsupported',
      /IQ2_XXS/,
    ],
    [
      'a type that is not known',
      ggufFile([{ name: 'a', shape: [256], type: 99, bytes: new Uint8Array(66) }]),
      'unsupported',
      /number 99/,
    ],
    [
      'a low-rank adapter',
      ggufFile([vector()], { metadata: { 'general.type': ['text', 'adapter'] } }),
      'unsupported',
      /adapter in GGUF/,
    ],
  ])('are refused with the reason: %s', (_, bytes, code, message) => {
    const before = openFiles();
    const path = write(`refused/${number++}.gguf`, bytes);
    expectFault(() => openCheckpoint(path), code, path, message);
    expect(openFiles()).toBe(before);
  });

  it('are refused wherever they are cut', () => {
    const whole = fixture('tiny.gguf');
    const header = openCheckpoint(join(FIXTURES, 'tiny.gguf'));
    const begin = header.tensors[0]!.offset;
    header.close();
    for (let length = 1; length < begin; length += 7) {
      const path = write('cut/x.gguf', whole.subarray(0, length));
      expectFault(() => openCheckpoint(path), 'damaged', path, /cut short|like/);
    }
    const path = write('cut/x.gguf', whole.subarray(0, -64));
    expectFault(() => openCheckpoint(path), 'damaged', path, /cut short/);
  });
});
