import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BLOCK_TYPES, decodeBlocks, type BlockTypeName } from '../../../src/core/weights/recipes/ggmlBlocks';

interface Blocks {
  elements: number;
  bytes: number;
  /** Base64: blocks that ggml quantized, then as many of random bits. */
  stored: string;
  /** Base64, float32: what ggml makes of them. */
  values: string;
}
// Written by ggml's own library with blocks.py beside it.
const BY_GGML = JSON.parse(readFileSync('test/fixtures/formats/gguf/blocks.json', 'utf8')) as Record<
  string,
  Blocks
>;

describe('blocks of ggml', () => {
  it('are tested for every type that is read', () => {
    expect(Object.keys(BY_GGML).sort()).toEqual(Object.keys(BLOCK_TYPES).sort());
  });

  it.each(Object.keys(BLOCK_TYPES) as BlockTypeName[])('%s: every value has the bits of ggml', (type) => {
    const { elements, bytes, stored, values } = BY_GGML[type]!;
    expect(BLOCK_TYPES[type]).toMatchObject({ elements, bytes });
    const given = Buffer.from(stored, 'base64');
    const wanted = new Float32Array(Uint8Array.from(Buffer.from(values, 'base64')).buffer);
    const decoded = new Float32Array(wanted.length);
    decodeBlocks(type, given, decoded);
    const [mine, theirs] = [decoded, wanted].map((each) => new Uint32Array(each.buffer)) as [
      Uint32Array,
      Uint32Array,
    ];
    // Which NaN it is no one asks.
    const different = [...wanted.keys()].filter(
      (i) => mine[i] !== theirs[i] && !(Number.isNaN(wanted[i]!) && Number.isNaN(decoded[i]!)),
    );
    expect(different).toEqual([]);
    expect(wanted.some((value) => value !== 0)).toBe(true);
  });
});
