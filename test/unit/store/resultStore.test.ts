import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { parseEntry } from '../../../src/core/store/storedEntry';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import { DamagedEntry, ForeignEntry } from '../../../src/core/store/verdicts';
import type { Analysis } from '../../../src/protocol/analysis';
import { packArrays } from '../../../src/protocol/packing';
import { makeAnalysis, SOURCE } from '../support/analysis';
import { arraysOf, jsonOf } from './files';

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);

let directory: string;
let log: string[];
const open = (): Promise<ResultStore> => ResultStore.open(directory, (line) => log.push(line));
const json = (key = KEY): string => jsonOf(directory, key);
const arrays = (key = KEY): Promise<string> => arraysOf(directory, key);
const edit = async (path: string, change: (bytes: Buffer) => string | Uint8Array): Promise<void> =>
  writeFile(path, change(await readFile(path)));
const differing = (): Analysis => {
  const analysis = makeAnalysis();
  analysis.arrays[0]!.lnZ[0] = 99;
  return analysis;
};

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'store-')), 'results');
  log = [];
});
afterEach(() => rm(join(directory, '..'), { recursive: true }));

describe('ResultStore', () => {
  it('gives back what it was given, NaN included, after it is opened again', async () => {
    const analysis = makeAnalysis();
    await (await open()).put(KEY, analysis, SOURCE);
    expect((await (await open()).get(KEY))?.analysis).toEqual(analysis);
    expect(log).toEqual([]);
  });

  it('gives the same result without its arrays, which need only be there in their size', async () => {
    const analysis = makeAnalysis();
    const store = await open();
    await store.put(KEY, analysis, SOURCE);
    const found = await store.getResult(KEY);
    expect(found).toEqual({ analysis: { result: analysis.result }, source: (await store.get(KEY))!.source });
    await edit(await arrays(), (bytes) => bytes.fill(1));
    expect((await store.getResult(KEY))?.analysis.result).toEqual(analysis.result);
    await edit(await arrays(), (bytes) => bytes.subarray(1));
    expect(await store.getResult(KEY)).toBeUndefined();
    expect(log.join()).toMatch(/its arrays take \d+ bytes instead of \d+/);
    expect(await readdir(directory)).toEqual([]);
  });

  it('reads texts of any language as they were written', async () => {
    const analysis = makeAnalysis();
    analysis.result.checkpoint.name = 'schön-模型-😀';
    await (await open()).put(KEY, analysis, SOURCE);
    expect((await (await open()).get(KEY))?.analysis).toEqual(analysis);
  });

  it('does not know a key that nobody put', async () => {
    expect(await (await open()).get(KEY)).toBeUndefined();
    expect(log).toEqual([]);
  });

  it('keeps ln Z out of the JSON', async () => {
    const analysis = makeAnalysis();
    analysis.result.samples[0]!.lnZ = [[1]];
    await (await open()).put(KEY, analysis, SOURCE);
    expect(await readFile(json(), 'utf8')).not.toContain('lnZ');
  });

  it('leaves only the two files of an entry behind, also of one that was replaced', async () => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await store.put(KEY, differing(), SOURCE);
    expect((await readdir(directory)).sort()).toEqual(
      [await arrays(), json()].map((path) => path.slice(directory.length + 1)).sort(),
    );
    expect((await store.get(KEY))?.analysis).toEqual(differing());
  });

  it('refuses a key that could leave its folder', async () => {
    const store = await open();
    await expect(store.put('../escape', makeAnalysis(), SOURCE)).rejects.toThrow('not a result key');
    await expect(store.get('../escape')).rejects.toThrow('not a result key');
  });
});

describe('a crash', () => {
  it('before the JSON leaves no result, and the next put completes it', async () => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await rm(json());
    expect(await store.get(KEY)).toBeUndefined();
    expect(await readdir(directory)).toHaveLength(1); // Another process may be writing it.
    await store.put(KEY, makeAnalysis(), SOURCE);
    expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
    expect(log).toEqual([]);
  });

  it('during a replacement leaves the entry of before', async () => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await link(json(), join(directory, 'old'));
    await store.put(KEY, differing(), SOURCE);
    await rename(join(directory, 'old'), json());
    expect(await store.get(KEY)).toBeUndefined(); // Its arrays are gone: never those of the other one.
    expect(log.join()).toContain('its arrays are not there');
  });
});

/** What only damage does to a file: it is ours, and not what was written. */
const DAMAGES: [string, () => Promise<void>][] = [
  ['JSON cut short in its middle', () => edit(json(), (bytes) => bytes.subarray(0, bytes.length / 2))],
  ['JSON cut short after its schema', () => edit(json(), (bytes) => bytes.subarray(0, 40))],
  ['a digit of a number', () => edit(json(), (bytes) => bytes.toString().replace('"wall":41', '"wall":42'))],
  ['JSON of another shape', () => edit(json(), () => '{"schema":"neuromfa/stored@2","result":{}}')],
  ['JSON that another key has', () => edit(json(), (bytes) => bytes.toString().replaceAll(KEY, OTHER_KEY))],
  ['bytes after the JSON', () => edit(json(), (bytes) => Buffer.concat([bytes, Buffer.from('x')]))],
  ['no arrays', async () => rm(await arrays())],
  ['arrays cut short', async () => edit(await arrays(), (bytes) => bytes.subarray(0, -8))],
  ['longer arrays', async () => edit(await arrays(), (bytes) => Buffer.concat([bytes, Buffer.alloc(8)]))],
  [
    'one bit of the arrays',
    async () =>
      edit(await arrays(), (bytes) => {
        bytes[bytes.length - 1]! ^= 1;
        return bytes;
      }),
  ],
  [
    'the header of the arrays',
    async () =>
      edit(await arrays(), (bytes) => {
        bytes[8]! ^= 2;
        return bytes;
      }),
  ],
];

describe('a damaged entry is dropped with a line in the log', () => {
  it.each(DAMAGES)('%s', async (_, damage) => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await store.put(OTHER_KEY, makeAnalysis(), SOURCE);
    await damage();
    expect(await store.get(KEY)).toBeUndefined();
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(KEY);
    expect(log[0]).toContain(directory);
    expect((await store.usage()).entries).toBe(1);
    expect((await store.get(OTHER_KEY))?.analysis).toEqual(makeAnalysis());
    await store.put(KEY, makeAnalysis(), SOURCE);
    expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
    expect(log).toHaveLength(1);
  });

  it('arrays that do not fit the result', async () => {
    const store = await open();
    const analysis = makeAnalysis();
    analysis.arrays[1]!.lnZ = new Float64Array(11);
    await store.put(KEY, analysis, SOURCE);
    expect(await store.get(KEY)).toBeUndefined();
    expect(log.join()).toContain('another shape');
  });

  it('any bit of the JSON', async () => {
    await (await open()).put(KEY, makeAnalysis(), SOURCE);
    const good = await readFile(json());
    expect(parseEntry(KEY, good)).toBeDefined();
    for (let bit = 0; bit < 8 * good.length; bit += 5) {
      good[bit >> 3]! ^= 1 << (bit & 7);
      let found: unknown;
      try {
        found = parseEntry(KEY, good);
      } catch (error) {
        if (!(error instanceof DamagedEntry || error instanceof ForeignEntry)) throw error;
      }
      expect(found, `bit ${bit}`).toBeUndefined();
      good[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

/** What stands in the place of an entry and is none of ours to judge. */
const STRANGERS: [string, () => Promise<unknown>][] = [
  ['a later version', () => edit(json(), (bytes) => bytes.toString().replace('stored@5', 'stored@6'))],
  ['a version far ahead', () => edit(json(), (bytes) => bytes.toString().replace('stored@5', 'stored@51'))],
  ['another format', () => edit(json(), (bytes) => bytes.toString().replace('neuromfa/', 'neuromfb/'))],
  ['JSON of another program', () => writeFile(json(), '{"name":"blob"}')],
  ['no JSON', () => writeFile(json(), Buffer.alloc(100, 7))],
  [
    'a folder',
    async () => {
      await rm(json());
      await mkdir(json());
    },
  ],
  [
    'a pipe',
    async () => {
      await rm(json());
      execFileSync('mkfifo', [json()]);
    },
  ],
  [
    'a link to something else',
    async () => {
      await writeFile(join(directory, 'elsewhere'), 'text');
      await rm(json());
      await symlink(join(directory, 'elsewhere'), json());
    },
  ],
];

describe('what is not ours is left as it is, and nothing is put in its place', () => {
  const look = async (): Promise<unknown> => {
    const stats = await lstat(json());
    return [stats.ino, stats.mode, stats.size, stats.isFile() && (await readFile(json())).toString('latin1')];
  };
  it.each(STRANGERS)('%s', async (_, stranger) => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await store.put(OTHER_KEY, makeAnalysis(), SOURCE);
    await stranger();
    const [before, names] = [await look(), await readdir(directory)];
    for (const each of [store, await open()]) {
      expect(await each.get(KEY)).toBeUndefined();
      const failure: unknown = await each.put(KEY, makeAnalysis(), SOURCE).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreFailure);
      expect(String(failure)).toMatch(
        new RegExp(`${directory}: .*${KEY}\\.json is in the way, and stays: .+`),
      );
    }
    expect([await look(), await readdir(directory)]).toEqual([before, names]);
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(/left as it is/);
    expect((await store.get(OTHER_KEY))?.analysis).toEqual(makeAnalysis());
  });
});

/** The bytes of the entry as a former version wrote it: all in JSON. */
function formerEntry(bytes: Buffer, version: number, change = (json: string): string => json): string {
  const { content, arrays } = parseEntry(KEY, bytes)!;
  const body = change(JSON.stringify({ arrays, ...content }).slice(1));
  const checksum = createHash('sha256').update(body).digest('hex');
  return `{"schema":"neuromfa/stored@${version}","checksum":"${checksum}",${body}`;
}

it('an entry of neuromfa/stored@4 is read, and keeps what it says when it becomes known by another state', async () => {
  const store = await open();
  await store.put(KEY, makeAnalysis(), SOURCE);
  await edit(json(), (bytes) => formerEntry(bytes, 4));
  expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
  await store.addState(KEY, '1'.repeat(64));
  expect(await readFile(json(), 'latin1')).toContain('neuromfa/stored@5');
  expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
  expect(log).toEqual([]);
});

it('an entry of neuromfa/stored@2 is read, its sentences as facts', async () => {
  await (await open()).put(KEY, makeAnalysis(), SOURCE);
  await edit(json(), (bytes) =>
    formerEntry(bytes, 2, (body) =>
      body
        .replace('neuromfa/analysis@3', 'neuromfa/analysis@1')
        .replace('"weights":{"kind":"stored"}', '"synthetic":null')
        .replace('"warnings":[]', '"warnings":["a sentence"]'),
    ),
  );
  const analysis = makeAnalysis();
  analysis.result.warnings = [{ code: 'text', text: 'a sentence' }];
  // What was not known then is empty.
  analysis.result.samples = analysis.result.samples.map((sample) => ({
    ...sample,
    edgesAt: [],
    lnMu: [],
    fit: null,
  }));
  expect((await (await open()).get(KEY))?.analysis).toEqual(analysis);
  expect(log).toEqual([]);
});

describe('an entry whose place is free', () => {
  it.each([
    [
      'of a former version',
      () => writeFile(json(), '{"schema":"neuromfa/stored@1","arrays":"","result":{}}'),
    ],
    ['without content', () => writeFile(json(), '')],
  ])('%s is replaced without a word', async (_, change) => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await change();
    expect(await store.get(KEY)).toBeUndefined();
    await store.put(KEY, makeAnalysis(), SOURCE);
    expect((await store.get(KEY))?.analysis).toEqual(makeAnalysis());
    expect(log).toEqual([]);
  });

  it('of a former version goes with its arrays', async () => {
    const store = await open();
    await writeFile(json(), '{"schema":"neuromfa/stored@1","arrays":"","result":{}}');
    await writeFile(join(directory, `${KEY}.bin`), packArrays(makeAnalysis().arrays));
    await store.put(KEY, makeAnalysis(), SOURCE);
    expect(await readdir(directory)).toHaveLength(2);
  });
});

describe('two writers of one key', () => {
  it('leave a whole entry, whoever was last', async () => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 20; round++) {
      await Promise.all([one.put(KEY, makeAnalysis(), SOURCE), two.put(KEY, differing(), SOURCE)]);
      const found = (await one.get(KEY))?.analysis;
      expect([0, 99]).toContain(found?.arrays[0]!.lnZ[0]);
      expect(found).toEqual(found?.arrays[0]!.lnZ[0] === 99 ? differing() : makeAnalysis());
    }
    expect(log).toEqual([]);
  });

  it('leave nothing else for good', async () => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 20; round++)
      await Promise.all([one.put(KEY, makeAnalysis(), SOURCE), two.put(KEY, makeAnalysis(), SOURCE)]);
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of await readdir(directory)) await utimes(join(directory, name), longAgo, longAgo);
    expect((await (await open()).get(KEY))?.analysis).toEqual(makeAnalysis());
    expect(await readdir(directory)).toHaveLength(2);
  });
});

describe('an entry that becomes known by another state', () => {
  const state = (n: number): string => n.toString(16).padStart(64, '0');

  it('has all of them, and its arrays', async () => {
    const store = await open();
    await store.put(KEY, makeAnalysis(), SOURCE);
    await store.addState(KEY, state(1));
    const found = await store.get(KEY);
    expect(found?.source.states).toEqual([SOURCE.state, state(1)]);
    expect(found?.analysis).toEqual(makeAnalysis());
    expect(await readdir(directory)).toHaveLength(2);
  });

  it('while another process replaces or removes it, is never left without its arrays', async () => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 60; round++) {
      await one.put(KEY, makeAnalysis(), SOURCE);
      const replaced = round % 3 > 0;
      await Promise.all([
        ...[0, 1, 2].map((n) => one.addState(KEY, state(n))),
        replaced ? two.put(KEY, differing(), SOURCE) : two.clear(),
      ]);
      expect((await one.get(KEY)) !== undefined || !replaced, `round ${round}`).toBe(true);
    }
    expect(log).toEqual([]);
  });
});

describe('an entry that is replaced while it is read', () => {
  it('is whole: of before or of after', async () => {
    const [reader, writer] = [await open(), await open()];
    await writer.put(KEY, makeAnalysis(), SOURCE);
    const state = { writing: true };
    const writes = (async () => {
      for (let round = 0; round < 30; round++)
        await writer.put(KEY, round % 2 ? makeAnalysis() : differing(), SOURCE);
      state.writing = false;
    })();
    while (state.writing) {
      const found = (await reader.get(KEY))?.analysis;
      expect([0, 99]).toContain(found?.arrays[0]!.lnZ[0] ?? 0);
    }
    await writes;
    expect((await reader.get(KEY))?.analysis).toEqual(makeAnalysis());
    expect(log).toEqual([]);
  });
});
