import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { moveResults } from '../../../src/core/store/moveResults';
import { resultKey } from '../../../src/core/store/resultKey';
import type { ResultSource } from '../../../src/core/store/resultSource';
import { ResultStore } from '../../../src/core/store/resultStore';
import { makeAnalysis, nameOf, settings } from '../support/analysis';
import { arraysOf, jsonOf } from './files';

vi.mock('node:fs/promises', { spy: true });

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const keyOf = (fingerprint: string): string => resultKey(fingerprint, settings);
const source = (state: string, digest: string | null = 'bytes'): ResultSource => ({
  state: nameOf(state),
  digest: digest && nameOf(digest),
});
const LONG_AGO = new Date('2020-01-02T03:04:05Z');

let root: string;
let from: string;
let former: ResultStore;
let shared: ResultStore;
const open = (name: string): Promise<ResultStore> =>
  ResultStore.open(join(root, name), (line) => {
    throw new Error(line);
  });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'move-'));
  from = join(root, 'former');
  [former, shared] = [await open('former'), await open('shared')];
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const DISKS: [string, () => void][] = [
  ['on the same disk', () => undefined],
  [
    'on another disk, which no link reaches',
    () => {
      const refused = Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
      vi.mocked(files.link).mockRejectedValue(refused);
    },
  ],
];
describe.each(DISKS)('results %s', (_, prepare) => {
  it('are moved as they are, with the time of their last use, and their folder goes', async () => {
    for (const each of [A, B]) await former.put(keyOf(each), makeAnalysis(each), source(each));
    const before = await former.get(keyOf(A));
    for (const path of [jsonOf(from, keyOf(B)), await arraysOf(from, keyOf(B))])
      utimesSync(path, LONG_AGO, LONG_AGO);
    prepare();
    expect(await moveResults(from, shared)).toEqual({ moved: 2, failures: [] });
    expect(existsSync(from)).toBe(false);
    expect(statSync(jsonOf(shared.directory, keyOf(B))).mtime).toEqual(LONG_AGO);
    expect(await shared.get(keyOf(A))).toEqual(before);
    expect((await shared.get(keyOf(B)))?.analysis).toEqual(makeAnalysis(B));
    expect(readdirSync(shared.directory)).toHaveLength(4);
  });
});

describe('a result whose place is taken', () => {
  it('by the same bytes: both files are known from then on', async () => {
    await former.put(keyOf(A), makeAnalysis(A), source('here'));
    await shared.put(keyOf(A), makeAnalysis(A), source('there'));
    expect((await moveResults(from, shared)).moved).toBe(1);
    expect((await shared.get(keyOf(A)))?.source.states).toEqual([nameOf('there'), nameOf('here')]);
    expect((await shared.usage()).entries).toBe(1);
    expect(existsSync(from)).toBe(false);
  });

  it('by other bytes with the same fingerprint: it goes under the state of its files', async () => {
    const other = makeAnalysis(A, '/elsewhere/model.safetensors');
    await former.put(keyOf(A), other, source('here', 'other bytes'));
    await shared.put(keyOf(A), makeAnalysis(A), source('there'));
    expect((await moveResults(from, shared)).moved).toBe(1);
    expect((await shared.get(keyOf(A)))?.analysis).toEqual(makeAnalysis(A));
    expect((await shared.get(resultKey(A, settings, nameOf('here'))))?.analysis).toEqual(other);
  });

  it('by other bytes, under a key of another version: it stays, because it would pass for one of this version', async () => {
    const key = resultKey(A, settings, undefined, 1);
    await former.put(key, makeAnalysis(A), source('here', 'other bytes'));
    await shared.put(key, makeAnalysis(A), source('there'));
    expect(await moveResults(from, shared)).toEqual({ moved: 0, failures: [] });
    expect((await former.usage()).entries).toBe(1);
    expect((await shared.usage()).entries).toBe(1);
  });
});

describe('what cannot be moved', () => {
  it('stays, and does not keep the rest', async () => {
    for (const each of [A, B]) await former.put(keyOf(each), makeAnalysis(each), source(each));
    writeFileSync(jsonOf(from, keyOf(A)), '{"schema":"neuromfa/stored@1000"}');
    writeFileSync(join(from, 'notes.txt'), 'mine');
    expect(await moveResults(from, shared)).toEqual({ moved: 1, failures: [] });
    expect(readFileSync(join(from, 'notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(jsonOf(from, keyOf(A)))).toBe(true);
    expect(await shared.get(keyOf(B))).toBeDefined();
  });

  it.runIf(process.getuid?.() !== 0)('in a folder that is read-only stays, and is there', async () => {
    await former.put(keyOf(A), makeAnalysis(A), source('here'));
    chmodSync(from, 0o500);
    const { failures } = await moveResults(from, shared);
    chmodSync(from, 0o700);
    expect(failures).toHaveLength(1);
    expect(await shared.get(keyOf(A))).toBeDefined();
  });

  it('because the disk is full: nothing is half there, and the former result stays', async () => {
    await former.put(keyOf(A), makeAnalysis(A), source('here'));
    vi.mocked(files.rename).mockRejectedValueOnce(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    expect((await moveResults(from, shared)).failures.map(String)).toEqual(['Error: ENOSPC']);
    expect(readdirSync(shared.directory)).toEqual([]);
    expect(await former.get(keyOf(A))).toBeDefined();
    expect((await moveResults(from, shared)).moved).toBe(1);
  });

  it('because nothing is there is nothing', async () => {
    expect(await moveResults(join(root, 'never'), shared)).toEqual({ moved: 0, failures: [] });
  });
});

it('two windows at once lose nothing', async () => {
  const all = Array.from({ length: 12 }, (_, i) => i.toString(16).repeat(64));
  for (const each of all) await former.put(keyOf(each), makeAnalysis(each), source(each));
  const other = await open('shared');
  const done = await Promise.all([moveResults(from, shared), moveResults(from, other)]);
  expect(done.flatMap(({ failures }) => failures)).toEqual([]);
  for (const each of all) expect((await shared.get(keyOf(each)))?.analysis).toEqual(makeAnalysis(each));
  expect(existsSync(from)).toBe(false);
  expect(readdirSync(shared.directory)).toHaveLength(2 * all.length);
});
