/**
 * Slurm: submits arrays with sbatch, and watches them by the notes in the job folder and one squeue for all tasks.
 * Never calls sacct, which many clusters lack.
 */
import { join } from 'node:path';
import { atomicWrite } from '../core/store/atomicWrite';
import { errorData, NeuroMfaError, type ErrorData } from '../protocol/errors';
import { LATE_MS, machineClock, type Clock } from './clock';
import {
  SUBMISSION_SCHEMA,
  type Dispatcher,
  type Submission,
  type SubmissionRecord,
  type SubmitOptions,
  type SubmittedArray,
  type TaskGroup,
  type TaskState,
  type Watching,
} from './dispatcher';
import { endName, groupOf, JobFolder } from './jobFolder';
import { arraysOf, sbatchArgs, SCRIPT, SCRIPT_NAME } from './slurmArrays';
import { SlurmCommands, type SlurmTask } from './slurmCommands';
import { endingOf, endingText, isActive, isHeldAfterLaunch, isRunning } from './slurmState';
import type { Task } from './task';

/** Largest number of submissions of a task that gets lost. */
const MAX_ATTEMPTS = 3;
/** How often the notes in the job folder are looked for; this is one listing. */
const LOOK_MS = 2_000;
/** How often Slurm is asked; less often after ten minutes. */
const ASK_MS = 10_000;
const ASK_LATER_MS = 60_000;
const LATER_MS = 600_000;

export interface SlurmOptions {
  /** The store's folder. */
  store: string;
  /** The folder of the built scripts, which are copied. */
  program: string;
  commands?: Pick<SlurmCommands, 'sbatch' | 'squeue' | 'scancel' | 'maxArraySize'>;
  clock?: Clock;
}

/** A group and its state. */
export interface Surveyed {
  tasks: readonly Task[];
  /** Slurm's name for it: "Slurm 1234_7". */
  where: string;
  /** `lost`: Slurm no longer has it, and it left no note. */
  kind: 'waiting' | 'running' | 'stored' | 'failed' | 'cancelled' | 'lost';
  node: string | null;
  /** Why it waits, failed or was lost. */
  note: string | null;
}

/** A group that has not ended. */
interface Followed {
  group: number;
  /** Where it ran when Slurm was last asked; null where it did not run. */
  node: string | null;
  /** Since when Slurm no longer has it, and Slurm's last answer; null while Slurm has it. */
  gone: { since: number; last: SlurmTask | null } | null;
}

type Queue = ReadonlyMap<string, SlurmTask>;

export class SlurmDispatcher implements Dispatcher {
  readonly #store: string;
  readonly #program: string;
  readonly #commands: NonNullable<SlurmOptions['commands']>;
  readonly #clock: Clock;
  readonly #begin: number;
  /** The last answer of squeue, which all watchers share. */
  #asked: { at: number; answer: Promise<Queue> } | undefined;

  constructor({ store, program, commands = new SlurmCommands(), clock = machineClock }: SlurmOptions) {
    this.#store = store;
    this.#program = program;
    this.#commands = commands;
    this.#clock = clock;
    this.#begin = clock.now();
  }

  async submit(groups: readonly TaskGroup[], options: SubmitOptions): Promise<Submission> {
    checkPlace(this.#store);
    const size = await this.#commands.maxArraySize();
    const tasks = groups.map((group) =>
      group.tasks.map(({ key, subject, settings }): Task => ({ key, subject, settings })),
    );
    const folder = await JobFolder.create(this.#store, tasks, this.#program, new Date());
    const record: SubmissionRecord = { schema: SUBMISSION_SCHEMA, engine: 'slurm', options, arrays: [] };
    try {
      await atomicWrite(join(folder.directory, SCRIPT_NAME), SCRIPT);
      await this.#sbatch(folder, record, [...groups.keys()], 0, size);
    } catch (error) {
      await this.#commands.scancel(record.arrays.map(({ id }) => id)).catch(() => undefined);
      await folder.remove();
      throw error;
    }
    return { id: folder.id, folder: folder.directory, tasks };
  }

  async watch(submission: Submission, watching: Watching): Promise<void> {
    await new Watch(submission, watching, this.#clock, {
      ask: () => this.#ask(),
      cancel: (ids) => this.#commands.scancel(ids),
      again: async (folder, record, groups, attempt) => {
        const size = await this.#commands.maxArraySize();
        await this.#sbatch(folder, record, groups, attempt, size);
      },
    }).run();
  }

  async cancel({ folder, tasks }: Submission, keys?: ReadonlySet<string>): Promise<void> {
    const arrays = (await new JobFolder(folder).record())?.arrays ?? [];
    const named = arrays.flatMap((array) => {
      const theirs = array.groups.filter((group) => !keys || tasks[group]?.every(({ key }) => keys.has(key)));
      return theirs.length === array.groups.length
        ? [array.id]
        : theirs.map((group) => taskName(array, group));
    });
    await this.#commands.scancel(named);
  }

  async log({ folder, tasks }: Submission, task: Task): Promise<string | null> {
    const job = new JobFolder(folder);
    const record = await job.record();
    const group = groupOf(tasks, task);
    const names = await job.names();
    const logs = record?.arrays.filter(({ groups }) => groups.includes(group)) ?? [];
    const name = logs.map((array) => `${taskName(array, group)}.log`).findLast((each) => names.has(each));
    return name === undefined ? null : join(folder, name);
  }

  /**
   * The submissions of this store that Slurm still has, each with the tasks that have not ended.
   * @throws NeuroMfaError where Slurm does not answer.
   */
  async live(): Promise<{ submission: Submission; tasks: readonly Task[] }[]> {
    const ids = await JobFolder.list(this.#store);
    if (ids.length === 0) return [];
    const queue = await this.#commands.squeue();
    const live: { submission: Submission; tasks: readonly Task[] }[] = [];
    for (const id of ids) {
      const folder = JobFolder.of(this.#store, id);
      const record = await folder.record();
      const active = record && activeGroups(record.arrays, queue);
      if (!active || active.size === 0) continue;
      const names = await folder.names();
      const submission = await folder.submission().catch(() => null);
      if (!submission) continue;
      const tasks = [...active].filter((group) => !names.has(endName(group)));
      live.push({ submission, tasks: tasks.flatMap((group) => submission.tasks[group] ?? []) });
    }
    return live;
  }

  /** The current state of each group of a submission, according to its folder and Slurm. @throws NeuroMfaError. */
  async survey(submission: Submission): Promise<Surveyed[]> {
    const folder = new JobFolder(submission.folder);
    const [record, names, queue] = [await folder.record(), await folder.names(), await this.#ask()];
    const surveyed: Surveyed[] = [];
    for (const [group, tasks] of submission.tasks.entries()) {
      const array = record?.arrays.findLast(({ groups }) => groups.includes(group));
      const where = array ? `Slurm ${taskName(array, group)}` : 'Slurm';
      const task = array ? (queue.get(taskName(array, group)) ?? null) : null;
      const end = names.has(endName(group)) ? await folder.end(group) : null;
      if (end) {
        const failed = end.tasks.flatMap(({ error }) => error ?? []);
        const [first] = failed;
        const note = first ? NeuroMfaError.from(first).message : null;
        surveyed.push({ tasks, where, kind: first ? 'failed' : 'stored', node: end.node, note });
      } else if (task && isActive(task)) {
        const kind = isRunning(task) ? 'running' : 'waiting';
        surveyed.push({ tasks, where, kind, node: task.node, note: task.reason });
      } else {
        const note = endingText(task, record?.options.minutes ?? 0);
        const kind = task?.state === 'CANCELLED' ? 'cancelled' : 'lost';
        surveyed.push({ tasks, where, kind, node: task?.node ?? null, note });
      }
    }
    return surveyed;
  }

  #ask(): Promise<Queue> {
    const now = this.#clock.now();
    const interval = now - this.#begin < LATER_MS ? ASK_MS : ASK_LATER_MS;
    if (!this.#asked || now - this.#asked.at >= interval)
      this.#asked = { at: now, answer: this.#commands.squeue() };
    return this.#asked.answer;
  }

  /** Submits groups, and adds their arrays to the record. @throws NeuroMfaError. */
  async #sbatch(
    folder: JobFolder,
    record: SubmissionRecord,
    groups: readonly number[],
    attempt: number,
    size: number,
  ): Promise<void> {
    for (const part of arraysOf(groups, size)) {
      const id = await this.#commands.sbatch(sbatchArgs(folder.directory, part, record.options, attempt));
      record.arrays.push({ id, ...part, attempt });
      await folder.writeRecord(record);
    }
    // Slurm's last answer does not have them.
    this.#asked = undefined;
  }
}

interface Slurm {
  ask: () => Promise<Queue>;
  cancel: (ids: readonly string[]) => Promise<void>;
  again: (folder: JobFolder, record: SubmissionRecord, groups: number[], attempt: number) => Promise<void>;
}

class Watch {
  readonly #folder: JobFolder;
  readonly #open: Map<number, Followed>;
  readonly #said = new Map<string, string>();
  #silent = false;

  constructor(
    private readonly submission: Submission,
    private readonly watching: Watching,
    private readonly clock: Clock,
    private readonly slurm: Slurm,
  ) {
    this.#folder = new JobFolder(submission.folder);
    this.#open = new Map([...submission.tasks.keys()].map((group) => [group, follow(group)]));
  }

  async run(): Promise<void> {
    const { signal } = this.watching;
    const aborted = (): boolean => signal.aborted;
    while (!aborted()) {
      await this.#readNotes();
      if (this.#open.size === 0 || aborted()) return;
      await this.#askSlurm();
      if (this.#open.size === 0 || aborted()) return;
      await this.clock.wait(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #readNotes(): Promise<void> {
    const names = await this.#folder.names();
    for (const group of this.#open.keys()) {
      if (!names.has(endName(group))) continue;
      const end = await this.#folder.end(group);
      if (!end) continue;
      this.#settle(group, (task) => {
        const outcome = end.tasks.find(({ key }) => key === task.key);
        if (!outcome) return { kind: 'failed', error: this.#lostError(task, 'its note does not name it') };
        return outcome.error ? { kind: 'failed', error: outcome.error } : { kind: 'stored' };
      });
    }
  }

  async #askSlurm(): Promise<void> {
    let queue: Queue;
    try {
      queue = await this.slurm.ask();
      this.#silent = false;
    } catch (error) {
      // Slurm may be back in a minute; tasks that it does not report are not lost.
      if (!this.#silent) this.watching.onNote('Slurm', `${errorData(error).cause}; it is asked again`);
      this.#silent = true;
      return;
    }
    const record = await this.#folder.record();
    if (!record) return;
    const lost: Followed[] = [];
    for (const followed of this.#open.values()) {
      const array = record.arrays.findLast(({ groups }) => groups.includes(followed.group));
      const task = array ? (queue.get(taskName(array, followed.group)) ?? null) : null;
      if (array && task && isActive(task) && !isHeldAfterLaunch(task)) {
        followed.gone = null;
        this.#noteRequeued(followed, task);
        await this.#tellActive(followed.group, taskName(array, followed.group), task);
        continue;
      }
      followed.gone ??= { since: this.clock.now(), last: task };
      if (await this.#isLost(followed, array)) lost.push(followed);
    }
    await this.#again(record, lost);
  }

  /** Slurm itself runs the tasks of a node again that it has lost. */
  #noteRequeued(followed: Followed, task: SlurmTask): void {
    const { group, node: before } = followed;
    followed.node = isRunning(task) ? task.node : null;
    if (before === null || followed.node === before) return;
    for (const { subject } of this.#tasksOf(group))
      this.watching.onNote(subject.at, `its task on ${before} was ended by Slurm, which runs it again`);
  }

  async #tellActive(group: number, name: string, task: SlurmTask): Promise<void> {
    const where = `Slurm ${name}`;
    const progress = isRunning(task) ? await this.#folder.progress(group) : null;
    const state: TaskState = isRunning(task)
      ? { kind: 'running', where, node: progress?.node ?? task.node, fraction: progress?.fraction ?? null }
      : { kind: 'waiting', where, reason: task.reason };
    for (const each of this.#tasksOf(group)) this.#tell(each, state);
  }

  /** Whether to submit a group again that Slurm no longer has; settles it where that is pointless. */
  async #isLost({ group, gone }: Followed, array: SubmittedArray | undefined): Promise<boolean> {
    const { since, last } = gone!;
    const ending = last && isHeldAfterLaunch(last) ? 'unseen' : endingOf(last);
    if (ending === 'unseen') {
      if (last && isActive(last) && array) await this.slurm.cancel([taskName(array, group)]);
      const { directory, store } = this.#folder;
      const cause = `the nodes do not see ${directory}`;
      const next = 'Name a folder with --store that all nodes share';
      this.#settle(group, () => ({
        kind: 'failed',
        error: { code: 'usage', subject: store, cause, nextStep: next },
      }));
      return false;
    }
    if (ending === 'unstored' || ending === 'cancelled') {
      // It may have written its note before.
      await this.#readNotes();
      if (!this.#open.has(group)) return false;
      const [cause, nextStep] =
        ending === 'cancelled'
          ? ['its task was canceled on Slurm', 'Run the command again to submit it again']
          : [
              'its result could not be stored',
              `Free some space in ${this.#folder.store}, or check the folder`,
            ];
      this.#settle(group, ({ subject: { at: subject } }) => ({
        ...{ kind: 'failed', error: { code: 'unwritable', subject, cause, nextStep } },
      }));
      return false;
    }
    return ending === 'killed' || this.clock.now() - since >= LATE_MS;
  }

  /** Submits lost groups again, or gives up. */
  async #again(record: SubmissionRecord, lost: readonly Followed[]): Promise<void> {
    const again = new Map<number, number[]>();
    for (const { group, gone } of lost) {
      const arrays = record.arrays.filter(({ groups }) => groups.includes(group));
      const attempt = arrays.reduce((most, array) => Math.max(most, array.attempt), 0);
      const words = endingText(gone!.last, record.options.minutes * 2 ** attempt);
      const missing: Task[] = [];
      for (const task of this.#tasksOf(group)) {
        if (await this.watching.isStored(task)) this.#tell(task, { kind: 'stored' });
        else missing.push(task);
      }
      if (missing.length === 0) {
        this.#open.delete(group);
      } else if (attempt >= MAX_ATTEMPTS) {
        for (const task of missing)
          this.#tell(task, {
            kind: 'failed',
            error: this.#lostError(task, `its task ${words}`, arrays, group),
          });
        this.#open.delete(group);
      } else {
        again.set(attempt + 1, [...(again.get(attempt + 1) ?? []), group]);
        for (const { subject } of missing) {
          const which = `${attempt + 1} of ${MAX_ATTEMPTS}`;
          this.watching.onNote(subject.at, `its task ${words}; it is submitted again (${which})`);
        }
      }
    }
    if (again.size === 0) return;
    // Of several watchers, one submits; the others find the new arrays in the record.
    const mine = await this.#folder.claim(record.arrays.length);
    for (const [attempt, groups] of again) {
      if (mine) await this.#submitAgain(record, groups, attempt);
      for (const group of groups) if (this.#open.has(group)) this.#open.set(group, follow(group));
    }
  }

  async #submitAgain(record: SubmissionRecord, groups: number[], attempt: number): Promise<void> {
    for (const group of groups) await this.#folder.forget(group);
    try {
      await this.slurm.again(this.#folder, record, groups, attempt);
    } catch (error) {
      const refused = errorData(error);
      for (const group of groups) {
        this.#settle(group, ({ subject: { at } }) => ({
          kind: 'failed',
          error: {
            ...refused,
            subject: at,
            cause: `its task was lost, and Slurm refuses it now: ${refused.cause}`,
          },
        }));
      }
    }
  }

  #lostError(
    { subject: { at } }: Task,
    cause: string,
    arrays: readonly SubmittedArray[] = [],
    group = 0,
  ): ErrorData {
    const last = arrays.at(-1);
    const times = arrays.length > 1 ? `, as ${arrays.length - 1} times before` : '';
    const log = last ? join(this.#folder.directory, `${taskName(last, group)}.log`) : this.#folder.directory;
    const next = `Read ${log}; more memory or time can be given with --sbatch-arg`;
    return new NeuroMfaError('worker-died', at, `${cause}${times}`, next).data;
  }

  #settle(group: number, stateOf: (task: Task) => TaskState): void {
    for (const task of this.#tasksOf(group)) this.#tell(task, stateOf(task));
    this.#open.delete(group);
  }

  #tasksOf(group: number): readonly Task[] {
    return this.submission.tasks[group]!;
  }

  #tell(task: Task, state: TaskState): void {
    const text = JSON.stringify(state);
    if (this.#said.get(task.key) === text) return;
    this.#said.set(task.key, text);
    this.watching.onState(task, state);
  }
}

const follow = (group: number): Followed => ({ group, node: null, gone: null });

/** Slurm's name for the task of a group. */
const taskName = ({ id, first }: SubmittedArray, group: number): string => `${id}_${group - first}`;

/** Groups that Slurm has not ended. */
function activeGroups(arrays: readonly SubmittedArray[], queue: Queue): Set<number> {
  return new Set(
    arrays.flatMap((array) =>
      array.groups.filter((group) => {
        const task = queue.get(taskName(array, group));
        return task !== undefined && isActive(task);
      }),
    ),
  );
}

/** @throws NeuroMfaError `usage` for a folder whose name Slurm does not accept. */
function checkPlace(store: string): void {
  // eslint-disable-next-line no-control-regex -- this pattern looks for control characters
  if (!/[\\\u0000-\u001f]/.test(store)) return;
  const cause = 'Slurm takes no backslash and no control character in the path of a log';
  throw new NeuroMfaError('usage', store, cause, 'Name another folder with --store');
}
