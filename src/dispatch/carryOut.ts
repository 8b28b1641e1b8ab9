/** Implements `neuromfa task`: runs the tasks of one group, and records how each ended. */
import { hostname } from 'node:os';
import { ResultStore } from '../core/store/resultStore';
import { reasonOf, StoreFailure } from '../core/store/storeFailure';
import { errorData, NeuroMfaError, type ErrorData } from '../protocol/errors';
import { CachedAnalyses } from '../worker/cachedAnalyses';
import type { Engine } from '../worker/engine';
import type { JobFolder, TaskOutcome } from './jobFolder';
import { checkAllowed, type Task } from './task';

export interface CarryOut {
  engine: Pick<Engine, 'describe' | 'analyze' | 'recognize'>;
  /** Folders that tasks may read; null for all that the user may read. */
  allowed: readonly string[] | null;
  /** Prints a line about a task or the store. */
  say: (line: string) => void;
  signal: AbortSignal;
}

/** The exit code where a result could not be stored (sysexits.h: EX_IOERR). */
export const UNSTORED = 74;

/** Time between two progress notes of a task. */
const NOTED_EVERY_MS = 5000;

/**
 * Runs the tasks of a group one after the other; tasks with stored results take no time.
 * @returns the exit code: 0 where the results of all are stored.
 * @throws NeuroMfaError `usage` where there is no such group or the store cannot be used; whatever interrupted it.
 */
export async function carryOut(folder: JobFolder, group: number, how: CarryOut): Promise<number> {
  const { engine, allowed, say, signal } = how;
  const begin = performance.now();
  const groups = await folder.tasks();
  const tasks = groups[group];
  if (!tasks) {
    const cause = `${group} is none of its groups, which are 0 to ${groups.length - 1}`;
    throw new NeuroMfaError('usage', folder.directory, cause, 'Submit the analyses again');
  }
  if (allowed) for (const task of tasks) checkAllowed(task, allowed);
  const store = await openStore(folder.store, say);
  const node = process.env['SLURMD_NODENAME'] ?? hostname();
  const outcomes: TaskOutcome[] = [];
  let fraction = 0;
  const note = (): void => {
    // A failure to write progress must not end the task.
    folder.writeProgress(group, { node, fraction }).catch(() => undefined);
  };
  note();
  const timer = setInterval(note, NOTED_EVERY_MS);
  try {
    for (const [at, task] of tasks.entries()) {
      const error = await failureOf(task, engine, store, signal, (done) => {
        fraction = (at + done) / tasks.length;
      });
      signal.throwIfAborted();
      if (error) say(NeuroMfaError.from(error).message);
      outcomes.push({ key: task.key, error });
    }
  } finally {
    clearInterval(timer);
  }
  const failed = outcomes.flatMap(({ error }) => error ?? []);
  const exit = failed.some(({ code }) => code === 'unwritable') ? UNSTORED : Number(failed.length > 0);
  const seconds = (performance.now() - begin) / 1000;
  // A full disk has no space for this either: then only the exit code says so.
  await folder.writeEnd(group, { exit, node, seconds, tasks: outcomes }).catch((error: unknown) => {
    say(`${folder.directory}: how the tasks ended could not be written (${reasonOf(error)}).`);
    if (exit !== UNSTORED) throw error;
  });
  return exit;
}

async function openStore(directory: string, say: (line: string) => void): Promise<ResultStore> {
  try {
    return await ResultStore.open(directory, say);
  } catch (error) {
    const cause = `the store cannot be used here (${reasonOf(error)})`;
    throw new NeuroMfaError('usage', directory, cause, 'Name a folder that all machines can write');
  }
}

/** Null where its result is stored. */
async function failureOf(
  task: Task,
  engine: CarryOut['engine'],
  store: ResultStore,
  signal: AbortSignal,
  onFraction: (done: number) => void,
): Promise<ErrorData | null> {
  let unstored: ErrorData | null = null;
  const analyses = new CachedAnalyses(engine, store, (_job, error) => {
    const { reason, remedy } = StoreFailure.of(error, store.directory);
    const cause = `the result could not be stored (${reason})`;
    unstored = new NeuroMfaError('unwritable', task.subject.at, cause, remedy).data;
  });
  try {
    await analyses.analyze(task, {
      signal,
      onProgress: ({ done, total }) => {
        onFraction(done / Math.max(1, total));
      },
    });
    return unstored;
  } catch (error) {
    return errorData(error, task.subject.at);
  }
}
