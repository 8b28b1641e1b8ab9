/**
 * Where analyses are carried out if not by this process. A dispatcher starts tasks and tells how they fare; results never pass
 * through it: only the store says that one is done.
 */
import * as v from 'valibot';
import type { ErrorData } from '../protocol/errors';
import { count } from '../protocol/numbers';
import type { Task } from './task';

/** A task, and what it takes. */
export interface SizedTask extends Task {
  /** Read. */
  bytes: number;
  seconds: number;
  /** Most memory in bytes. */
  memory: number;
}

/** Tasks that one index of an array carries out, one after the other. */
export interface TaskGroup {
  tasks: readonly SizedTask[];
  bytes: number;
  seconds: number;
  memory: number;
}

export const SUBMISSION_SCHEMA = 'neuromfa/submission@1';

const arraySchema = v.strictObject({
  /** The engine's own number. */
  id: v.pipe(v.string(), v.regex(/^\d{1,15}$/)),
  /** Subtracted from a group's number to get its index in the array. */
  first: count,
  groups: v.pipe(v.array(count), v.minLength(1)),
  /** How often these groups had been submitted before. */
  attempt: count,
});
export type SubmittedArray = v.InferOutput<typeof arraySchema>;

export const submissionSchema = v.strictObject({
  schema: v.literal(SUBMISSION_SCHEMA),
  engine: v.literal('slurm'),
  options: v.strictObject({
    /** How many run at a time; null for as many as the engine likes. */
    atATime: v.nullable(count),
    /** Of one task: processors, megabytes and minutes. */
    processors: count,
    megabytes: count,
    minutes: count,
    /** Further options of the engine's program, in its words. */
    extra: v.array(v.string()),
  }),
  /** In order of submission. */
  arrays: v.array(arraySchema),
});
/** What was handed to an engine, as it is stored in the job folder. */
export type SubmissionRecord = v.InferOutput<typeof submissionSchema>;
export type SubmitOptions = SubmissionRecord['options'];

export interface Submission {
  /** The name of its job folder. */
  id: string;
  /** Its job folder. */
  folder: string;
  tasks: readonly (readonly Task[])[];
}

/** How a task fares. */
export type TaskState =
  | { kind: 'waiting'; where: string; reason: string | null }
  | { kind: 'running'; where: string; node: string | null; fraction: number | null }
  /** Its result has been stored. */
  | { kind: 'stored' }
  | { kind: 'failed'; error: ErrorData };

export interface Watching {
  /** Called at each change. */
  onState: (task: Task, state: TaskState) => void;
  /** Called with what users should hear of, such as tasks that are submitted again. */
  onNote: (subject: string, cause: string) => void;
  /** Whether the store holds the result of a task. */
  isStored: (task: Task) => Promise<boolean>;
  signal: AbortSignal;
}

export interface Dispatcher {
  /** @throws NeuroMfaError in the engine's own words; then nothing has been submitted, and nothing is left of it. */
  submit(groups: readonly TaskGroup[], options: SubmitOptions): Promise<Submission>;
  /** Settles when each task has ended, or at once when `signal` aborts, which ends the watching alone. */
  watch(submission: Submission, watching: Watching): Promise<void>;
  /**
   * Ends what waits or runs.
   * @param keys of tasks; ends those that share their place in an array with none but these. Left out: all.
   * @throws NeuroMfaError in the engine's own words.
   */
  cancel(submission: Submission, keys?: ReadonlySet<string>): Promise<void>;
  /** The file that a task wrote its messages to; null where there is none. */
  log(submission: Submission, task: Task): Promise<string | null>;
}
