/** Anything in the folder of a store: an entry is what was kept, or absent, and can be kept again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { storedSource } from '../../src/core/store/resultSource';
import { ResultStore } from '../../src/core/store/resultStore';
import type { Analysis } from '../../src/protocol/analysis';
import { makeAnalysis, SOURCE } from '../unit/support/analysis';
import { mutateBytes } from './support/bytes';
import { expectRefusal, MAX_CHARACTERS } from './support/expectations';
import { Folder } from './support/folder';
import { anyStyle, mutateJson, toEntries, writeJson } from './support/json';
import { oddText } from './support/odd';
import { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const KEYS = ['a'.repeat(64), 'b'.repeat(64)] as const;
const folder = new Folder();
const analysisOf = (key: string): Analysis => makeAnalysis(key, `/run/${key.charAt(0)}/model.safetensors`);

/** The files of a store with an entry under each key. */
const sound = new Map<string, Uint8Array>();
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'neuromfa-fuzz-store-'));
  const store = await ResultStore.open(directory, () => undefined);
  for (const key of KEYS) await store.put(key, analysisOf(key), SOURCE);
  for (const name of readdirSync(directory)) sound.set(name, readFileSync(join(directory, name)));
  rmSync(directory, { recursive: true });
});

/** What is done to the files of a sound store, so that inputs outlive a change of its format. */
type Change =
  | { kind: 'bytes'; file: number; seed: number }
  | { kind: 'json'; file: number; seed: number }
  | { kind: 'remove'; file: number }
  | { kind: 'exchange'; file: number; with: number }
  | { kind: 'add'; name: string; file: number };

interface Input {
  changes: Change[];
}

function make(random: Random): Input {
  const file = (): number => random.below(8);
  return {
    changes: random.list(0, 3, (): Change => {
      const seed = random.u32();
      switch (random.below(10)) {
        case 0:
          return { kind: 'remove', file: file() };
        case 1:
          return { kind: 'exchange', file: file(), with: file() };
        case 2: {
          const name = random.pick([
            `${'c'.repeat(64)}.json`,
            `${KEYS[0]}.json.1-ab.tmp`,
            'x',
            oddText(random),
          ]);
          return { kind: 'add', name, file: file() };
        }
        case 3:
        case 4:
        case 5:
          return { kind: 'bytes', file: file(), seed };
        default:
          return { kind: 'json', file: file(), seed };
      }
    }),
  };
}

async function check({ changes }: Input): Promise<Outcome> {
  const files = new Map(sound);
  const touched = new Set<string>();
  for (const change of changes) apply(change, files, touched);
  folder.clear();
  folder.fill(Object.fromEntries(files));

  const log: string[] = [];
  const store = await ResultStore.open(folder.path, (line) => log.push(line));
  let whole = true;
  for (const key of KEYS) {
    const found = await store.get(key);
    if (found) expectKept(found, key);
    else whole = false;
  }
  if (touched.size === 0) expect([whole, log]).toEqual([true, []]);
  for (const line of log) expect(line.length).toBeLessThanOrEqual(MAX_CHARACTERS);

  for (const key of KEYS) {
    try {
      await store.put(key, analysisOf(key), SOURCE);
    } catch (error) {
      // What is not proven to be the store's own stays, and the user is told.
      expectRefusal(error, folder.path);
      continue;
    }
    expectKept(await store.get(key), key);
  }
  await store.usage();
  await store.clear();
  for (const key of KEYS) expect(await store.get(key)).toBeUndefined();
  return whole ? 'taken' : 'refused';
}

function expectKept(found: Awaited<ReturnType<ResultStore['get']>>, key: string): void {
  expect(found?.analysis).toEqual(analysisOf(key));
  expect(found?.source).toEqual(storedSource(SOURCE));
}

function apply(change: Change, files: Map<string, Uint8Array>, touched: Set<string>): void {
  const nameOf = (index: number): string => [...sound.keys()].sort()[index % sound.size]!;
  const name = nameOf(change.file);
  const bytes = files.get(name) ?? new Uint8Array();
  if (change.kind !== 'add') touched.add(name);
  switch (change.kind) {
    case 'bytes':
      files.set(name, mutateBytes(new Random(change.seed, 'bytes'), bytes));
      return;
    case 'json':
      files.set(name, changedJson(new Random(change.seed, 'json'), bytes));
      return;
    case 'remove':
      files.delete(name);
      return;
    case 'exchange': {
      const other = nameOf(change.with);
      touched.add(other);
      const others = files.get(other) ?? new Uint8Array();
      files.set(name, others);
      files.set(other, bytes);
      return;
    }
    case 'add':
      // A name that the system takes, of a file that is not there.
      if (/^[\w.-]{0,200}\w$/.test(change.name) && !files.has(change.name)) files.set(change.name, bytes);
  }
}

/** Bytes that are no JSON lose their end. */
function changedJson(random: Random, bytes: Uint8Array): Uint8Array {
  try {
    const json = mutateJson(random, toEntries(JSON.parse(Buffer.from(bytes).toString())));
    return Buffer.from(writeJson(random, json, anyStyle(random)));
  } catch {
    return bytes.subarray(0, random.below(bytes.length + 1));
  }
}

fuzz({ name: 'store', make, check });
