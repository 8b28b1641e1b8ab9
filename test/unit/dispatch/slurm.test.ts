import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { Submission, TaskState } from '../../../src/dispatch/dispatcher';
import { askedFor, inGroups } from '../../../src/dispatch/grouping';
import { JobFolder } from '../../../src/dispatch/jobFolder';
import { SlurmDispatcher } from '../../../src/dispatch/slurm';
import { parseTasks, taskOf, type Task } from '../../../src/dispatch/task';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { jobOf, storedSubject } from '../../../src/protocol/subject';
import { FakeClock, FakeSlurm } from './fakeSlurm';

let root: string;
let store: string;
let slurm: FakeSlurm;
let clock: FakeClock;
let dispatcher: SlurmDispatcher;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-slurm-'));
  store = join(root, 'store');
  const program = join(root, 'program');
  for (const folder of [store, program]) mkdirSync(folder);
  for (const name of ['task.js', 'job.js', 'shared-AB12.js', 'cli.js'])
    writeFileSync(join(program, name), name);
  [slurm, clock] = [new FakeSlurm(), new FakeClock()];
  dispatcher = new SlurmDispatcher({ store, program, commands: slurm, clock });
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const tasks = (count: number): Task[] =>
  Array.from({ length: count }, (_, i) => taskOf(jobOf(storedSubject(`/runs/step${i}`), makeSettings())));

async function submit(count = 3): Promise<{ submission: Submission; folder: JobFolder }> {
  const sized = tasks(count).map((task) => ({ ...task, bytes: 10, seconds: 100, memory: 1e8 }));
  const groups = inGroups(sized, null);
  const asked = askedFor(groups, { atATime: null, processors: 1, extra: ['--account=x'] });
  const submission = await dispatcher.submit(groups, asked);
  return { submission, folder: new JobFolder(submission.folder) };
}

interface Watched {
  states: Map<string, TaskState[]>;
  notes: string[];
  stored: Set<string>;
  done: Promise<void>;
  stop: () => void;
}

function watch(submission: Submission, by = dispatcher): Watched {
  const ending = new AbortController();
  const states = new Map<string, TaskState[]>();
  const notes: string[] = [];
  const stored = new Set<string>();
  const done = by.watch(submission, {
    onState: ({ subject: { at } }, state) => states.set(at, [...(states.get(at) ?? []), state]),
    onNote: (subject, cause) => notes.push(`${subject}: ${cause}`),
    isStored: ({ subject: { at } }) => Promise.resolve(stored.has(at)),
    signal: ending.signal,
  });
  return {
    states,
    notes,
    stored,
    done,
    stop: () => {
      ending.abort();
    },
  };
}
const end = (folder: JobFolder, group: number, error: NeuroMfaError | null = null): Promise<void> => {
  const { key } = parse(folder)[group]![0]!;
  const outcome = { key, error: error?.data ?? null };
  return folder.writeEnd(group, { exit: error ? 1 : 0, node: 'n1', seconds: 1, tasks: [outcome] });
};
const parse = (folder: JobFolder) =>
  parseTasks(readFileSync(join(folder.directory, 'tasks.json')), 'tasks.json');
const kinds = ({ states }: Watched, at: string): string[] => (states.get(at) ?? []).map(({ kind }) => kind);

describe('submitting', () => {
  it('writes the tasks and a copy of the program, and starts one array', async () => {
    const { submission, folder } = await submit();
    expect(parse(folder)).toEqual(tasks(3).map((task) => [task]));
    expect(readdirSync(join(submission.folder, 'program')).sort()).toEqual([
      'job.js',
      'shared-AB12.js',
      'task.js',
    ]);
    expect(slurm.submitted).toHaveLength(1);
    expect(slurm.submitted[0]).toContain('--array=0-2');
    expect(slurm.submitted[0]).toContain('--account=x');
    expect(await folder.record()).toMatchObject({
      arrays: [{ id: '101', first: 0, groups: [0, 1, 2], attempt: 0 }],
    });
  });

  it('is cut into arrays that Slurm takes', async () => {
    slurm.size = 2;
    const { folder } = await submit(5);
    expect((await folder.record())?.arrays.map(({ first, groups }) => [first, groups])).toEqual([
      [0, [0, 1]],
      [2, [2, 3]],
      [4, [4]],
    ]);
    expect(slurm.submitted.map((args) => args.at(-1))).toEqual(['0', '2', '4']);
  });

  it('leaves nothing behind where Slurm refuses, not even of what it had taken', async () => {
    slurm.size = 2;
    slurm.refusal = 'Job violates accounting/QOS policy';
    slurm.accepts = 1;
    await expect(submit(5)).rejects.toThrow(/Job violates accounting\/QOS policy/);
    expect(slurm.cancelled).toEqual(['101']);
    expect(readdirSync(join(store, 'jobs'))).toEqual([]);
  });

  it('refuses a store that cannot be written, or whose path Slurm cannot take, before it asks Slurm', async () => {
    writeFileSync(join(store, 'jobs'), '');
    await expect(submit()).rejects.toThrow(
      /the tasks cannot be written there .+Name another folder with --store/,
    );
    dispatcher = new SlurmDispatcher({ store: join(root, 'a\\b'), program: root, commands: slurm, clock });
    await expect(submit()).rejects.toThrow(/Slurm takes no backslash/);
    expect(slurm.submitted).toEqual([]);
  });
});

describe('watching', () => {
  it('tells what waits and why, what runs and how far, and what has ended', async () => {
    const { submission, folder } = await submit(2);
    const watched = watch(submission);
    const damaged = new NeuroMfaError('damaged', '/runs/step1', 'the file is cut short', 'Download it again');
    clock.onWait = async (now) => {
      if (now === 10_000) {
        slurm.set('101_0', 'RUNNING');
        await folder.writeProgress(0, { node: 'n2', fraction: 0.5 });
      }
      if (now === 30_000) await end(folder, 0);
      if (now === 40_000) await end(folder, 1, damaged);
    };
    await watched.done;
    expect(watched.states.get('/runs/step0')).toEqual([
      { kind: 'waiting', where: 'Slurm 101_0', reason: 'Priority' },
      { kind: 'running', where: 'Slurm 101_0', node: 'n2', fraction: 0.5 },
      { kind: 'stored' },
    ]);
    expect(watched.states.get('/runs/step1')?.at(-1)).toEqual({ kind: 'failed', error: damaged.data });
    expect(watched.notes).toEqual([]);
    expect(slurm.submitted).toHaveLength(1);
  });

  it('asks Slurm every ten seconds for all who watch, and every minute after ten', async () => {
    const [a, b] = [await submit(1), await submit(1)];
    const both = [watch(a.submission), watch(b.submission)];
    let early = 0;
    clock.onWait = async (now) => {
      // Both wait two seconds at a time.
      if (now === 600_000) early = slurm.asked;
      if (now < 1_200_000) return;
      await end(a.folder, 0);
      await end(b.folder, 0);
    };
    await Promise.all(both.map(({ done }) => done));
    expect(early).toBeLessThanOrEqual(61);
    expect(slurm.asked - early).toBeLessThanOrEqual(11);
  });

  it('submits killed tasks again at once, in a new array with more time, and says so', async () => {
    const { submission, folder } = await submit(3);
    const watched = watch(submission);
    clock.onWait = async (now) => {
      if (now === 4_000) {
        await end(folder, 0);
        slurm.set('101_1', 'FAILED', 9);
        slurm.set('101_2', 'NODE_FAIL');
      }
      if (now === 30_000) for (const group of [1, 2]) await end(folder, group);
    };
    await watched.done;
    expect(slurm.submitted[1]).toEqual(expect.arrayContaining(['--array=1-2', '--time=34']));
    expect(watched.notes).toEqual([
      '/runs/step1: its task was ended by signal 9 on n1; it is submitted again (1 of 3)',
      '/runs/step2: its task was lost with its node on n1; it is submitted again (1 of 3)',
    ]);
    expect(kinds(watched, '/runs/step2').at(-1)).toBe('stored');
  });

  it('says that Slurm itself runs the task of a lost node again, and submits nothing', async () => {
    const { submission, folder } = await submit(2);
    const watched = watch(submission);
    clock.onWait = async (now) => {
      if (now === 10_000) for (const name of ['101_0', '101_1']) slurm.set(name, 'RUNNING');
      if (now === 30_000) slurm.set('101_1', 'PENDING', 0, 'BeginTime');
      if (now === 60_000) slurm.set('101_1', 'RUNNING');
      if (now === 80_000) for (const group of [0, 1]) await end(folder, group);
    };
    await watched.done;
    expect(watched.notes).toEqual(['/runs/step1: its task on n1 was ended by Slurm, which runs it again']);
    expect(slurm.submitted).toHaveLength(1);
  });

  it('gives a task up after three times, the others unaffected, and names its log', async () => {
    const { submission, folder } = await submit(2);
    const watched = watch(submission);
    await end(folder, 0);
    clock.onWait = () => {
      const last = 100 + slurm.submitted.length;
      slurm.set(`${last}_1`, 'TIMEOUT');
    };
    await watched.done;
    expect(slurm.submitted).toHaveLength(4);
    expect(slurm.submitted.map((args) => args.find((word) => word.startsWith('--time')))).toEqual(
      [17, 34, 68, 136].map((minutes) => `--time=${minutes}`),
    );
    expect(kinds(watched, '/runs/step0').at(-1)).toBe('stored');
    const state = watched.states.get('/runs/step1')!.at(-1)!;
    expect(state).toMatchObject({ kind: 'failed', error: { code: 'worker-died' } });
    const { cause, nextStep } = (state as Extract<TaskState, { kind: 'failed' }>).error;
    expect(cause).toBe('its task reached its time limit of 136 minutes on n1, as 3 times before');
    expect(nextStep).toContain(join(submission.folder, '104_1.log'));
  });

  it('waits over a minute for the note of a task that Slurm has forgotten, before it counts as lost', async () => {
    const { submission, folder } = await submit(2);
    const watched = watch(submission);
    clock.onWait = async (now) => {
      if (now === 2_000) slurm.queue.clear();
      if (now === 60_000) {
        expect(slurm.submitted).toHaveLength(1);
        // A network file system shows it late.
        await end(folder, 0);
      }
      if (slurm.submitted.length === 2) await end(folder, 1);
    };
    await watched.done;
    expect(slurm.submitted).toHaveLength(2);
    expect(slurm.indices(1)).toEqual([1]);
    expect(watched.notes).toEqual([
      '/runs/step1: its task left the queue of Slurm without a note; it is submitted again (1 of 3)',
    ]);
  });

  it('submits nothing again whose result is stored', async () => {
    const { submission } = await submit(1);
    const watched = watch(submission);
    watched.stored.add('/runs/step0');
    slurm.set('101_0', 'FAILED', 9);
    await watched.done;
    expect(kinds(watched, '/runs/step0')).toEqual(['stored']);
    expect(slurm.submitted).toHaveLength(1);
  });

  it.each([
    ['CANCELLED', 15, /its task was canceled on Slurm\. Run the command again/],
    ['FAILED', 74 << 8, /its result could not be stored\. Free some space in/],
    ['FAILED', 53, /the nodes do not see .+\. Name a folder with --store that all nodes share/],
  ])('takes %s with status %i for good', async (state, status, words) => {
    const { submission } = await submit(1);
    const watched = watch(submission);
    slurm.set('101_0', state, status);
    await watched.done;
    const last = watched.states.get('/runs/step0')!.at(-1) as Extract<TaskState, { kind: 'failed' }>;
    expect(NeuroMfaError.from(last.error).message).toMatch(words);
    expect(slurm.submitted).toHaveLength(1);
  });

  it('cancels a task that Slurm holds because its node cannot start it', async () => {
    const { submission } = await submit(1);
    slurm.set('101_0', 'PENDING', 0, 'launch failed requeued held');
    const watched = watch(submission);
    await watched.done;
    expect(slurm.cancelled).toEqual(['101_0']);
    expect(kinds(watched, '/runs/step0')).toEqual(['failed']);
  });

  it('goes on while Slurm does not answer, says so once, and loses nothing', async () => {
    const { submission, folder } = await submit(1);
    const watched = watch(submission);
    slurm.silent = true;
    clock.onWait = async (now) => {
      if (now === 200_000) await end(folder, 0);
    };
    await watched.done;
    expect(watched.notes).toEqual(['Slurm: Unable to contact slurm controller; it is asked again']);
    expect(slurm.submitted).toHaveLength(1);
  });

  it('of two who watch, one submits again', async () => {
    const { submission, folder } = await submit(1);
    const other = new SlurmDispatcher({ store, program: join(root, 'program'), commands: slurm, clock });
    const both = [watch(submission), watch(submission, other)];
    slurm.set('101_0', 'FAILED', 9);
    clock.onWait = async (now) => {
      if (now >= 120_000) await end(folder, 0);
    };
    await Promise.all(both.map(({ done }) => done));
    expect(slurm.submitted).toHaveLength(2);
  });

  it('ends at once when nobody wants to know any more, and leaves the tasks alone', async () => {
    const { submission } = await submit(1);
    const watched = watch(submission);
    clock.onWait = () => {
      watched.stop();
    };
    await watched.done;
    expect(slurm.cancelled).toEqual([]);
  });
});

describe('what is at work', () => {
  it('is found again, without what has ended', async () => {
    const { submission, folder } = await submit(3);
    await end(folder, 1);
    slurm.set('101_2', 'CANCELLED', 15);
    const [live, ...others] = await dispatcher.live();
    expect(others).toEqual([]);
    expect(live?.submission).toEqual(submission);
    expect(live?.tasks.map(({ subject }) => subject.at)).toEqual(['/runs/step0']);
    slurm.queue.clear();
    expect(await dispatcher.live()).toEqual([]);
  });

  it('is cancelled by the numbers of all its arrays, and its logs are found', async () => {
    slurm.size = 2;
    const { submission } = await submit(3);
    await dispatcher.cancel(submission);
    expect(slurm.cancelled).toEqual(['101', '102']);
    const task = submission.tasks[2]![0]!;
    expect(await dispatcher.log(submission, task)).toBeNull();
    writeFileSync(join(submission.folder, '102_0.log'), '');
    expect(await dispatcher.log(submission, task)).toBe(join(submission.folder, '102_0.log'));
    expect(existsSync(submission.folder)).toBe(true);
  });
});
