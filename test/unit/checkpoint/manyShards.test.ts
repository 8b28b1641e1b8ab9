import { renameSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { MAX_OPEN } from '../../../src/core/storage/descriptors';
import { at, expectFault, file, index, openFiles, vectors, write } from './build';

const name = (i: number): string => `model-${String(i + 1).padStart(5, '0')}-of-00060.safetensors`;

function manyShards(folder: string): string {
  const numbers = Array.from({ length: 60 }, (_, i) => i);
  for (const i of numbers) write(`${folder}/${name(i)}`, vectors({ [`t${i}`]: i + 1 }));
  return write(
    `${folder}/model.safetensors.index.json`,
    index(Object.fromEntries(numbers.map((i) => [`t${i}`, name(i)]))),
  );
}

it('keeps few of many shards open, reads all of them again and again, and closes them', () => {
  const path = manyShards('many');
  const before = openFiles();
  const checkpoint = openCheckpoint(path);
  expect(openFiles() - before).toBeLessThanOrEqual(MAX_OPEN);
  for (const tensors of [checkpoint.tensors, checkpoint.tensors.toReversed()]) {
    for (const tensor of tensors) {
      const bytes = new Uint8Array(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      expect(bytes.at(-1)).toBe(tensor.bytes - 1);
    }
  }
  expect(openFiles() - before).toBeLessThanOrEqual(MAX_OPEN);
  checkpoint.close();
  expect(openFiles()).toBe(before);
  expect(() => {
    checkpoint.read(checkpoint.tensors[0]!, 0, new Uint8Array(1));
  }).toThrow(/is closed/);
});

it('a shard that was replaced before it is opened again is an error', () => {
  const checkpoint = openCheckpoint(manyShards('replaced'));
  write('replaced/new', vectors({ t0: 1 }));
  renameSync(at('replaced/new'), at(`replaced/${name(0)}`));
  expectFault(
    () => {
      checkpoint.read(checkpoint.tensors[0]!, 0, new Uint8Array(1));
    },
    'damaged',
    at(`replaced/${name(0)}`),
    /changed while it was read/,
  );
  checkpoint.close();
});

it('an index may name a tied head that no shard holds, and nothing else', () => {
  const shard = 'model-00001-of-00001.safetensors';
  for (const [folder, missing, sound] of [
    ['head', 'lm_head.weight', true],
    ['embedding', 'model.decoder.embed_tokens.weight', true],
    ['layer', 'model.layers.0.mlp.down_proj.weight', false],
    ['block', 'model.layers.0.attention.output.weight', false],
  ] as const) {
    write(`${folder}/${shard}`, vectors({ a: 4 }));
    const path = write(`${folder}/model.safetensors.index.json`, index({ a: shard, [missing]: shard }));
    if (sound) {
      const checkpoint = openCheckpoint(path);
      expect(checkpoint.tensors.map((tensor) => tensor.name)).toEqual(['a']);
      checkpoint.close();
    } else expectFault(() => openCheckpoint(path), 'damaged', path, /is not in .*where the index says/);
  }
});

it('a tied head that a shard holds elsewhere than the index says is an error', () => {
  write('moved/a.safetensors', vectors({ a: 4, 'lm_head.weight': 1 }));
  write('moved/b.safetensors', vectors({ b: 4 }));
  const path = write(
    'moved/model.safetensors.index.json',
    index({ a: 'a.safetensors', b: 'b.safetensors', 'lm_head.weight': 'b.safetensors' }),
  );
  expectFault(() => openCheckpoint(path), 'damaged', path, /lm_head/);
});

it('an entry without a type and without bytes is no tensor', () => {
  const entry = (end: number) => ({ dtype: '', shape: [], data_offsets: [0, end] });
  const path = write('empty.safetensors', file(JSON.stringify({ 'lm_head.weight': entry(0) })));
  const checkpoint = openCheckpoint(path);
  expect(checkpoint.tensors).toEqual([]);
  checkpoint.close();
  const full = write('full.safetensors', file(JSON.stringify({ a: entry(1) }), new Uint8Array(1)));
  expectFault(() => openCheckpoint(full), 'unsupported', full, /element type "", which is not known/);
});

it('names in capitals are those of checkpoints', () => {
  write('capitals/MODEL.SAFETENSORS', vectors({ a: 2 }));
  const checkpoint = openCheckpoint(at('capitals'));
  expect(checkpoint.path).toBe(at('capitals/MODEL.SAFETENSORS'));
  checkpoint.close();
});
