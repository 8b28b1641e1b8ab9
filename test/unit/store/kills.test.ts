/**
 * A store whose writers are killed: real processes, at random moments. `NEUROMFA_KILLS=300` kills more of them than
 * there is time for every day.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { uniform } from '../../../src/core/stats/normal';
import { bundleCli } from '../support/bundleCli';
import { ROOT } from '../support/golden';
import { bundleScript } from './script';
import { sameAnalysis } from './window';
import { analysisOf, COMMON_KEY, keyOf } from './writer';
import { SOURCE } from '../support/analysis';

const KILLS = Number(process.env['NEUROMFA_KILLS'] ?? 30);
const KILLS_WITH_EVICTION = Math.min(KILLS, 60);
/** Processes at once. */
const WRITERS = 4;
const CLIS = 2;
/** A result takes a few milliseconds: a writer dies within its first few. */
const LONGEST_LIFE_MS = 25;
/** The command line keeps eight results in about this time after its first. */
const LONGEST_RUN_MS = 400;
/** A safety net, for as many kills as there may be. */
const PATIENCE_MS = 600_000 + 20_000 * KILLS;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-kills-'));
const writer = join(folder, 'writer.cjs');
let cli: string;

beforeAll(async () => {
  await bundleScript('writer.ts', writer);
  cli = await bundleCli(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Seeded lengths of life in milliseconds. */
function lives(count: number, seed: number, longest: number): number[] {
  const random = new Mt19937(seed);
  return Array.from({ length: count }, () => uniform(random) * longest);
}

/** Runs `work` for every index below `count`, a few at a time. */
async function inLanes(count: number, lanes: number, work: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let index = lane; index < count; index += lanes) await work(index);
    }),
  );
}

/** Starts a writer and kills it `life` ms after its first result. @returns the keys that it said it had kept. */
function killedWriter(words: readonly string[], life: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, ...words]);
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

/** Kills so many writers in a folder. @returns every key that any of them had kept. */
async function killWriters(
  directory: string,
  kills: number,
  seed: number,
  limit: number[] = [],
): Promise<Set<string>> {
  const each = lives(kills, seed, LONGEST_LIFE_MS);
  const finished = new Set<string>();
  await inLanes(kills, WRITERS, async (index) => {
    const words = [directory, String(index), ...limit.map(String)];
    for (const key of await killedWriter(words, each[index]!)) finished.add(key);
  });
  return finished;
}

async function check(directory: string, keys: Iterable<string>): Promise<Record<string, unknown>> {
  const log: string[] = [];
  const store = await ResultStore.open(directory, (line) => log.push(line));
  let [lost, wrong] = [0, 0];
  for (const key of keys) {
    const found = await store.get(key);
    if (!found) lost++;
    else if (!sameAnalysis(key, found.analysis)) wrong++;
  }
  return { lost, wrong, log };
}
const NOTHING = { lost: 0, wrong: 0, log: [] };

const keysIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, 64));
/** Files that belong to no entry. */
const leftIn = (directory: string): number => readdirSync(directory).length - 2 * keysIn(directory).length;

describe('killed in the midst of writing', () => {
  it(
    `${KILLS} processes cost no finished result`,
    async () => {
      const directory = join(folder, 'loop');
      const finished = await killWriters(directory, KILLS, 7);
      // The kills did hit writes: otherwise this would prove nothing.
      expect(leftIn(directory)).toBeGreaterThan(0);
      expect(finished.has(COMMON_KEY)).toBe(true);
      expect(finished.size).toBeGreaterThan(KILLS);
      // What they were about to finish counts as well, once it is there.
      expect(await check(directory, new Set([...finished, ...keysIn(directory)]))).toEqual(NOTHING);
    },
    PATIENCE_MS,
  );

  it(
    `${KILLS_WITH_EVICTION} processes that make room cost none either`,
    async () => {
      const directory = join(folder, 'evicting');
      const former = Array.from({ length: 5 * KILLS_WITH_EVICTION }, (_, entry) => keyOf('former', entry));
      const store = await ResultStore.open(directory, () => undefined);
      for (const key of former) await store.put(key, analysisOf(key), SOURCE);
      const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
      for (const name of readdirSync(directory)) utimesSync(join(directory, name), yesterday, yesterday);
      const { bytes } = await store.usage();

      const finished = await killWriters(directory, KILLS_WITH_EVICTION, 8, [bytes]);
      const there = keysIn(directory);
      expect(former.filter((key) => !there.includes(key)).length).toBeGreaterThan(KILLS_WITH_EVICTION / 2);
      expect(await check(directory, new Set([...finished, ...there]))).toEqual(NOTHING);
    },
    PATIENCE_MS,
  );
});

describe('the command line', () => {
  const SEEDS = [0, 1, 2];
  const words = (seed: number, ...more: string[]): string[] => {
    const settings = ['--samples', '1', '--neurons', '8', '--threads', '1', '--seed', String(seed)];
    return [cli, 'run', 'samples/neox-1m', '--json', ...settings, ...more];
  };

  /** @param life milliseconds after the first sign of a result; without it the process may finish. */
  function run(
    args: readonly string[],
    directory: string,
    life?: number,
  ): Promise<{ killed: boolean; stdout: string }> {
    const child = spawn(process.execPath, args, { cwd: ROOT });
    const watcher = life === undefined ? undefined : watch(directory);
    watcher?.once('change', () => setTimeout(() => child.kill('SIGKILL'), life));
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    return new Promise((resolve, reject) => {
      child.once('close', (code, signal) => {
        watcher?.close();
        if (stderr === '' && (code === 0 || signal === 'SIGKILL'))
          resolve({ killed: signal === 'SIGKILL', stdout });
        else reject(new Error(`the command line ended with ${code ?? signal}: ${stderr}`));
      });
    });
  }

  it(
    `killed ${KILLS} times goes on where it was, to the same letters`,
    async () => {
      const directory = join(folder, 'cli');
      mkdirSync(directory);
      const fresh = new Map<number, string>();
      for (const seed of SEEDS) fresh.set(seed, (await run(words(seed, '--no-store'), directory)).stdout);
      const each = lives(4 * KILLS, 9, LONGEST_RUN_MS);
      const known = new Set<string>();
      let [killed, started] = [0, 0];
      await Promise.all(
        Array.from({ length: CLIS }, async () => {
          while (killed < KILLS) {
            const seed = SEEDS[started % SEEDS.length]!;
            // A store of its own now and then: what is complete has nothing left to be killed at.
            const generation = Math.floor(started / (4 * SEEDS.length));
            const store = join(directory, String(generation));
            mkdirSync(store, { recursive: true });
            const result = await run(words(seed, '--store', store), store, each[started++ % each.length]);
            if (result.killed) killed++;
            else expect(result.stdout === fresh.get(seed), `seed ${seed}`).toBe(true);
            for (const key of keysIn(store)) known.add(join(store, key));
          }
        }),
      );
      const lost = [...known].filter(
        (path) => !readdirSync(join(path, '..')).includes(`${path.slice(-64)}.json`),
      );
      const log: string[] = [];
      for (const generation of readdirSync(directory)) {
        const path = join(directory, generation);
        const store = await ResultStore.open(path, (line) => log.push(line));
        for (const key of keysIn(path)) expect(await store.get(key), key).toBeDefined();
        for (const seed of SEEDS) {
          const { stdout } = await run(words(seed, '--store', path), path);
          expect(stdout === fresh.get(seed), `seed ${seed}`).toBe(true);
        }
      }
      expect({ lost, log }).toEqual({ lost: [], log: [] });
      expect(known.size).toBeGreaterThan(SEEDS.length);
    },
    PATIENCE_MS,
  );
});
