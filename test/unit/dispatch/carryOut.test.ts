import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ResultStore } from '../../../src/core/store/resultStore';
import { carryOut, UNSTORED } from '../../../src/dispatch/carryOut';
import { JobFolder } from '../../../src/dispatch/jobFolder';
import { indexOf } from '../../../src/dispatch/taskProgram';
import { taskOf } from '../../../src/dispatch/task';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, storedSubject } from '../../../src/protocol/subject';
import { makeAnalysis, nameOf, settings, sourced } from '../support/analysis';

let root: string;
let folder: JobFolder;
let said: string[];
let analyzed: string[];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-carry-'));
  mkdirSync(join(root, 'program'));
  const groups = [
    ['/a', '/b'],
    ['/damaged', '/c'],
  ].map((group) => group.map((at) => taskOf(jobOf(storedSubject(at), settings))));
  folder = await JobFolder.create(root, groups, join(root, 'program'), new Date());
  [said, analyzed] = [[], []];
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const contentOf = (at: string) => sourced(makeAnalysis(nameOf(at), at));
function run(
  group: number,
  allowed: string[] | null = null,
  signal = new AbortController().signal,
): Promise<number> {
  return carryOut(folder, group, {
    ...{ allowed, signal, say: (line: string) => said.push(line) },
    engine: {
      describe: ({ at }) => {
        const { result, source } = contentOf(at);
        return Promise.resolve({ checkpoint: result.checkpoint, fault: null, state: source.state });
      },
      analyze: ({ at }) => {
        analyzed.push(at);
        return at === '/damaged'
          ? Promise.reject(new NeuroMfaError('damaged', at, 'it is cut short', 'Download it'))
          : Promise.resolve(contentOf(at));
      },
      recognize: () => Promise.reject(new Error('not asked for')),
    },
  });
}

it('computes what the store lacks, and says how each ended', async () => {
  expect(await run(0)).toBe(0);
  expect(await run(0)).toBe(0);
  expect(analyzed).toEqual(['/a', '/b']);
  expect(await folder.end(0)).toMatchObject({ exit: 0, tasks: [{ error: null }, { error: null }] });
});

it('a damaged checkpoint fails, with the sentence of this machine, and the others do not', async () => {
  expect(await run(1)).toBe(1);
  const end = await folder.end(1);
  expect(end?.tasks.map(({ error }) => error?.cause ?? null)).toEqual(['it is cut short', null]);
  expect(said).toEqual(['/damaged: it is cut short. Download it.']);
});

it('a result that cannot be stored fails, with the reason', async () => {
  vi.spyOn(ResultStore.prototype, 'put').mockRejectedValue(
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', errno: -28 }),
  );
  expect(await run(0)).toBe(UNSTORED);
  const end = await folder.end(0);
  expect(end?.tasks[0]?.error).toMatchObject({
    code: 'unwritable',
    cause: 'the result could not be stored (no space left on device)',
  });
});

it('on a full disk, where there is no room for a note either, the exit code says it', async () => {
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', errno: -28 });
  vi.spyOn(ResultStore.prototype, 'put').mockRejectedValue(full);
  vi.spyOn(JobFolder.prototype, 'writeEnd').mockRejectedValue(full);
  expect(await run(0)).toBe(UNSTORED);
  expect(said.at(-1)).toContain('how the tasks ended could not be written (no space left on device)');
});

it('opens nothing outside the folders that tasks may read', async () => {
  await expect(run(0, [root])).rejects.toThrow('/a: it lies outside the folders that tasks may read');
  expect(analyzed).toEqual([]);
});

it('refuses what is no group, no job folder, and damaged tasks', async () => {
  await expect(run(2)).rejects.toThrow('2 is none of its groups, which are 0 to 1');
  writeFileSync(join(folder.directory, 'tasks.json'), '{}');
  await expect(run(0)).rejects.toMatchObject({ code: 'damaged' });
  folder = new JobFolder(join(root, 'none'));
  await expect(run(0)).rejects.toMatchObject({ code: 'missing' });
});

it('leaves no note where it was ended from outside: it is to be done again', async () => {
  const ending = new AbortController();
  ending.abort();
  await expect(run(0, null, ending.signal)).rejects.toThrow();
  expect(await folder.end(0)).toBeNull();
});

it('takes its index from Slurm or Kubernetes', () => {
  expect(indexOf({ SLURM_ARRAY_TASK_ID: '7' })).toBe(7);
  expect(indexOf({ JOB_COMPLETION_INDEX: '3' })).toBe(3);
  for (const env of [{}, { SLURM_ARRAY_TASK_ID: '' }, { JOB_COMPLETION_INDEX: '-1' }])
    expect(() => indexOf(env)).toThrow(/neither .+ names a task\. Name one with --index/);
});
