/** What was read over a network is kept whole or not at all, within a limit. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CachedFiles } from '../../../src/core/store/cachedFiles';

const HOUR = 3_600_000;
let parent: string;
let folder: string;
let now: number;
const clock = (): number => now;
const bytes = (length: number, value = 1): Buffer => Buffer.alloc(length, value);

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'neuromfa-kept-'));
  folder = join(parent, 'network');
  now = Date.now();
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

it('an entry is found by its name alone, by other users of the folder as well', () => {
  const files = new CachedFiles(folder);
  expect(files.get('a')).toBeNull();
  files.put('a', bytes(5));
  files.put('b', bytes(0));
  const others = new CachedFiles(folder);
  expect(others.get('a')).toEqual(bytes(5));
  expect(others.get('b')).toEqual(bytes(0));
  expect(others.get('c')).toBeNull();
  expect([others.has('a'), others.has('c')]).toEqual([true, false]);
  files.drop('a');
  expect(others.get('a')).toBeNull();
});

it('nobody else on the machine may read it', () => {
  new CachedFiles(folder).put('a', bytes(5));
  expect(statSync(folder).mode & 0o077).toBe(0);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
});

it('an entry that is not what was written is none, and goes', () => {
  const files = new CachedFiles(folder);
  files.put('a', bytes(100));
  const [name] = readdirSync(folder) as [string];
  const path = join(folder, name);
  const whole = readFileSync(path);
  for (const wrong of [
    whole.subarray(0, -1),
    Buffer.concat([whole, bytes(1)]),
    whole.subarray(0, 10),
    Buffer.alloc(0),
    Buffer.from(whole.map((byte, i) => (i === 60 ? byte ^ 1 : byte))),
  ]) {
    writeFileSync(path, wrong);
    expect(files.get('a')).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  }
  // The content of another name.
  files.put('b', bytes(100));
  const [other] = readdirSync(folder) as [string];
  writeFileSync(path, readFileSync(join(folder, other)));
  expect(files.get('a')).toBeNull();
  expect(files.get('b')).toEqual(bytes(100));
});

it('what was used longest ago makes room, but not what was used within the last hour', () => {
  const files = new CachedFiles(folder, 1000, clock);
  for (const name of ['a', 'b', 'c', 'd']) {
    now += 1000;
    files.put(name, bytes(200));
  }
  // All are of a run in hand, and there is no room for a fifth.
  files.put('e', bytes(200));
  expect(files.get('e')).toBeNull();
  now += 2 * HOUR;
  expect(files.get('a')).toEqual(bytes(200));
  files.put('e', bytes(200));
  expect(['a', 'b', 'c', 'd', 'e'].filter((name) => files.has(name))).toEqual(['a', 'd', 'e']);
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1000);
});

it('what writers have left that were ended makes room as well', () => {
  const files = new CachedFiles(folder, 1000, clock);
  files.put('a', bytes(100));
  writeFileSync(join(folder, '123-left.tmp'), bytes(900));
  now += 2 * HOUR;
  new CachedFiles(folder, 1000, clock).put('b', bytes(100));
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(files.has('b')).toBe(true);
});

it('where the folder cannot be written, nothing is kept and nothing fails', () => {
  const path = join(parent, 'a file');
  writeFileSync(path, '');
  const files = new CachedFiles(join(path, 'below'));
  files.put('a', bytes(5));
  expect(files.get('a')).toBeNull();
});
