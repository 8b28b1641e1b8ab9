/** The store that the editor opens: where it is, what it may hold, and what of former stores it takes over. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { DEFAULT_STORE_BYTES, storeLimit } from '../../../src/core/store/limit';
import { resultKey } from '../../../src/core/store/resultKey';
import { ResultStore } from '../../../src/core/store/resultStore';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import { openStore, watchStore, type StoreChoice } from '../../../src/extension/services/storage';
import { makeAnalysis, settings, SOURCE } from '../support/analysis';

const KEY = resultKey('a'.repeat(64), settings);
let root: string;
let log: string[];
let opened: MockInstance<typeof ResultStore.open>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'storage-'));
  log = [];
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  opened = vi.spyOn(ResultStore, 'open');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const say = (line: string | Error): void => void log.push(String(line));
const open = (choice: Partial<StoreChoice> = {}): ReturnType<typeof openStore> =>
  openStore(
    { folder: () => undefined, maxBytes: undefined, former: [], ...choice },
    { info: say, warn: say, error: say },
    say,
  );
const limit = (): unknown => opened.mock.calls.at(-1)![2];

describe('the store of the editor', () => {
  it('is the one of the command line, with a limit that the command line can read', async () => {
    const directory = join(root, 'cache/neuromfa/results');
    expect((await open()).store?.directory).toBe(directory);
    expect([limit(), storeLimit(directory)]).toEqual([DEFAULT_STORE_BYTES, DEFAULT_STORE_BYTES]);
    await open({ maxBytes: 9_000_000 });
    expect([limit(), storeLimit(directory)]).toEqual([9_000_000, 9_000_000]);
    await open();
    expect(storeLimit(directory)).toBe(DEFAULT_STORE_BYTES);
    expect(log[0]).toBe(`Results are stored in ${directory}`);
  });

  it('is in a folder of choice, without a limit unless one is chosen too', async () => {
    const folder = (): string => join(root, 'chosen');
    expect((await open({ folder })).store?.directory).toBe(folder());
    expect(limit()).toBe(Infinity);
    await open({ folder, maxBytes: 9_000_000 });
    expect(limit()).toBe(9_000_000);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('takes over what former versions stored for the workspace and without one', async () => {
    const former = ['workspace', 'global', 'never'].map((name) => join(root, name));
    const other = makeAnalysis('b'.repeat(64));
    await (await ResultStore.open(former[0]!, say)).put(KEY, makeAnalysis(), SOURCE);
    await (await ResultStore.open(former[1]!, say)).put(resultKey('b'.repeat(64), settings), other, SOURCE);
    const { store } = await open({ former });
    expect((await store!.get(KEY))?.analysis).toEqual(makeAnalysis());
    expect((await store!.usage()).entries).toBe(2);
    expect(former.some((folder) => existsSync(folder))).toBe(false);
    expect(log.slice(1)).toEqual(
      former.slice(0, 2).map((folder) => `Results from ${folder} are stored in ${store!.directory} now: 1`),
    );
  });

  it('is none where the folder cannot be used, and says why', async () => {
    writeFileSync(join(root, 'file'), '');
    const { store, fault } = await open({ folder: () => join(root, 'file/results') });
    expect([store, fault?.reason]).toEqual([undefined, 'not a directory']);
  });

  it('is none where the setting is no path, and names the setting', async () => {
    const wrong = new StoreFailure(
      'neuromfa.results.folder',
      '“results” is not an absolute path',
      'Give one',
    );
    const { fault } = await open({
      folder: () => {
        throw wrong;
      },
    });
    expect(fault).toBe(wrong);
    expect(log).toEqual([expect.stringContaining('neuromfa.results.folder')]);
  });
});

describe('a look into the store', () => {
  it('tells of what other processes have stored since the last one', async () => {
    const { store } = await open();
    const heard = vi.fn();
    const look = watchStore(store, heard);
    utimesSync(store!.directory, 1e9, 1e9);
    await look();
    heard.mockClear();
    await look();
    expect(heard).not.toHaveBeenCalled();
    await (await ResultStore.open(store!.directory, say)).put(KEY, makeAnalysis(), SOURCE);
    await look();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('is quiet where there is no store, or no folder any more', async () => {
    const heard = vi.fn();
    await watchStore(undefined, heard)();
    const { store } = await open();
    rmSync(store!.directory, { recursive: true });
    await watchStore(store, heard)();
    expect(heard).not.toHaveBeenCalled();
    mkdirSync(store!.directory);
  });
});
