import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { notedIn } from '../../../src/core/run/notes';
import { searchFolder } from '../../../src/core/run/searchFolder';
import type { NeuroMfaError } from '../../../src/protocol/errors';

const actual = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, readdir: vi.fn(real.readdir) };
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-search-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text = 'x'): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}
const names = async (folder = root): Promise<string[][]> =>
  (await searchFolder(folder)).runs.map(({ name, orderedBy, checkpoints }) => [
    name,
    orderedBy,
    ...checkpoints.map((checkpoint) => checkpoint.name),
  ]);

it('finds runs below a folder, with sizes', async () => {
  write('a/b/step10/model.safetensors');
  write('a/b/step9/model.safetensors', 'four');
  write('a/b/step9/config.json');
  expect(await names()).toEqual([['b', 'step', 'step9', 'step10']]);
  expect((await searchFolder(root)).runs[0]!.checkpoints.map(({ bytes }) => bytes)).toEqual([4, 1]);
});

it('takes checkpoints apart where nothing tells steps', async () => {
  for (const [i, name] of ['new', 'old', 'older'].entries()) {
    const path = write(`run/${name}/model.safetensors`);
    utimesSync(path, 1000 - i, 1000 - i);
  }
  const index = await searchFolder(root);
  expect(index.runs).toEqual([]);
  expect(index.series.map(({ label }) => label).sort()).toEqual(['new', 'old', 'older']);
});

it('reads the trainer’s states', async () => {
  for (const [name, step] of [
    ['x', 7],
    ['y', 3],
  ] as const) {
    write(`run/${name}/model.safetensors`);
    write(`run/${name}/trainer_state.json`, JSON.stringify({ global_step: step }));
  }
  expect(await names()).toEqual([['run', 'step', 'y', 'x']]);
});

it.each([
  [
    'a device without end',
    (path: string) => {
      symlinkSync('/dev/zero', path);
    },
    /not a regular file/,
  ],
  ['a named pipe', (path: string) => execFileSync('mkfifo', [path]), /not a regular file/],
  [
    'ten gigabytes of nothing',
    (path: string) => {
      writeFileSync(path, '');
      truncateSync(path, 10 * 2 ** 30);
    },
    /the note has 10,737,418,240 bytes; at most 67,108,864 are read/,
  ],
])('goes on without a trainer’s state that is %s, and says so', async (_, make, message) => {
  for (const [i, name] of ['x', 'y', 'z'].entries()) {
    utimesSync(write(`run/${name}/model.safetensors`), 1 + i, 1 + i);
  }
  write('run/y/trainer_state.json', '{"global_step":3}');
  write('run/z/trainer_state.json', '{"global_step":1}');
  const odd = join(root, 'run/x/trainer_state.json');
  make(odd);
  const unread: NeuroMfaError[] = [];
  const { runs } = await searchFolder(root, (reason) => unread.push(reason));
  expect(runs).toMatchObject([{ name: 'run', checkpoints: [{ name: 'z' }, { name: 'y' }] }]);
  expect(unread.map(({ data }) => data.subject)).toEqual([odd]);
  expect(unread[0]!.message).toMatch(message);
});

it('goes on without references that are no files', async () => {
  for (const commit of ['a1', 'b2']) write(`hub/models--o--m/snapshots/${commit}/model.safetensors`);
  write('hub/models--o--m/refs/step1', 'a1');
  const odd = join(root, 'hub/models--o--m/refs/step2');
  symlinkSync('/dev/zero', odd);
  write('hub/models--o--m/refs/step3', 'x'.repeat(5000));
  const unread: NeuroMfaError[] = [];
  await searchFolder(root, (reason) => unread.push(reason));
  expect(unread.map(({ message }) => message)).toEqual([
    expect.stringMatching(/step2: this is not a regular file/),
    expect.stringMatching(/step3: the note has 5,000 bytes; at most 4,096/),
  ]);
});

it.each([
  ['levels', '{"a":'.repeat(1_000_000)],
  ['lists', `{"global_step":1,"a":[${'[],'.repeat(1_500_000)}0]}`],
])('builds nothing from a trainer’s state with %s without end', (_, text) => {
  const parse = vi.spyOn(JSON, 'parse');
  expect(notedIn('trainer_state.json', text).step).toBeNull();
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});

it('follows links: files to blobs, folders once, references of the cache', async () => {
  const model = 'hub/models--o--m';
  for (const [i, step] of [500, 20].entries()) {
    const blob = write(`${model}/blobs/${i}${i}`, 'blob');
    const snapshot = join(root, model, 'snapshots', `commit${i}x`);
    mkdirSync(snapshot, { recursive: true });
    symlinkSync(blob, join(snapshot, 'model.safetensors'));
    write(`${model}/refs/step${step}`, `commit${i}x`);
  }
  symlinkSync(join(root, 'hub'), join(root, 'hub', 'again'));
  expect(await names()).toEqual([['o/m', 'step', 'step20', 'step500']]);
  expect(await names(join(root, model, 'snapshots'))).toEqual([['o/m', 'step', 'step20', 'step500']]);
  const [run] = (await searchFolder(root)).runs;
  expect(run!.checkpoints.map(({ bytes }) => bytes)).toEqual([4, 4]);
});

it('shows links to nothing, for the reader to say what is missing', async () => {
  write('run/step1/model.safetensors');
  mkdirSync(join(root, 'run/step2'));
  symlinkSync(join(root, 'gone'), join(root, 'run/step2/model.safetensors'));
  expect(await names()).toEqual([['run', 'step', 'step1', 'step2']]);
});

it('leaves out hidden folders and those of other programs', async () => {
  for (const step of [1, 2]) {
    write(`.hidden/step${step}/model.safetensors`);
    write(`node_modules/step${step}/model.safetensors`);
  }
  expect(await names()).toEqual([]);
});

it('rejects where there is no folder', async () => {
  await expect(searchFolder(join(root, 'none'))).rejects.toThrow(/ENOENT/);
});

it('takes more files than fit a call, in a folder and below it', async () => {
  // Making so many takes minutes; the search finds each as a link to nothing.
  const many = Array.from({ length: 130_000 }, (_, i) => ({
    name: `m-${i}-x.safetensors`,
    isFile: () => true,
  }));
  const listed = many as unknown as Awaited<ReturnType<typeof readdir>>;
  mkdirSync(join(root, 'r'));
  vi.mocked(readdir).mockResolvedValueOnce(listed);
  expect((await searchFolder(join(root, 'r'))).runs[0]!.checkpoints).toHaveLength(many.length);
  vi.mocked(readdir).mockImplementationOnce(actual.readdir).mockResolvedValueOnce(listed);
  const told: NeuroMfaError[] = [];
  const index = await searchFolder(root, (reason) => told.push(reason));
  expect(told).toEqual([]);
  expect(index.runs.map(({ checkpoints }) => checkpoints.length)).toEqual([many.length]);
});

it('tells of folders below that cannot be searched, and searches the others', async () => {
  for (const name of ['a', 'b']) for (const step of [1, 2]) write(`${name}/step${step}/model.safetensors`);
  const told: NeuroMfaError[] = [];
  const refusal = Object.assign(new Error('EACCES'), { code: 'EACCES', errno: -13 });
  vi.mocked(readdir).mockImplementationOnce(actual.readdir).mockRejectedValueOnce(refusal);
  const index = await searchFolder(root, (reason) => told.push(reason));
  const [refused] = told.map(({ data }) => data);
  expect(told).toHaveLength(1);
  expect(refused).toMatchObject({ code: 'unreadable', cause: 'permission denied' });
  const other = ['a', 'b'].map((name) => join(root, name)).find((path) => path !== refused!.subject);
  expect(index.runs.map(({ path }) => path)).toEqual([other]);
});

it('hides no fault of its own', async () => {
  mkdirSync(join(root, 'a'));
  vi.mocked(readdir).mockImplementationOnce(actual.readdir).mockRejectedValueOnce(new RangeError('too many'));
  await expect(searchFolder(root)).rejects.toThrow('too many');
});
