import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { makeAnalysis } from '../support/analysis';

const keyOf = (n: number): string => n.toString(16).padStart(64, '0');

let directory: string;
let log: string[];
let entryBytes: number;
const open = (entries = Infinity): Promise<ResultStore> =>
  ResultStore.open(directory, (line) => log.push(line), entries * entryBytes);
const kept = async (store: ResultStore): Promise<number[]> => {
  const found = await Promise.all([0, 1, 2, 3, 4].map(async (n) => ((await store.get(keyOf(n))) ? [n] : [])));
  return found.flat();
};
/** Puts the entries' last uses minutes apart, in this order: a file system's clock may be coarse. */
async function age(...order: number[]): Promise<void> {
  for (const [i, n] of order.entries()) {
    const time = new Date(Date.now() - (order.length - i) * 60_000);
    for (const extension of ['json', 'bin'])
      await utimes(join(directory, `${keyOf(n)}.${extension}`), time, time);
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'));
  log = [];
  entryBytes = NaN;
  const store = await ResultStore.open(directory, (line) => log.push(line));
  await store.put(keyOf(0), makeAnalysis());
  entryBytes = (await store.usage()).bytes;
  await store.clear();
});
afterEach(() => rm(directory, { recursive: true }));

describe('the limit', () => {
  it('drops what was used least recently', async () => {
    const store = await open(3.5);
    for (const n of [0, 1, 2]) await store.put(keyOf(n), makeAnalysis());
    await age(0, 1, 2);
    await store.get(keyOf(0));
    await store.put(keyOf(3), makeAnalysis());
    expect(await kept(store)).toEqual([0, 2, 3]);
    expect(log).toEqual([]);
  });

  it('counts what is there when the store is opened, and drops what is too much', async () => {
    const store = await open();
    for (const n of [0, 1, 2]) await store.put(keyOf(n), makeAnalysis());
    await age(2, 1, 0);
    expect(await kept(await open(2.5))).toEqual([0, 1]);
  });

  it('never drops what has just been put, however small the limit', async () => {
    const store = await open(0.1);
    await store.put(keyOf(0), makeAnalysis());
    await store.put(keyOf(1), makeAnalysis());
    expect(await kept(store)).toEqual([1]);
  });

  it('does not count a replaced entry twice for long', async () => {
    const store = await open(2.5);
    for (const n of [0, 1, 1, 1, 1]) await store.put(keyOf(n), makeAnalysis());
    expect(await kept(store)).toEqual([0, 1]);
  });

  it('sees what other processes have put', async () => {
    const [ours, theirs] = [await open(2.5), await open(Infinity)];
    await ours.put(keyOf(0), makeAnalysis());
    for (const n of [1, 2, 3]) await theirs.put(keyOf(n), makeAnalysis());
    await age(0, 1, 2, 3);
    await ours.put(keyOf(4), makeAnalysis());
    await ours.put(keyOf(4), makeAnalysis());
    await ours.put(keyOf(4), makeAnalysis());
    expect(await kept(ours)).toEqual([3, 4]);
  });

  it('also drops what an unfinished write has left', async () => {
    await writeFile(join(directory, `${keyOf(0)}.bin`), Buffer.alloc(10_000));
    await open(1);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('usage and clear', () => {
  it('are about entries and nothing else', async () => {
    const store = await open();
    await store.put(keyOf(0), makeAnalysis());
    await store.put(keyOf(1), makeAnalysis());
    await writeFile(join(directory, 'notes.json'), '{}');
    const sizes = await Promise.all(
      [0, 1].flatMap((n) =>
        ['json', 'bin'].map(async (end) => (await stat(join(directory, `${keyOf(n)}.${end}`))).size),
      ),
    );
    expect(await store.usage()).toEqual({ entries: 2, bytes: sizes.reduce((sum, size) => sum + size, 0) });
    await store.clear();
    expect(await store.usage()).toEqual({ entries: 0, bytes: 0 });
    expect(await readdir(directory)).toEqual(['notes.json']);
    expect(await store.get(keyOf(0))).toBeUndefined();
    expect(log).toEqual([]);
  });
});
