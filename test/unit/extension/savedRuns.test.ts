import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeResults } from '../../../src/core/store/resultsFile';
import { SavedRuns } from '../../../src/extension/runs/savedRuns';
import { makeAnalysis } from '../support/analysis';

let folder: string;
let file: string;
const log = { warn: vi.fn() };
const directory = (): string => join(folder, 'imported');
const open = async (): Promise<SavedRuns> => {
  const saved = new SavedRuns(directory(), log);
  await saved.load();
  return saved;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-'));
  file = join(folder, 'neox.json');
  const checkpoints = [0, 10].map((step) => ({
    name: `step${step}`,
    step,
    result: makeAnalysis('a', `/runs/neox/step${step}`).result,
  }));
  const run = { name: 'neox', path: '/runs/neox', orderedBy: 'step' as const };
  await writeFile(file, writeResults({ run, checkpoints, initial: null }));
  vi.clearAllMocks();
});
afterEach(() => rm(folder, { recursive: true }));

describe('SavedRuns', () => {
  it('are none at first', async () => {
    expect((await open()).runs).toEqual([]);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('become runs, and stay so when the file is gone', async () => {
    const saved = await open();
    const heard = vi.fn();
    saved.onChange(heard);
    const id = await saved.import(file);
    expect(heard).toHaveBeenCalledOnce();
    await rm(file);
    for (const { runs } of [saved, await open()]) {
      expect(runs).toMatchObject([{ id, name: 'neox', orderedBy: 'step' }]);
      expect(runs[0]!.checkpoints.map(({ path, step }) => [path, step])).toEqual([
        ['step0', 0],
        ['step10', 10],
      ]);
      expect(runs[0]!.saved?.results.get('step10')).toBeDefined();
    }
  });

  it('are one run where the content is the same, compressed or not', async () => {
    const saved = await open();
    const packed = join(folder, 'neox.json.br');
    await writeFile(packed, brotliCompressSync(readFileSync(file)));
    expect(await saved.importPacked(packed)).toBe(await saved.import(file));
    expect(await saved.import(file)).toBe(await saved.import(file));
    expect(saved.runs).toHaveLength(1);
  });

  it('are forgotten when they are removed', async () => {
    const saved = await open();
    await saved.remove(await saved.import(file));
    expect(saved.runs).toEqual([]);
    expect(await readdir(directory())).toEqual([]);
    await saved.remove('/elsewhere');
  });

  it('refuse what is no file of results', async () => {
    const saved = await open();
    await writeFile(file, 'hello');
    await expect(saved.import(file)).rejects.toMatchObject({ code: 'damaged' });
    await expect(saved.import(join(folder, 'missing.json'))).rejects.toMatchObject({ code: 'missing' });
    expect(saved.runs).toEqual([]);
  });

  it.each([
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path]), 'unreadable'],
    [
      'a device without end',
      (path: string) => {
        symlinkSync('/dev/zero', path);
      },
      'unreadable',
    ],
    [
      'ten gigabytes of nothing',
      (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 10 * 2 ** 30);
      },
      'damaged',
    ],
    [
      'levels without end',
      (path: string) => {
        writeFileSync(path, '['.repeat(1_000_000));
      },
      'damaged',
    ],
  ])('are not made of %s', async (_, make, code) => {
    const odd = join(folder, 'odd.json');
    make(odd);
    const saved = await open();
    await expect(saved.import(odd)).rejects.toMatchObject({ code, data: { subject: odd } });
    // What lies in the extension's own folder is read as carefully.
    await mkdir(directory(), { recursive: true });
    make(join(directory(), 'odd.json'));
    expect((await open()).runs).toEqual([]);
    expect(log.warn).toHaveBeenCalledOnce();
  });

  it('leave out a copy that was damaged', async () => {
    await (await open()).import(file);
    const [name] = await readdir(directory());
    await writeFile(join(directory(), name!), '{}');
    expect((await open()).runs).toEqual([]);
    expect(log.warn).toHaveBeenCalledOnce();
  });
});
