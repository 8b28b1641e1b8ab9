/**
 * The time to store a result in a full store: `node scripts/run-ts.mjs bench/store.ts [DIR]`, on the disk of DIR
 * (default: the system's folder for temporary files). Every result displaces an old one.
 */
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { listStore } from '../src/core/store/entries';
import { ResultStore } from '../src/core/store/resultStore';
import { makeAnalysis, SOURCE } from '../test/unit/support/analysis';
import { arraysOf, jsonOf } from '../test/unit/store/files';
import { markdown, median } from './measure';

const SIZES = [4_000, 20_000];
const YESTERDAY = new Date(Date.now() - 24 * 60 * 60 * 1000);
const keyOf = (n: number): string => n.toString(16).padStart(64, '0');
const refuse = (line: string): never => {
  throw new Error(line);
};

const [parent = tmpdir()] = process.argv.slice(2);
const rows = [];
for (const entries of SIZES) {
  const [empty, full] = [await mkdtemp(join(parent, 'bench-')), await mkdtemp(join(parent, 'bench-'))];
  try {
    await fill(full, entries);
    const { bytes } = await listStore(full);
    const stores = {
      empty: await ResultStore.open(empty, refuse),
      full: await ResultStore.open(full, refuse, bytes),
    };
    const listings = await times(10, () => listStore(full));
    // Enough for the store to be listed again meanwhile.
    const puts = { empty: [] as number[], full: [] as number[] };
    for (let n = 0; n < entries / 8; n++) {
      for (const name of ['empty', 'full'] as const) {
        puts[name].push(
          ...(await times(1, () => stores[name].put(keyOf(entries + n), makeAnalysis(), SOURCE))),
        );
      }
    }
    if ((await listStore(full)).bytes > bytes) throw new Error('the store is larger than its limit');
    rows.push({
      results: entries,
      'empty: put, mean (ms)': mean(puts.empty).toFixed(2),
      'full: put, mean (ms)': mean(puts.full).toFixed(2),
      'full: put, median (ms)': median(puts.full).toFixed(2),
      'one listing (ms)': median(listings).toFixed(0),
      'put with a listing / put': ((median(listings) + mean(puts.empty)) / mean(puts.full)).toFixed(1),
    });
  } finally {
    for (const folder of [empty, full]) await rm(folder, { recursive: true });
  }
}
console.log(markdown(rows));

/** Entries of yesterday, made from one entry: flushing this many to the disk would take minutes. */
async function fill(directory: string, entries: number): Promise<void> {
  const first = keyOf(0);
  await (await ResultStore.open(directory, refuse)).put(first, makeAnalysis(), SOURCE);
  const arrays = await arraysOf(directory, first);
  const [json, packed] = [await readFile(jsonOf(directory, first), 'utf8'), await readFile(arrays)];
  for (let n = 0; n < entries; n++) {
    const key = keyOf(n);
    const files = [jsonOf(directory, key), join(directory, basename(arrays).replace(first, key))] as const;
    await writeFile(files[0], json.replace(first, key));
    await writeFile(files[1], packed);
    for (const file of files) await utimes(file, YESTERDAY, YESTERDAY);
  }
}

async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    await work();
    all.push(performance.now() - begin);
  }
  return all;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
