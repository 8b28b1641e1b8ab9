/**
 * A store whose writers are killed: real processes, at random moments. `NEUROMFA_KILLS=200` kills more of them than
 * there is time for every day.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { uniform } from '../../../src/core/stats/normal';
import { bundleScript } from './script';
import { analysisOf, COMMON_KEY } from './writer';

const KILLS = Number(process.env['NEUROMFA_KILLS'] ?? 20);
/** Writers at once. */
const WRITERS = 4;
/** A result takes a few milliseconds: a writer dies within its first few. */
const LONGEST_LIFE_MS = 25;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-kills-'));
const writer = join(folder, 'writer.cjs');
const directory = join(folder, 'results');

beforeAll(() => bundleScript('writer.ts', writer));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Starts a writer and kills it `life` ms after its first result. @returns the keys that it said it had kept. */
function killedWriter(name: string, life: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, directory, name]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), life);
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL' && errors === '')
        resolve(output.split('\n').filter((key) => key.length === 64));
      else reject(new Error(`a writer ended by itself (${code}): ${errors}`));
    });
  });
}

it(`${KILLS} kills cost no finished result`, async () => {
  const random = new Mt19937(7);
  const lives = Array.from({ length: KILLS }, () => uniform(random) * LONGEST_LIFE_MS);
  const finished = new Set<string>();
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, lane) => {
      for (let i = lane; i < KILLS; i += WRITERS) {
        for (const key of await killedWriter(String(i), lives[i]!)) finished.add(key);
      }
    }),
  );
  const left = readdirSync(directory);
  // The kills did hit writes: otherwise this would prove nothing.
  expect(left.filter((name) => name.endsWith('.tmp')).length).toBeGreaterThan(0);

  const log: string[] = [];
  const store = await ResultStore.open(directory, (line) => log.push(line));
  let lost = 0;
  for (const key of finished) {
    const kept = await store.get(key);
    if (kept) kept.result.timing.wall = analysisOf(key).result.timing.wall;
    try {
      expect(kept).toEqual(analysisOf(key));
    } catch {
      lost++;
    }
  }
  expect({ lost, log }).toEqual({ lost: 0, log: [] });
  expect(finished.has(COMMON_KEY)).toBe(true);
  expect(finished.size).toBeGreaterThan(KILLS);
});
