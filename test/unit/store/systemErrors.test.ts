/** A store on a system that refuses: nothing that it says is proof of damage. */
import { constants } from 'node:os';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import { makeAnalysis, SOURCE } from '../support/analysis';

type Call = 'open' | 'read' | 'write' | 'rename' | 'rm';
/** Which call on which files fails, and how. */
const refusal = vi.hoisted((): { at: (call: string, path: string) => Error | undefined } => ({
  at: () => undefined,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs/promises')>();
  const check = (call: Call, path: unknown): void => {
    const error = refusal.at(call, String(path));
    if (error) throw error;
  };
  return {
    ...fs,
    open: async (path: string, ...rest: [string?, number?]) => {
      check('open', path);
      const file = await fs.open(path, ...rest);
      const refusing = (name: 'read' | 'readFile' | 'writeFile', call: Call): void => {
        const original = file[name].bind(file) as (...args: unknown[]) => Promise<unknown>;
        Object.assign(file, {
          [name]: async (...args: unknown[]) => {
            check(call, path);
            return original(...args);
          },
        });
      };
      refusing('read', 'read');
      refusing('readFile', 'read');
      refusing('writeFile', 'write');
      return file;
    },
    rename: async (from: string, to: string) => {
      check('rename', to);
      return fs.rename(from, to);
    },
    rm: async (path: string, ...rest: []) => {
      check('rm', path);
      return fs.rm(path, ...rest);
    },
  };
});

function systemError(code: keyof typeof constants.errno): Error {
  return Object.assign(new Error(`${code}: no such luck, open '/secret'`), {
    code,
    errno: -constants.errno[code],
  });
}
/** From now on this call on files that end so fails. */
function refuse(call: Call, end: string, error: Error): void {
  refusal.at = (asked, path) => (asked === call && path.endsWith(end) ? error : undefined);
}
function relent(): void {
  refusal.at = () => undefined;
}

const KEY = 'ab'.repeat(32);
let directory: string;
let log: string[];
let store: ResultStore;
const contents = async (): Promise<unknown> =>
  Promise.all(
    (await readdir(directory))
      .sort()
      .map(async (name) => [name, await readFile(join(directory, name), 'latin1')]),
  );

beforeEach(async () => {
  relent();
  directory = await mkdtemp(join(tmpdir(), 'store-'));
  log = [];
  store = await ResultStore.open(directory, (line) => log.push(line));
  await store.put(KEY, makeAnalysis(), SOURCE);
});
afterEach(async () => {
  relent();
  await rm(directory, { recursive: true });
});

const READS = (
  ['EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'EIO', 'ESTALE', 'ENOMEM', 'EISDIR', 'ELOOP', 'EBUSY'] as const
)
  .flatMap((code) => ['.json', '.bin'].map((end) => [code, end] as const))
  .flatMap(([code, end]) => (['open', 'read'] as const).map((call) => [code, call, end] as const));

describe('an entry that cannot be read', () => {
  it.each(READS)('%s at %s of %s: stays, and is told of once', async (code, call, end) => {
    const before = await contents();
    refuse(call, end, systemError(code));
    for (let i = 0; i < 3; i++) expect(await store.get(KEY)).toBeUndefined();
    relent();
    expect(await contents()).toEqual(before);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(new RegExp(`^${directory}: a stored result is left as it is`));
    expect(log[0]).not.toContain('/secret');
    expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
  });

  it('for want of memory stays too', async () => {
    refuse('read', '.bin', new RangeError('Array buffer allocation failed'));
    expect(await store.get(KEY)).toBeUndefined();
    relent();
    expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
  });

  it('is not replaced: it may be another user’s', async () => {
    const before = await contents();
    refuse('open', '.json', systemError('EACCES'));
    await expect(store.put(KEY, makeAnalysis(), SOURCE)).rejects.toThrow(/permission denied/);
    relent();
    expect(await contents()).toEqual(before);
  });
});

describe('a damaged entry that cannot be removed', () => {
  it('is computed again, with a line in the log', async () => {
    await rm(
      (await readdir(directory)).map((name) => join(directory, name)).find((name) => name.endsWith('.bin'))!,
    );
    refuse('rm', '.json', systemError('EROFS'));
    expect(await store.get(KEY)).toBeUndefined();
    expect(log.join()).toMatch(/damaged .*cannot be removed: read-only file system/);
  });
});

const WRITES = (
  [
    ['open', '.bin'],
    ['write', '.bin'],
    ['open', '.tmp'],
    ['write', '.tmp'],
    ['rename', '.json'],
  ] as const
).flatMap(([call, end]) =>
  (
    [
      ['ENOSPC', /no space left on device. Free some space\./],
      ['EDQUOT', /disk quota exceeded. Free some space\./],
      ['EROFS', /read-only file system/],
      ['EACCES', /permission denied/],
      ['EMFILE', /too many open files/],
      ['EIO', /i\/o error/],
    ] as const
  ).map(([code, words]) => [code, call, end, words] as const),
);

describe('a result that cannot be stored', () => {
  it.each(WRITES)(
    '%s at %s of %s: names the store and the cause, and changes nothing',
    async (code, call, end, words) => {
      const before = await contents();
      refuse(call, end, systemError(code));
      const failure: unknown = await store.put(KEY, makeAnalysis(), SOURCE).catch((error: unknown) => error);
      relent();
      expect(failure).toBeInstanceOf(StoreFailure);
      expect(String(failure)).toContain(`${directory}: a result could not be stored in this store`);
      expect(String(failure)).toMatch(words);
      expect(String(failure)).not.toContain('/secret');
      expect(await contents()).toEqual(before);
      await store.put(KEY, makeAnalysis(), SOURCE);
      expect(log).toEqual([]);
    },
  );
});

describe('opening a store', () => {
  it('needs no right to sweep it', async () => {
    refuse('rm', '', systemError('EROFS'));
    const other = await ResultStore.open(directory, (line) => log.push(line));
    expect((await other.get(KEY))?.analysis).toEqual(makeAnalysis());
  });
});
