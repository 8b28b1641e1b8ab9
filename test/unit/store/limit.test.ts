import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as entries from '../../../src/core/store/entries';
import { ResultStore } from '../../../src/core/store/resultStore';
import { packArrays } from '../../../src/protocol/packing';
import { makeAnalysis, SOURCE } from '../support/analysis';
import { arraysOf, jsonOf } from './files';

const keyOf = (n: number): string => n.toString(16).padStart(64, '0');
const HOUR = 60 * 60 * 1000;

let directory: string;
let log: string[];
let entryBytes: number;
/** @param limit in entries. */
const open = (limit = Infinity): Promise<ResultStore> =>
  ResultStore.open(directory, (line) => log.push(line), limit * entryBytes);
const put = async (store: ResultStore, ...numbers: number[]): Promise<void> => {
  for (const n of numbers) await store.put(keyOf(n), makeAnalysis(), SOURCE);
};
/** The entries that are there, without using any. */
const there = async (): Promise<number[]> =>
  (await readdir(directory))
    .filter((name) => name.endsWith('.json'))
    .map((name) => parseInt(name, 16))
    .sort((a, b) => a - b);
/** Gives the entries last uses so many hours ago, an hour apart, in this order. */
async function age(hours: number, ...order: number[]): Promise<void> {
  for (const [i, n] of order.entries()) {
    const time = new Date(Date.now() - (hours + order.length - i) * HOUR);
    for (const path of [jsonOf(directory, keyOf(n)), await arraysOf(directory, keyOf(n))])
      await utimes(path, time, time);
  }
}
/** Entries that were used long ago, by a process that has ended. */
async function former(...order: number[]): Promise<void> {
  await put(await open(), ...order);
  await age(24, ...order);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'));
  log = [];
  entryBytes = NaN;
  const store = await ResultStore.open(directory, (line) => log.push(line));
  await put(store, 0);
  entryBytes = (await store.usage()).bytes;
  await store.clear();
});
afterEach(() => rm(directory, { recursive: true }));

describe('the limit', () => {
  it('drops what was used least recently, when something is put', async () => {
    await former(0, 1, 2);
    const store = await open(3.5);
    await store.get(keyOf(0));
    expect(await there()).toEqual([0, 1, 2]);
    await put(store, 3);
    expect(await there()).toEqual([0, 2, 3]);
    await put(store, 4);
    expect(await there()).toEqual([0, 3, 4]);
    expect(log).toEqual([]);
    expect(await readdir(directory)).toHaveLength(6);
  });

  it('counts what is there, and drops as much as is too much', async () => {
    await former(2, 1, 0);
    await put(await open(2.5), 3);
    expect(await there()).toEqual([0, 3]);
  });

  it('is none unless it is given', async () => {
    await former(0, 1, 2);
    const list = vi.spyOn(entries, 'listStore');
    await put(await open(), 3);
    expect(await there()).toEqual([0, 1, 2, 3]);
    expect(list).not.toHaveBeenCalled();
  });

  it('does not count a replaced entry twice', async () => {
    await former(0);
    await put(await open(2.5), 1, 1, 1, 1);
    expect(await there()).toEqual([0, 1]);
  });

  it('counts temporary files and unfinished entries', async () => {
    await former(0, 1);
    await writeFile(join(directory, `${keyOf(8)}.json.123-00112233.tmp`), Buffer.alloc(entryBytes));
    await writeFile(join(directory, `${keyOf(9)}.00112233.bin`), Buffer.alloc(entryBytes));
    await put(await open(4.5), 2);
    expect(await there()).toEqual([1, 2]);
    expect(await readdir(directory)).toHaveLength(6);
  });

  it('sees what other processes have put, at the latest after a sixteenth of it', async () => {
    await former(0, 1, 2, 3);
    const ours = await open(40.5);
    await put(ours, 10);
    await put(await open(), ...Array.from({ length: 40 }, (_, i) => 100 + i));
    await age(12, ...Array.from({ length: 40 }, (_, i) => 100 + i));
    await put(ours, 11, 12, 13);
    expect(await there()).toEqual(expect.arrayContaining([10, 11, 12, 13]));
    expect((await ours.usage()).bytes).toBeLessThanOrEqual(40.5 * entryBytes);
  });
});

describe('what a run uses stays, whatever the limit', () => {
  it('when it is larger than the limit: it goes on where it was', async () => {
    const run = Array.from({ length: 12 }, (_, n) => n);
    await put(await open(4.5), ...run);
    expect(await there()).toEqual(run);
    const restarted = await open(4.5);
    for (const n of run) expect(await restarted.get(keyOf(n)), String(n)).toBeDefined();
    await put(restarted, 12);
    expect(await there()).toEqual([...run, 12]);
  });

  it('and the user is told once', async () => {
    const store = await open(2.5);
    await put(store, 0, 1, 2, 3, 4);
    await store.get(keyOf(0));
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(
      /^\/.*: the results take 0\.\d\u202fMB, more than the limit of 0\.\d\u202fMB\. All of them stay/,
    );
  });

  it('however long ago it was used', async () => {
    const store = await open(2.5);
    await put(store, 0);
    await former(1);
    await age(48, 0);
    await put(store, 2, 3);
    expect(await there()).toEqual([0, 2, 3]);
  });

  it('even where it was only read', async () => {
    await former(0, 1, 2);
    const store = await open(2.5);
    expect(await store.get(keyOf(0))).toBeDefined();
    await put(store, 3, 4);
    expect(await there()).toEqual([0, 3, 4]);
  });

  it('until it is over', async () => {
    const store = await open(2.5);
    await put(store, 0, 1, 2, 3);
    store.release();
    await put(store, 4);
    expect(await there()).toEqual([0, 1, 2, 3, 4]); // Still of the last hours.
    await age(12, 0, 1, 2, 3);
    await put(await open(2.5), 5);
    expect(await there()).toEqual([4, 5]);
    await age(12, 4, 5);
    await put(store, 6);
    store.release();
    await age(12, 6);
    await put(store, 7, 8);
    expect(await there()).toEqual([7, 8]);
  });
});

describe('what another process uses', () => {
  it('stays for hours', async () => {
    await former(0);
    await put(await open(), 1, 2);
    const store = await open(1.5);
    await put(store, 3);
    expect(await there()).toEqual([1, 2, 3]);
    expect(log.join()).toMatch(/in the last 6 hours/);
  });

  it('stays where it was used after the listing', async () => {
    await former(0, 1, 2, 3);
    const ours = await open(5.5);
    await put(ours, 10);
    await (await open()).get(keyOf(0));
    await put(ours, 11);
    expect(await there()).toEqual([0, 2, 3, 10, 11]);
  });

  it('is not missed when another process has removed it', async () => {
    await former(0, 1, 2);
    const ours = await open(4.5);
    await put(ours, 10);
    await rm(jsonOf(directory, keyOf(0)));
    await rm(await arraysOf(directory, keyOf(0)));
    await put(ours, 11);
    expect(await there()).toEqual([1, 2, 10, 11]);
    expect(log).toEqual([]);
  });
});

describe('what is not ours', () => {
  it('is neither removed nor counted', async () => {
    await former(0, 1);
    await writeFile(
      jsonOf(directory, keyOf(0)),
      `{"schema":"neuromfa/stored@9"}${' '.repeat(4 * entryBytes)}`,
    );
    await writeFile(jsonOf(directory, keyOf(7)), ' '.repeat(4 * entryBytes));
    await mkdir(jsonOf(directory, keyOf(8)));
    for (const n of [0, 7, 8]) {
      const time = new Date(Date.now() - 100 * HOUR);
      await utimes(jsonOf(directory, keyOf(n)), time, time);
    }
    const store = await open(3.5);
    await put(store, 2);
    expect(await there()).toEqual([0, 1, 2, 7, 8]);
    expect(log).toEqual([]);
    await put(store, 3, 4);
    expect(await there()).toEqual([0, 2, 3, 4, 7, 8]);
  });

  it('an entry of a former version is ours', async () => {
    await former(0, 1);
    await writeFile(jsonOf(directory, keyOf(0)), '{"schema":"neuromfa/stored@1"}');
    await rm(await arraysOf(directory, keyOf(0)));
    await writeFile(join(directory, `${keyOf(0)}.bin`), packArrays(makeAnalysis().arrays));
    const time = new Date(Date.now() - 100 * HOUR);
    await utimes(jsonOf(directory, keyOf(0)), time, time);
    await put(await open(1.1), 2);
    expect(await readdir(directory)).toHaveLength(2);
  });
});

describe('a clock that jumped', () => {
  const inTheFuture = async (...numbers: number[]): Promise<void> => {
    for (const n of numbers) {
      const time = new Date(Date.now() + 1000 * HOUR);
      await utimes(jsonOf(directory, keyOf(n)), time, time);
    }
  };

  it('does not make its entries stay for ever', async () => {
    await former(0, 1);
    await inTheFuture(0);
    await put(await open(1.5), 2);
    expect(await there()).toEqual([0, 2]);
    const { mtimeMs } = await stat(jsonOf(directory, keyOf(0)));
    expect(Math.abs(mtimeMs - Date.now())).toBeLessThan(HOUR);
    await age(12, 0, 2);
    await put(await open(1.5), 3);
    expect(await there()).toEqual([3]);
  });

  it('does not let them stay at the cost of new ones', async () => {
    await former(0, 1, 2);
    await inTheFuture(0, 1, 2);
    const store = await open(2.5);
    await put(store, 3, 4, 5);
    expect(await there()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a put', () => {
  it('lists the store once in many times', async () => {
    await former(...Array.from({ length: 20 }, (_, n) => n));
    const store = await open(64.5);
    const list = vi.spyOn(entries, 'listStore');
    await put(store, ...Array.from({ length: 64 }, (_, n) => 100 + n));
    expect(list.mock.calls.length).toBeLessThanOrEqual(1 + 64 / 4);
    expect((await store.usage()).bytes).toBeLessThanOrEqual(64.5 * entryBytes);
  });

  it('is kept even where no room can be made', async () => {
    await former(0);
    vi.spyOn(entries, 'listStore').mockRejectedValue(new Error('out of order'));
    const store = await open(0.5);
    await put(store, 1, 2);
    expect(await there()).toEqual([0, 1, 2]);
    expect(log).toEqual([expect.stringMatching(/no space can be freed in this store: out of order/)]);
  });
});
afterEach(() => vi.restoreAllMocks());

describe('leftovers', () => {
  const OLD = new Date(Date.now() - 2 * HOUR);
  const arrays = packArrays(makeAnalysis().arrays);
  async function lay(name: string, content: string | Uint8Array, time = OLD): Promise<void> {
    await writeFile(join(directory, name), content);
    await utimes(join(directory, name), time, time);
  }
  const ours: [string, string | Uint8Array][] = [
    [`${keyOf(1)}.json.123-00112233.tmp`, '{"schema":'],
    [`${keyOf(1)}.bin.123-00112233.tmp`, arrays.subarray(0, 40)],
    [`${keyOf(1)}.00112233.bin`, arrays],
    [`${keyOf(1)}.00112244.bin`, arrays.subarray(0, 40)],
    [`${keyOf(1)}.00112255.bin`, ''],
    [`${keyOf(1)}.bin`, arrays],
  ];

  it.each(ours)('of a writer that died go, not before an hour: %s', async (name, content) => {
    await lay(name, content, new Date());
    await open();
    expect(await readdir(directory)).toEqual([name]);
    await lay(name, content);
    await open();
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    'notes.tmp',
    'a.json.1-old.tmp',
    `${keyOf(1)}.tmp`,
    `${keyOf(1)}.json.tmp`,
    `${keyOf(1)}.json.bak`,
    `${keyOf(1)}0.bin`,
    `${keyOf(1)}.bin`,
    `${keyOf(1)}.00112233.bin`,
  ])('are no files of others: %s', async (name) => {
    await lay(name, 'of somebody else');
    const store = await open();
    await store.clear();
    expect(await readdir(directory)).toEqual([name]);
  });

  it('of a replacement go, the entry stays', async () => {
    await former(1);
    await lay(`${keyOf(1)}.00112233.bin`, arrays);
    await lay(`${keyOf(1)}.bin`, arrays);
    expect((await (await open()).get(keyOf(1)))?.analysis).toEqual(makeAnalysis());
    expect(await readdir(directory)).toHaveLength(2);
  });

  it('beside an entry that is not ours stay', async () => {
    await lay(`${keyOf(1)}.json`, '{"schema":"neuromfa/stored@9"}');
    await lay(`${keyOf(1)}.00112233.bin`, arrays);
    await lay(`${keyOf(1)}.00112244.bin`, arrays);
    await open();
    expect(await readdir(directory)).toHaveLength(3);
  });

  it('of a clock that was ahead go an hour after they were seen', async () => {
    await lay(`${keyOf(1)}.00112233.bin`, arrays, new Date(Date.now() + 1000 * HOUR));
    await open();
    const path = join(directory, `${keyOf(1)}.00112233.bin`);
    expect(Math.abs((await stat(path)).mtimeMs - Date.now())).toBeLessThan(HOUR);
    await utimes(path, OLD, OLD);
    await open();
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('usage and clear', () => {
  it('are about entries and nothing else', async () => {
    const store = await open();
    await put(store, 0, 1);
    await writeFile(join(directory, 'notes.json'), '{}');
    const sizes = await Promise.all(
      (await readdir(directory))
        .filter((name) => name !== 'notes.json')
        .map(async (name) => (await stat(join(directory, name))).size),
    );
    expect(await store.usage()).toEqual({ entries: 2, bytes: sizes.reduce((sum, size) => sum + size, 0) });
    await store.clear();
    expect(await store.usage()).toEqual({ entries: 0, bytes: 0 });
    expect(await readdir(directory)).toEqual(['notes.json']);
    expect(await store.get(keyOf(0))).toBeUndefined();
    expect(log).toEqual([]);
  });

  it('clearing takes every version of ours and no stranger', async () => {
    await former(0, 1, 2);
    await writeFile(jsonOf(directory, keyOf(0)), '{"schema":"neuromfa/stored@1"}');
    await writeFile(jsonOf(directory, keyOf(1)), '{"schema":"neuromfa/stored@9"}');
    await writeFile(jsonOf(directory, keyOf(2)), '{"schema":"something else"}');
    await (await open()).clear();
    expect(await there()).toEqual([2]);
  });

  it('clearing leaves what is being written', async () => {
    const store = await open();
    await writeFile(join(directory, `${keyOf(1)}.00112233.bin`), packArrays(makeAnalysis().arrays));
    await store.clear();
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('clearing begins a new count', async () => {
    const store = await open(2.5);
    await put(store, 0, 1, 2, 3);
    await store.clear();
    log.length = 0;
    await put(store, 4, 5);
    expect(log).toEqual([]);
  });
});
