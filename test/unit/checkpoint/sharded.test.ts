import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { at, expectFault, index, openFiles, vectors, write } from './build';

const FIRST = 'model-00001-of-00002.safetensors';
const SECOND = 'model-00002-of-00002.safetensors';
const INDEX = 'model.safetensors.index.json';
const MAP = { a: FIRST, b: FIRST, c: SECOND };

/** A folder with two shards and an index. */
function shards(
  folder: string,
  map: Record<string, string> = MAP,
  second: Record<string, number> = { c: 3 },
): string {
  write(`${folder}/${FIRST}`, vectors({ a: 4, b: 2 }, { format: 'pt', shard: '1' }));
  write(`${folder}/${SECOND}`, vectors(second, { format: 'pt', shard: '2' }));
  return write(`${folder}/${INDEX}`, index(map));
}

describe('a sound set of shards', () => {
  it('is one checkpoint, by its index, its folder or any shard', () => {
    const path = shards('sound');
    write('sound/config.json', '{"model_type":"gpt_neox"}');
    for (const given of [path, at('sound'), at(`sound/${SECOND}`)]) {
      const found: number[] = [];
      const checkpoint = openCheckpoint(given, (count) => found.push(count));
      // Also where nothing but a header has been read so far.
      expect(found).toEqual([0, 2, 2, 3]);
      expect(checkpoint).toMatchObject({
        path,
        format: 'safetensors-sharded',
        metadata: { format: 'pt', shard: '1' },
      });
      expect(checkpoint.config).toEqual({ model_type: 'gpt_neox' });
      expect(checkpoint.tensors.map(({ name, file }) => [name, file.path])).toEqual([
        ['a', at(`sound/${FIRST}`)],
        ['b', at(`sound/${FIRST}`)],
        ['c', at(`sound/${SECOND}`)],
      ]);
      const bytes = new Uint8Array(2);
      checkpoint.read(checkpoint.tensors[2]!, 1, bytes);
      expect([...bytes]).toEqual([1, 2]);
      checkpoint.close();
    }
  });

  it('may be links to files named by their hash, with the siblings beside the links', () => {
    const blob = (content: string | Uint8Array, name: string) => write(`hub/blobs/${name}`, content);
    const snapshot = at('hub/models--owner--model/snapshots/4f2c1b9d/x');
    mkdirSync(at('hub/models--owner--model/snapshots/4f2c1b9d'), { recursive: true });
    const link = (name: string, target: string) => {
      symlinkSync(target, snapshot.replace(/x$/, name));
    };
    link(FIRST, blob(vectors({ a: 4, b: 2 }), 'aa'));
    link(SECOND, blob(vectors({ c: 3 }), 'bb'));
    link(INDEX, blob(index(MAP), 'cc'));
    link('config.json', blob('{"hidden_size":8}', 'dd'));
    const checkpoint = openCheckpoint(snapshot.replace(/x$/, ''));
    expect(checkpoint.config).toEqual({ hidden_size: 8 });
    expect(checkpoint.tensors).toHaveLength(3);
    checkpoint.close();

    rmSync(at('hub/blobs/bb'));
    const gone = snapshot.replace(/x$/, SECOND);
    expectFault(
      () => openCheckpoint(snapshot.replace(/x$/, INDEX)),
      'missing',
      gone,
      /this shard .* is missing/,
    );
  });
});

describe('faults that are named', () => {
  it('a missing shard', () => {
    const path = shards('gone');
    rmSync(at(`gone/${SECOND}`));
    expectFault(
      () => openCheckpoint(path),
      'missing',
      at(`gone/${SECOND}`),
      /this shard of model\.safetensors\.index\.json is missing\. .* all 2 shards/,
    );
    rmSync(at(`gone/${FIRST}`));
    expectFault(() => openCheckpoint(path), 'missing', at(`gone/${FIRST}`), /and so are 1 others/);
  });

  it('a damaged shard, which the other shard survives', () => {
    const path = shards('damaged');
    write(`damaged/${SECOND}`, vectors({ c: 3 }).subarray(0, -1));
    const before = openFiles();
    expectFault(() => openCheckpoint(path), 'damaged', at(`damaged/${SECOND}`), /1 of its bytes/);
    expect(openFiles()).toBe(before);
  });

  it('and no fault leaves a file open', () => {
    const absent = shards('open', { ...MAP, d: SECOND });
    const sound = shards('open-config');
    write('open-config/config.json', '[');
    const before = openFiles();
    expect(() => openCheckpoint(absent)).toThrow('tensor "d"');
    expect(() => openCheckpoint(sound)).toThrow('not valid JSON');
    expect(openFiles()).toBe(before);
  });

  it('a tensor that is not in its shard', () => {
    // The others are what every object has.
    for (const name of ['d', 'constructor', '__proto__']) {
      const path = shards(`absent ${name}`);
      write(`absent ${name}/${INDEX}`, index(MAP).replace('"a"', `"${name}":"${SECOND}","a"`));
      const cause = new RegExp(`tensor "${name}" is not in model-00002-of-00002`);
      expectFault(() => openCheckpoint(path), 'damaged', path, cause);
    }
    const moved = shards('moved', { ...MAP, a: SECOND });
    expectFault(() => openCheckpoint(moved), 'damaged', moved, /tensor "a" is not in model-00002-of-00002/);
  });

  it('a tensor in two shards, or twice in the map', () => {
    const path = shards('twice', MAP, { c: 3, a: 4 });
    expectFault(
      () => openCheckpoint(path),
      'damaged',
      path,
      /tensor "a" is in two shards, model-00001.* and model-00002/,
    );
    const listed = write(`listed/${INDEX}`, `{"weight_map":{"a":"${FIRST}","a":"${SECOND}"}}`);
    expectFault(() => openCheckpoint(listed), 'damaged', listed, /names "a" twice/);
  });

  it.each([
    '../model.safetensors',
    '/etc/passwd',
    'a\\b.safetensors',
    '..',
    'C:x.safetensors',
    '',
    'a\u0000.safetensors',
  ])('a shard named %j', (name) => {
    const path = write(`names/${INDEX}`, index({ a: name }));
    expectFault(() => openCheckpoint(path), 'damaged', path, /not a plain file name/);
  });

  it.each([
    ['not JSON', '{"weight_map":', /not valid JSON/],
    ['no map', '{"metadata":{}}', /no "weight_map"/],
    ['a map to numbers', '{"weight_map":{"a":1}}', /no "weight_map"/],
    ['an empty map', '{"weight_map":{}}', /names no tensors/],
    ['nested without end', `{"a":${'['.repeat(1e5)}`, /nested more than/],
  ])('an index that is %s', (_, text, message) => {
    const path = write(`index/${INDEX}`, text);
    expectFault(() => openCheckpoint(path), 'damaged', path, message);
  });

  it('shards of another format', () => {
    const path = write('bin/pytorch_model.bin.index.json', index({ a: 'weights-1.msgpack' }));
    expectFault(() => openCheckpoint(path), 'unsupported', path, /but such as "weights-1\.msgpack"/);
  });
});
