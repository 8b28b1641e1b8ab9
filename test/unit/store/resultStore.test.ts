import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { makeAnalysis } from '../support/analysis';

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);

let directory: string;
let log: string[];
const open = (): Promise<ResultStore> => ResultStore.open(directory, (line) => log.push(line));
const file = (extension: string, key = KEY): string => join(directory, `${key}.${extension}`);

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'store-')), 'results');
  log = [];
});
afterEach(() => rm(join(directory, '..'), { recursive: true }));

describe('ResultStore', () => {
  it('gives back what it was given, NaN included, after it is opened again', async () => {
    const analysis = makeAnalysis();
    await (await open()).put(KEY, analysis);
    expect(await (await open()).get(KEY)).toEqual(analysis);
    expect(log).toEqual([]);
  });

  it('does not know a key that nobody put', async () => {
    expect(await (await open()).get(KEY)).toBeUndefined();
    expect(log).toEqual([]);
  });

  it('keeps ln Z out of the JSON', async () => {
    const analysis = makeAnalysis();
    analysis.result.samples[0]!.lnZ = [[1]];
    await (await open()).put(KEY, analysis);
    expect(await readFile(file('json'), 'utf8')).not.toContain('lnZ');
  });

  it('leaves only the two files of an entry behind', async () => {
    await (await open()).put(KEY, makeAnalysis());
    expect((await readdir(directory)).sort()).toEqual([`${KEY}.bin`, `${KEY}.json`]);
  });

  it('refuses a key that could leave its folder', async () => {
    const store = await open();
    await expect(store.put('../escape', makeAnalysis())).rejects.toThrow('not a result key');
    await expect(store.get('../escape')).rejects.toThrow('not a result key');
  });

  it('removes temporary files of writers that died, but not those of writers at work', async () => {
    await open();
    await writeFile(file('bin.1-old.tmp'), 'half');
    await writeFile(file('bin.2-new.tmp'), 'half');
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(file('bin.1-old.tmp'), longAgo, longAgo);
    await open();
    expect(await readdir(directory)).toEqual([`${KEY}.bin.2-new.tmp`]);
  });
});

describe('a crash', () => {
  it('between the two renames leaves no result, and the next put completes it', async () => {
    const store = await open();
    await store.put(KEY, makeAnalysis());
    await rm(file('json'));
    expect(await store.get(KEY)).toBeUndefined();
    await store.put(KEY, makeAnalysis());
    expect(await store.get(KEY)).toEqual(makeAnalysis());
  });

  it('between the two renames of a replacement does not pair old JSON with new arrays', async () => {
    const store = await open();
    const replacement = makeAnalysis();
    replacement.arrays[0]!.lnZ[0] = 99;
    await store.put(OTHER_KEY, replacement);
    await store.put(KEY, makeAnalysis());
    await rename(file('bin', OTHER_KEY), file('bin'));
    expect(await store.get(KEY)).toBeUndefined();
    expect(log.join()).toContain('not those of this result');
  });
});

describe('a damaged entry is dropped with a line in the log', () => {
  const damages: [string, () => Promise<void>][] = [
    ['JSON cut short', async () => writeFile(file('json'), (await readFile(file('json'))).subarray(0, 100))],
    [
      'JSON of another shape',
      () => writeFile(file('json'), '{"schema":"neuromfa/stored@1","arrays":"","result":{}}'),
    ],
    [
      'JSON of a later version',
      async () =>
        writeFile(file('json'), (await readFile(file('json'), 'utf8')).replace('stored@1', 'stored@2')),
    ],
    ['no binary', () => rm(file('bin'))],
    ['binary cut short', async () => writeFile(file('bin'), (await readFile(file('bin'))).subarray(0, -8))],
    [
      'one bit of the binary',
      async () => {
        const bytes = await readFile(file('bin'));
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(file('bin'), bytes);
      },
    ],
  ];
  it.each(damages)('%s', async (_, damage) => {
    const store = await open();
    await store.put(KEY, makeAnalysis());
    await store.put(OTHER_KEY, makeAnalysis());
    await damage();
    expect(await store.get(KEY)).toBeUndefined();
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(KEY);
    expect((await store.usage()).entries).toBe(1);
    expect(await store.get(OTHER_KEY)).toEqual(makeAnalysis());
  });

  it('arrays that do not fit the result', async () => {
    const store = await open();
    const analysis = makeAnalysis();
    analysis.arrays[1]!.lnZ = new Float64Array(11);
    await store.put(KEY, analysis);
    expect(await store.get(KEY)).toBeUndefined();
    expect(log.join()).toContain('another shape');
  });
});

describe('two writers of one key', () => {
  it('leave a whole entry, whoever was last', async () => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 20; round++) {
      await Promise.all([one.put(KEY, makeAnalysis()), two.put(KEY, makeAnalysis())]);
      expect(await one.get(KEY)).toEqual(makeAnalysis());
    }
    expect(log).toEqual([]);
    expect(await readdir(directory)).toHaveLength(2);
  });

  it('with different arrays never give a mixture', async () => {
    const [one, two] = [await open(), await open()];
    const other = makeAnalysis();
    other.arrays[0]!.lnZ[0] = 99;
    for (let round = 0; round < 20; round++) {
      await Promise.all([one.put(KEY, makeAnalysis()), two.put(KEY, other)]);
      const found = await one.get(KEY);
      if (found) expect([0, 99]).toContain(found.arrays[0]!.lnZ[0]);
    }
  });
});
