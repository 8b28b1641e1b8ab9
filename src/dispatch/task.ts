/**
 * Tasks for other machines as plain data: an analysis with absolute paths, and its key. Tasks are checked wherever they
 * arrive, because anyone who can write the file could request anything.
 */
import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { checkSettings } from '../core/analysis/checkSettings';
import { levels, parseStrictJson, type JsonLimits } from '../core/checkpoint/strictJson';
import { liesWithin } from '../core/storage/withinFolders';
import { ALGORITHM_VERSION, settingsSchema, subsetSchema } from '../protocol/analysis';
import { errorData, NeuroMfaError } from '../protocol/errors';
import { count } from '../protocol/numbers';
import { canonicalJson, recordedSettings, type AnalysisJob, type Subject } from '../protocol/subject';
import { quoted } from '../protocol/visible';
import { DRAWN_KINDS } from '../protocol/weights';

export const TASKS_SCHEMA = 'neuromfa/tasks@1';
/** A task takes about a kilobyte. */
export const MAX_TASKS_BYTES = 2 ** 26;
const LIMITS: JsonLimits = { levels: levels(12, 1_000_000), containers: 2_000_000 };

const path = v.pipe(
  v.string(),
  v.maxLength(4096),
  v.check((text) => isAbsolute(text) && !text.includes('\0'), 'is not an absolute path'),
);
const base = v.exactOptional(v.nullable(v.union([path, v.strictObject({ within: v.array(path) })])));
const subjectEntries = {
  at: path,
  base,
  weights: v.strictObject({
    kind: v.picklist(['stored', ...DRAWN_KINDS]),
    set: v.exactOptional(v.pipe(v.string(), v.maxLength(4096))),
  }),
};
const taskSchema = v.strictObject({
  /** Derived from the other fields, see {@link taskKey}. */
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  subject: v.strictObject({
    ...subjectEntries,
    part: v.nullable(v.strictObject(subsetSchema.entries)),
    common: v.exactOptional(v.strictObject(subjectEntries)),
  }),
  settings: v.strictObject(v.omit(settingsSchema, ['subset']).entries),
});

export interface Task extends AnalysisJob {
  /** Identifies the analysis: equal for equal ones, in any terminal and window. */
  key: string;
}

const tasksSchema = v.strictObject({
  schema: v.literal(TASKS_SCHEMA),
  algorithm: count,
  /** The tasks of one array index. */
  groups: v.pipe(v.array(v.pipe(v.array(taskSchema), v.minLength(1))), v.minLength(1)),
});

/** The tasks of a job folder. */
export type TaskGroups = readonly (readonly Task[])[];

/** The task for a job. @param from the folder to which relative paths refer. */
export function taskOf({ subject, settings }: AnalysisJob, from = process.cwd()): Task {
  const place = <T extends Omit<Subject, 'part' | 'common'>>(one: T): T => ({
    ...one,
    at: resolve(from, one.at),
    ...(one.base && {
      base:
        typeof one.base === 'string'
          ? resolve(from, one.base)
          : { within: one.base.within.map((folder) => resolve(from, folder)) },
    }),
  });
  const absolute = { ...place(subject), ...(subject.common && { common: place(subject.common) }) };
  // JSON drops undefined values, which the schemas do not accept.
  const job = JSON.parse(JSON.stringify({ subject: absolute, settings })) as AnalysisJob;
  return { key: taskKey(job), ...job };
}

/** SHA-256 in hexadecimal of the analysis and the version of the algorithm. */
export function taskKey({ subject, settings }: AnalysisJob): string {
  const named = { algorithm: ALGORITHM_VERSION, subject, settings };
  return createHash('sha256').update(canonicalJson(named)).digest('hex');
}

export function tasksText(groups: TaskGroups): string {
  return `${JSON.stringify({ schema: TASKS_SCHEMA, algorithm: ALGORITHM_VERSION, groups })}\n`;
}

/**
 * Parses tasks. Opens nothing that they name.
 * @param file the file, for messages.
 * @throws NeuroMfaError `damaged` for anything that this program does not write; `unsupported` for tasks of another
 *   version of the algorithm; `usage` for settings out of bounds.
 */
export function parseTasks(bytes: Uint8Array, file: string): TaskGroups {
  const damaged = (cause: string): NeuroMfaError =>
    new NeuroMfaError('damaged', file, cause, 'Submit the analyses again');
  let value: unknown;
  try {
    // Twice, because this program writes −0 as 0.
    value = JSON.parse(JSON.stringify(parseStrictJson(bytes, LIMITS)));
  } catch (error) {
    throw damaged(`it ${(error as Error).message}`);
  }
  const parsed = v.safeParse(tasksSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = quoted(v.getDotPath(issue) ?? 'tasks.json');
    throw damaged(`it holds no tasks as this program writes them, at ${where}`);
  }
  const { algorithm, groups } = parsed.output;
  if (algorithm !== ALGORITHM_VERSION) {
    const cause = `its tasks are of version ${algorithm} of the algorithm, and this program has version ${ALGORITHM_VERSION}`;
    throw new NeuroMfaError('unsupported', file, cause, 'Use the program that submitted them');
  }
  for (const task of groups.flat()) {
    try {
      checkSettings(recordedSettings(task));
    } catch (error) {
      const { code, subject, cause } = errorData(error);
      throw new NeuroMfaError(code, file, `${subject}: ${cause}`, 'Submit the analyses again');
    }
    if (taskKey(task) !== task.key) throw damaged('a task is not what its key names');
  }
  return groups;
}

/** @throws NeuroMfaError `usage` where a task names a path outside `folders`, links followed. Opens nothing. */
export function checkAllowed({ subject }: Task, folders: readonly string[]): void {
  const named = [subject, ...(subject.common ? [subject.common] : [])].flatMap(({ at, base: own }) => [
    at,
    ...(typeof own === 'string' ? [own] : (own?.within ?? [])),
  ]);
  for (const each of named) {
    if (liesWithin(each, folders)) continue;
    const cause = 'it lies outside the folders that tasks may read';
    throw new NeuroMfaError('usage', each, cause, 'Name its folder with --allow');
  }
}
