import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStates } from '../../../src/extension/services/fileStates';

let folder: string;
let states: FileStates;
const write = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const index = (...shards: string[]): string =>
  JSON.stringify({ weight_map: Object.fromEntries(shards.map((shard, i) => [`t${i}`, shard])) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromfa-states-'));
  states = new FileStates();
  write('a.safetensors', 'a');
  write('b.safetensors', 'b');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the state of an index', () => {
  it('is that of its own shards, whatever else comes into the folder', () => {
    const path = write('model.safetensors.index.json', index('a.safetensors', 'b.safetensors'));
    const before = states.of(path);
    expect(before).not.toBeNull();
    write('other.safetensors', 'new');
    expect(states.of(path)).toBe(before);
    write('b.safetensors', 'bb');
    expect(states.of(path)).not.toBe(before);
  });

  it('changes where it names others, or loses one', () => {
    const path = write('model.safetensors.index.json', index('a.safetensors'));
    const before = states.of(path);
    write('model.safetensors.index.json', index('a.safetensors', 'b.safetensors'));
    const both = states.of(path);
    expect(both).not.toBe(before);
    rmSync(join(folder, 'b.safetensors'));
    expect(states.of(path)).not.toBe(both);
    rmSync(path);
    expect(states.of(path)).toBeNull();
  });

  it('is that of the groups of a manifest of TensorFlow.js', () => {
    write('group1-shard1of1.bin', '1');
    const path = write('m-weights_manifest.json', JSON.stringify([{ paths: ['group1-shard1of1.bin'] }]));
    const before = states.of(path);
    write('a.safetensors', 'aa');
    expect(states.of(path)).toBe(before);
    write('group1-shard1of1.bin', '12');
    expect(states.of(path)).not.toBe(before);
  });

  it('is that of all checkpoint files beside it where it cannot be read as an index, and looks at nothing elsewhere', () => {
    const path = write('model.safetensors.index.json', '{');
    const before = states.of(path);
    write('a.safetensors', 'aa');
    expect(states.of(path)).not.toBe(before);
    const outside = write('bad.safetensors.index.json', index('../x.safetensors', '/etc/hostname'));
    expect(states.of(outside)).not.toMatch(/hostname|x\.safetensors/);
  });

  it('of any other file is its own', () => {
    const path = join(folder, 'a.safetensors');
    const before = states.of(path);
    write('b.safetensors', 'bbb');
    expect(states.of(path)).toBe(before);
    write('a.safetensors', 'aaa');
    expect(states.of(path)).not.toBe(before);
  });
});
