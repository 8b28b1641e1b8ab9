/** A run whose results do not fit beside what the store has: nothing that it needs goes, so that it is never computed again. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_STORE_BYTES } from '../../../src/core/store/limit';
import { ResultStore } from '../../../src/core/store/resultStore';
import { makeAnalysis, SOURCE } from '../support/analysis';
import { bundleCli } from '../support/bundleCli';
import { ROOT } from '../support/golden';
import { arraysOf, jsonOf } from './files';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const HOUR = 60 * 60 * 1000;
/** Results of others, of 64 MB each: files with holes, which take no room on the disk. */
const FILLER_BYTES = 2 ** 26;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-full-store-'));
const program = join(folder, 'program');
/** Without the scripts that compute. */
const idle = join(folder, 'idle');
let stores = 0;
/** What the results of the run take, and what it prints. */
let [bytes, printed] = [NaN, ''];

beforeAll(async () => {
  for (const each of [program, idle]) mkdirSync(each);
  await bundleCli(program);
  await bundleCli(idle);
  for (const script of ['job.js', 'worker.js', 'task.js']) rmSync(join(idle, script));
  const [cache, store] = newStore();
  printed = run(program, cache).stdout;
  bytes = (await (await ResultStore.open(store, () => undefined)).usage()).bytes;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The user's cache, and the store in it. */
function newStore(): [cache: string, store: string] {
  const cache = join(folder, `cache-${stores++}`);
  const store = join(cache, 'neuromfa/results');
  mkdirSync(store, { recursive: true });
  return [cache, store];
}

function run(from: string, cache: string, ...more: string[]): { stdout: string; stderr: string } {
  const words = ['run', SAMPLE, '--samples', '2', '--csv', '--no-metrics', '--threads', '1', ...more];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const ended = spawnSync(process.execPath, [join(from, 'cli.js'), ...words], { env, encoding: 'utf8' });
  expect(ended.status, ended.stderr).toBe(0);
  return ended;
}

const keyOf = (n: number): string => n.toString(16).padStart(64, '0');

/** Fills a store, up to `limit` less what `fitting` of the run's 8 results take. @param hours since they were used. */
async function fill(directory: string, limit: number, fitting: number, hours: number): Promise<number> {
  const store = await ResultStore.open(directory, () => undefined);
  let left = limit - Math.floor((bytes * fitting) / 8);
  let count = 0;
  for (; left > 0; count++) {
    const key = keyOf(count);
    await store.put(key, makeAnalysis(), SOURCE);
    const [json, arrays] = [jsonOf(directory, key), await arraysOf(directory, key)];
    // The last one is what is left.
    const wanted = left < 1.5 * FILLER_BYTES ? left : FILLER_BYTES;
    truncateSync(arrays, wanted - statSync(json).size);
    left -= wanted;
    // The first ones were used longest ago.
    const time = new Date(Date.now() - hours * HOUR + count * 1000);
    for (const path of [json, arrays]) utimesSync(path, time, time);
  }
  return count;
}

/** The others' results that are there. */
const others = (store: string): string[] =>
  readdirSync(store)
    .filter((name) => name.startsWith('0'.repeat(56)) && name.endsWith('.json'))
    .sort();
const own = (store: string): number =>
  readdirSync(store).filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).length - others(store).length;

describe.each([
  ['512 MB', 2 ** 29, ['--store-limit', '512MB']],
  ['the default', DEFAULT_STORE_BYTES, []],
] as const)('8 results of which 6 fit into a store of %s', (_, limit, words) => {
  it('all stay beside what others used in the last hours, and the second run computes nothing', async () => {
    const [cache, store] = newStore();
    const count = await fill(store, limit, 6.5, 1);
    const first = run(program, cache, ...words);
    expect(first.stdout).toBe(printed);
    expect(first.stderr).toContain('All of them stay, because they were used by this run');
    expect([own(store), others(store).length]).toEqual([8, count]);
    const second = run(idle, cache, ...words);
    expect(second.stdout).toBe(printed);
    expect([own(store), others(store).length]).toEqual([8, count]);
  });

  it('stay, and what others used longest ago goes, no more than has to', async () => {
    const [cache, store] = newStore();
    const count = await fill(store, limit, 6.5, 100);
    const first = run(program, cache, ...words);
    expect([first.stdout, first.stderr]).toEqual([printed, '']);
    expect(own(store)).toBe(8);
    expect(others(store)).toEqual(Array.from({ length: count - 1 }, (__, i) => `${keyOf(i + 1)}.json`));
    const second = run(idle, cache, ...words);
    expect([second.stdout, second.stderr]).toEqual([printed, '']);
    expect(own(store)).toBe(8);
  });
});

it('a program without its scripts computes nothing', () => {
  const [cache] = newStore();
  const words = ['run', SAMPLE, '--samples', '2', '--csv', '--no-metrics', '--threads', '1'];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const ended = spawnSync(process.execPath, [join(idle, 'cli.js'), ...words], { env, encoding: 'utf8' });
  expect(ended.status).not.toBe(0);
});
