/** The program of a task on a node, `task.js`: the command line and the editor copy it into each job folder. */
import { resolve } from 'node:path';
import { errorData, NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';
import { allowance } from '../worker/allowance';
import { Engine } from '../worker/engine';
import { MemoryBudget } from '../worker/memoryBudget';
import { carryOut } from './carryOut';
import { JobFolder } from './jobFolder';

/** 128 + SIGTERM, as in shells. */
const TERMINATED = 143;

/**
 * The program's entry on a node.
 * @param words the job folder, and the number of the group with index 0.
 * @param program the folder of the built scripts.
 * @returns the exit code.
 */
export async function main(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  program: string,
): Promise<number> {
  const [job = '', first = '0'] = words;
  const ending = new AbortController();
  const { signal } = ending;
  // Slurm ends tasks with this signal, and kills them if they continue.
  process.once('SIGTERM', () => {
    ending.abort();
  });
  const say = (line: string): void => {
    process.stderr.write(`neuromfa: ${shortened(line, 4096)}\n`);
  };
  // The allocation is for this task alone: half of it is for Node itself, and for files.
  const memory = new MemoryBudget(() => allowance().memory / 2);
  const threads = allowance().processors;
  const engine = Engine.local({
    ...{ directory: program, threads, memory },
    onError: (error) => {
      say(String(error));
    },
  });
  try {
    const group = Number(first) + indexOf(env);
    return await carryOut(new JobFolder(resolve(job)), group, { engine, allowed: null, say, signal });
  } catch (error) {
    if (signal.aborted) return TERMINATED;
    say(NeuroMfaError.from(errorData(error, job)).message);
    return 1;
  } finally {
    await engine.dispose();
  }
}

/** The task's index in its array. @throws NeuroMfaError `usage`. */
export function indexOf(env: NodeJS.ProcessEnv): number {
  const text = env['SLURM_ARRAY_TASK_ID'] ?? env['JOB_COMPLETION_INDEX'] ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const cause = 'neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX names a task';
  throw new NeuroMfaError('usage', '--index', cause, 'Name one with --index');
}
