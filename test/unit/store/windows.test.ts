/** Two windows on one workspace: two real processes that keep and read results in one folder at the same time. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { bundleScript } from './script';
import { keysOf, sameAnalysis, type Seen } from './window';
import { analysisOf } from './writer';
import { SOURCE } from '../support/analysis';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-windows-'));
const window = join(folder, 'window.cjs');
const AMPLE = 1e9;

beforeAll(() => bundleScript('window.ts', window));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function twoWindows(directory: string, maxBytes: number): Promise<Seen[]> {
  return Promise.all(
    [
      ['a', 'b'],
      ['b', 'a'],
    ].map(async (names) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        window,
        directory,
        ...names,
        String(maxBytes),
      ]);
      return JSON.parse(stdout) as Seen;
    }),
  );
}

it('neither loses nor spoils what the other keeps', async () => {
  const directory = join(folder, 'ample');
  for (const { found, wrong, log } of await twoWindows(directory, AMPLE)) {
    expect(found).toBeGreaterThan(0);
    expect({ wrong, log }).toEqual({ wrong: 0, log: [] });
  }
  const store = await ResultStore.open(directory, () => undefined);
  for (const key of [...keysOf('a'), ...keysOf('b')]) {
    const found = await store.get(key);
    expect(found && sameAnalysis(key, found.analysis)).toBe(true);
  }
});

it('keeps what both use while both make room', async () => {
  const directory = join(folder, 'tight');
  const former = keysOf('former');
  const store = await ResultStore.open(directory, () => undefined);
  for (const key of former) await store.put(key, analysisOf(key), SOURCE);
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), yesterday, yesterday);
  const { bytes } = await store.usage();

  for (const { found, wrong, log } of await twoWindows(directory, bytes)) {
    expect(found).toBeGreaterThan(0);
    expect({ wrong, log: log.filter((line) => !line.includes('more than the limit')) }).toEqual({
      wrong: 0,
      log: [],
    });
  }
  for (const key of [...keysOf('a'), ...keysOf('b')]) {
    const found = await store.get(key);
    expect(found && sameAnalysis(key, found.analysis)).toBe(true);
  }
  const left = readdirSync(directory);
  expect(former.filter((key) => left.includes(`${key}.json`))).toEqual([]);
});
