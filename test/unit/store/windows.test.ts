/** Two windows on one workspace: two real processes that keep and read results in one folder at the same time. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { bundleScript } from './script';
import { keysOf, sameAnalysis, type Seen } from './window';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-windows-'));
const window = join(folder, 'window.cjs');
/** Each result takes some 150 KB: room for a few. */
const TIGHT = 1_000_000;
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
    expect(found && sameAnalysis(key, found)).toBe(true);
  }
});

it('sees whole results or none while both make room', async () => {
  const directory = join(folder, 'tight');
  for (const { found, wrong } of await twoWindows(directory, TIGHT)) {
    expect(found).toBeGreaterThan(0);
    expect(wrong).toBe(0);
  }
  const store = await ResultStore.open(directory, () => undefined, TIGHT);
  expect((await store.usage()).bytes).toBeLessThanOrEqual(TIGHT);
});
