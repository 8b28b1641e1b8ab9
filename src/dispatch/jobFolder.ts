/**
 * The folder of a submission below the store, `jobs/<time>-<id>/`: its tasks, a copy of the program (so that an upgrade
 * meanwhile changes nothing), what was submitted, the logs, and a file for each group that has ended.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { levels, parseStrictJson } from '../core/checkpoint/strictJson';
import { readSmallFileAsync } from '../core/storage/smallFile';
import { atomicWrite } from '../core/store/atomicWrite';
import { reasonOf } from '../core/store/storeFailure';
import { systemCode } from '../core/systemCode';
import { errorSchema, NeuroMfaError } from '../protocol/errors';
import { count, finite } from '../protocol/numbers';
import { submissionSchema, type Submission, type SubmissionRecord } from './dispatcher';
import { MAX_TASKS_BYTES, parseTasks, tasksText, type Task, type TaskGroups } from './task';

export const TASKS_FILE = 'tasks.json';
const SUBMISSION_FILE = 'submission.json';
export const PROGRAM = 'program';
/** The files of the program that runs tasks. Their shared chunks have names of their own. */
const PROGRAM_FILES = /^(?:task|job|worker|shared-[A-Za-z0-9]+)\.js$/;
/** No script of the program is larger. */
const MAX_PROGRAM_BYTES = 2 ** 25;
const MAX_NOTE_BYTES = 2 ** 24;
const NOTE_LIMITS = { levels: levels(6, 1_000_000), containers: 1_000_000 };

const outcomeSchema = v.strictObject({
  key: v.string(),
  /** Why there is no result; null where it has been stored. */
  error: v.nullable(errorSchema),
});
export type TaskOutcome = v.InferOutput<typeof outcomeSchema>;

const endSchema = v.strictObject({
  schema: v.literal('neuromfa/end@1'),
  exit: count,
  node: v.string(),
  seconds: finite,
  tasks: v.array(outcomeSchema),
});
export type GroupEnd = v.InferOutput<typeof endSchema>;

const progressSchema = v.strictObject({ node: v.string(), fraction: finite });
export type GroupProgress = v.InferOutput<typeof progressSchema>;

/** Submitting takes seconds. */
const CLAIMED_MS = 180_000;

const ID = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

export class JobFolder {
  /** @param directory its path. */
  constructor(readonly directory: string) {}

  static of(store: string, id: string): JobFolder {
    return new JobFolder(join(store, 'jobs', id));
  }

  get id(): string {
    return basename(this.directory);
  }

  /** The store's folder, to which it belongs. */
  get store(): string {
    return dirname(dirname(this.directory));
  }

  /** Names of the submissions in a store, the latest first; empty where the folder does not exist. */
  static async list(store: string): Promise<string[]> {
    try {
      return (await readdir(join(store, 'jobs')))
        .filter((name) => ID.test(name))
        .sort()
        .reverse();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw new NeuroMfaError('unreadable', join(store, 'jobs'), reasonOf(error), 'Check the folder');
    }
  }

  /**
   * Creates a folder with these tasks and a copy of the program.
   * @param program the folder with the built scripts.
   * @throws NeuroMfaError `usage` where the store cannot be written; then no files remain.
   */
  static async create(store: string, groups: TaskGroups, program: string, now: Date): Promise<JobFolder> {
    const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    const folder = JobFolder.of(store, `${time}-${randomBytes(3).toString('hex')}`);
    try {
      await mkdir(join(folder.directory, PROGRAM), { recursive: true });
      await atomicWrite(join(folder.directory, TASKS_FILE), tasksText(groups));
      for (const name of (await readdir(program)).filter((each) => PROGRAM_FILES.test(each))) {
        const words = { what: 'the script', nextStep: 'Install NeuroMFA again' };
        const bytes = await readSmallFileAsync(join(program, name), MAX_PROGRAM_BYTES, words);
        await atomicWrite(join(folder.directory, PROGRAM, name), bytes);
      }
      return folder;
    } catch (error) {
      await folder.remove().catch(() => undefined);
      if (error instanceof NeuroMfaError) throw error;
      const cause = `the tasks cannot be written there (${reasonOf(error)})`;
      throw new NeuroMfaError('usage', store, cause, 'Name another folder with --store', {
        cause: error,
      });
    }
  }

  /** @throws NeuroMfaError. */
  async tasks(): Promise<TaskGroups> {
    const file = join(this.directory, TASKS_FILE);
    const words = { what: 'the list of tasks', nextStep: 'Submit the analyses again' };
    return parseTasks(await readSmallFileAsync(file, MAX_TASKS_BYTES, words), file);
  }

  /** @throws NeuroMfaError. */
  async submission(): Promise<Submission> {
    return { id: this.id, folder: this.directory, tasks: await this.tasks() };
  }

  /** What was submitted; null where nothing has been yet, or the file is not ours. */
  record(): Promise<SubmissionRecord | null> {
    return this.#read(SUBMISSION_FILE, submissionSchema);
  }

  async writeRecord(record: SubmissionRecord): Promise<void> {
    await atomicWrite(join(this.directory, SUBMISSION_FILE), `${JSON.stringify(record)}\n`);
  }

  /**
   * Names of its files. Listing the folder finds other machines' files: a network file system may cache for a minute
   * that a single name was absent.
   */
  async names(): Promise<Set<string>> {
    return new Set(await readdir(this.directory));
  }

  /** How a group ended; null where that is unknown. */
  end(group: number): Promise<GroupEnd | null> {
    return this.#read(endName(group), endSchema);
  }

  async writeEnd(group: number, end: Omit<GroupEnd, 'schema'>): Promise<void> {
    const text = JSON.stringify({ schema: 'neuromfa/end@1', ...end });
    await atomicWrite(join(this.directory, endName(group)), `${text}\n`);
  }

  /** Removes the note of a group before the group is submitted again. */
  async forget(group: number): Promise<void> {
    await rm(join(this.directory, progressName(group)), { force: true });
  }

  progress(group: number): Promise<GroupProgress | null> {
    return this.#read(progressName(group), progressSchema);
  }

  async writeProgress(group: number, progress: GroupProgress): Promise<void> {
    await atomicWrite(join(this.directory, progressName(group)), `${JSON.stringify(progress)}\n`);
  }

  /** Claims the next submission of lost tasks: of several terminals and windows that watch, one gets it. */
  async claim(arrays: number): Promise<boolean> {
    const path = join(this.directory, `again-${arrays}`);
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      // A process that claimed it long ago has ended before it was done.
      return Date.now() - (await stat(path)).mtimeMs > CLAIMED_MS;
    }
  }

  /** Its creation time, in milliseconds since 1970. */
  async created(): Promise<number> {
    return (await stat(join(this.directory, TASKS_FILE))).mtimeMs;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #read<S extends v.GenericSchema>(name: string, schema: S): Promise<v.InferOutput<S> | null> {
    try {
      const words = { what: 'the note', nextStep: '' };
      const bytes = await readSmallFileAsync(join(this.directory, name), MAX_NOTE_BYTES, words);
      const parsed = v.safeParse(schema, parseStrictJson(bytes, NOTE_LIMITS));
      return parsed.success ? parsed.output : null;
    } catch {
      // It does not exist yet, or cannot be read now.
      return null;
    }
  }
}

export const endName = (group: number): string => `${group}.end.json`;
const progressName = (group: number): string => `${group}.progress.json`;

/** The group that contains a task. */
export function groupOf(groups: readonly (readonly Task[])[], { key }: Task): number {
  return groups.findIndex((group) => group.some((task) => task.key === key));
}
