import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_STORE_BYTES, setStoreLimit, storeLimit } from '../../../src/core/store/limit';
import { userCache } from '../../../src/core/store/place';

const homeless = (): never => {
  throw new Error('no home');
};

describe("the user's cache", () => {
  it.each([
    ['linux', {}, '/home/me', '/home/me/.cache/neuromfa'],
    ['linux', { XDG_CACHE_HOME: '/scratch/me' }, '/home/me', '/scratch/me/neuromfa'],
    ['linux', { XDG_CACHE_HOME: 'scratch' }, '/home/me', '/home/me/.cache/neuromfa'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/me', '/home/me/.cache/neuromfa'],
    ['darwin', {}, '/Users/me', '/Users/me/Library/Caches/neuromfa'],
    ['darwin', { XDG_CACHE_HOME: '/Volumes/fast' }, '/Users/me', '/Volumes/fast/neuromfa'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\me', 'D:\\Local\\neuromfa\\Cache'],
    ['win32', {}, 'C:\\Users\\me', 'C:\\Users\\me\\AppData\\Local\\neuromfa\\Cache'],
    ['win32', { XDG_CACHE_HOME: 'E:\\cache' }, 'C:\\Users\\me', 'E:\\cache\\neuromfa'],
    ['freebsd', {}, '/home/me', '/home/me/.cache/neuromfa'],
  ] as const)('on %s with %j', (platform, env, home, folder) => {
    expect(userCache({ platform, env, home: () => home })).toBe(folder);
  });

  it('is found without a home where a variable names it, and says what is missing otherwise', () => {
    const env = { XDG_CACHE_HOME: '/scratch/me' };
    expect(userCache({ platform: 'linux', env, home: homeless })).toBe('/scratch/me/neuromfa');
    expect(() => userCache({ platform: 'linux', env: {}, home: homeless })).toThrow('no home');
  });
});

describe('the limit beside the results', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'limit-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is what was written, and the default before and after', async () => {
    expect(storeLimit(folder)).toBe(DEFAULT_STORE_BYTES);
    await setStoreLimit(folder, 5000);
    expect(storeLimit(folder)).toBe(5000);
    await setStoreLimit(folder, 6000);
    expect(storeLimit(folder)).toBe(6000);
    await setStoreLimit(folder, undefined);
    expect([storeLimit(folder), readdirSync(folder)]).toEqual([DEFAULT_STORE_BYTES, []]);
  });

  it.each([
    '',
    '{',
    'null',
    '{"maxBytes":0}',
    '{"maxBytes":-5}',
    '{"maxBytes":"9"}',
    '{"maxBytes":1e999}',
    `{"maxBytes":9,"x":"${'x'.repeat(2000)}"}`,
  ])('is the default where the file holds %j', (text) => {
    writeFileSync(join(folder, 'limit.json'), text);
    expect(storeLimit(folder)).toBe(DEFAULT_STORE_BYTES);
  });
});
