/**
 * Runs analyses outside of this process. A dispatcher starts tasks and reports their states; results never pass through
 * it: only the store shows that one is done.
 */
import * as v from 'valibot';
import type { ErrorData } from '../protocol/errors';
import { count } from '../protocol/numbers';
import type { Task } from './task';

/** A task, and what it needs. */
export interface SizedTask extends Task {
  /** Bytes read. */
  bytes: number;
  seconds: number;
  /** Largest memory in bytes. */
  memory: number;
}

/** Tasks of one array index, run one after the other. */
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
  /** The number of earlier submissions of these groups. */
  attempt: count,
});
export type SubmittedArray = v.InferOutput<typeof arraySchema>;

export const submissionSchema = v.strictObject({
  schema: v.literal(SUBMISSION_SCHEMA),
  engine: v.literal('slurm'),
  options: v.strictObject({
    /** Largest number of tasks running at a time; null leaves it to the engine. */
    atATime: v.nullable(count),
    /** For one task: processors, megabytes and minutes. */
    processors: count,
    megabytes: count,
    minutes: count,
    /** Further options for the engine's program. */
    extra: v.array(v.string()),
  }),
  /** In order of submission. */
  arrays: v.array(arraySchema),
});
/** A submission to an engine, as it is stored in the job folder. */
export type SubmissionRecord = v.InferOutput<typeof submissionSchema>;
export type SubmitOptions = SubmissionRecord['options'];

export interface Submission {
  /** The name of its job folder. */
  id: string;
  /** Its job folder. */
  folder: string;
  tasks: readonly (readonly Task[])[];
}

/** The state of a task. */
export type TaskState =
  | { kind: 'waiting'; where: string; reason: string | null }
  | { kind: 'running'; where: string; node: string | null; fraction: number | null }
  /** Its result has been stored. */
  | { kind: 'stored' }
  | { kind: 'failed'; error: ErrorData };

export interface Watching {
  /** Called at each change. */
  onState: (task: Task, state: TaskState) => void;
  /** Called with messages for users, for example about tasks that are submitted again. */
  onNote: (subject: string, cause: string) => void;
  /** Whether the store holds the result of a task. */
  isStored: (task: Task) => Promise<boolean>;
  signal: AbortSignal;
}

export interface Dispatcher {
  /** @throws NeuroMfaError with the engine's own message; then nothing has been submitted, and no files remain. */
  submit(groups: readonly TaskGroup[], options: SubmitOptions): Promise<Submission>;
  /** Settles when each task has ended, or at once when `signal` aborts, which ends only the watching. */
  watch(submission: Submission, watching: Watching): Promise<void>;
  /**
   * Ends tasks that wait or run.
   * @param keys those of tasks; a place in an array is ended only if all its tasks are among them. By default all
   *   tasks.
   * @throws NeuroMfaError with the engine's own message.
   */
  cancel(submission: Submission, keys?: ReadonlySet<string>): Promise<void>;
  /** The file with a task's messages; null where there is none. */
  log(submission: Submission, task: Task): Promise<string | null>;
}
