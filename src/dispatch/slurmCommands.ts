/**
 * Runs Slurm's own programs with lists of arguments and without a shell; returns their answers as data, and their
 * refusals as errors.
 */
import { execFile } from 'node:child_process';
import { NeuroMfaError } from '../protocol/errors';

/** A busy controller may take a while; a dead one never answers. */
const ANSWER_WITHIN_MS = 60_000;
const MAX_ANSWER_BYTES = 2 ** 26;

export interface SlurmTask {
  /** As Slurm writes it: `PENDING`, `RUNNING`, `FAILED`, … */
  state: string;
  /** Why it waits or ended; null where Slurm gives no reason. */
  reason: string | null;
  node: string | null;
  /** In the form of wait(2). */
  status: number;
}

export class SlurmCommands {
  /** @param env the programs' environment; they are looked up in its PATH. */
  constructor(private readonly env: NodeJS.ProcessEnv = process.env) {}

  /** @returns the number of the array. @throws NeuroMfaError `usage` with Slurm's own message. */
  async sbatch(args: readonly string[]): Promise<string> {
    const answer = await this.#run('sbatch', ['--parsable', ...args]);
    // `number` or `number;cluster`.
    const id = /^(\d{1,15})(?:;|$)/m.exec(answer.trim())?.[1];
    if (id !== undefined) return id;
    throw refusal('sbatch', `it answered "${answer.trim()}" instead of the number of a job`);
  }

  /**
   * All of this user's tasks that Slurm knows, by `<array>_<index>`; Slurm forgets tasks a few minutes after they end.
   */
  async squeue(): Promise<Map<string, SlurmTask>> {
    const format = ['ArrayJobID', 'ArrayTaskID', 'State', 'exit_code', 'NodeList', 'Reason']
      .map((field) => `${field}:|`)
      .join(',');
    const user = String(process.getuid?.() ?? '');
    const args = ['--noheader', '--array', '--states=all', `--user=${user}`, `--Format=${format}`];
    const tasks = new Map<string, SlurmTask>();
    for (const line of (await this.#run('squeue', args)).split('\n')) {
      const [array, index, state, status, node, reason] = line.split('|').map((text) => text.trim());
      if (!array || index === undefined || !state) continue;
      const none = (text: string | undefined): string | null =>
        text === undefined || ['', 'None', '(null)', 'n/a'].includes(text) ? null : text;
      tasks.set(`${array}_${index}`, {
        ...{ state, reason: none(reason), node: none(node), status: Number(status) },
      });
    }
    return tasks;
  }

  /** @throws NeuroMfaError with Slurm's own message. */
  async scancel(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#run('scancel', ids);
  }

  /** The largest number of tasks in an array, below which indices must stay. */
  async maxArraySize(): Promise<number> {
    const config = await this.#run('scontrol', ['show', 'config']);
    const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(config)?.[1] ?? NaN);
    // Slurm's own default.
    return Number.isInteger(size) && size >= 2 ? size : 1001;
  }

  /** Names of partitions, the default one first; empty where Slurm is missing or does not answer. */
  async partitions(): Promise<string[]> {
    try {
      await this.#run('sbatch', ['--version']);
      const names = (await this.#run('sinfo', ['--noheader', '--format=%P']))
        .trim()
        .split('\n')
        .filter(Boolean);
      const defaults = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
      return [...new Set([...defaults, ...names.filter((name) => !name.endsWith('*'))])];
    } catch {
      return [];
    }
  }

  #run(program: string, args: readonly string[]): Promise<string> {
    const options = { env: this.env, timeout: ANSWER_WITHIN_MS, maxBuffer: MAX_ANSWER_BYTES };
    return new Promise((resolve, reject) => {
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (error.code === ('ENOENT' as never))
          reject(
            new NeuroMfaError(
              'usage',
              '--on slurm',
              `there is no ${program} on this machine`,
              "Try it on a login node of the cluster, or load the module with Slurm's programs",
            ),
          );
        else reject(refusal(program, error.killed ? 'it did not answer' : wordsOf(stderr, error.message)));
      });
      // A program that reads input would wait forever.
      child.stdin?.end();
    });
  }
}

/** Slurm's own messages, without the names of its programs. */
function wordsOf(stderr: string, otherwise: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^[a-z_]+: (?:error: |fatal: )?/, '').trim())
    .filter(Boolean);
  return (lines.length > 0 ? [...new Set(lines)].join('; ') : otherwise).replace(/\.$/, '');
}

function refusal(program: string, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'usage',
    program,
    cause,
    'Change the options of Slurm, or ask who runs the cluster',
  );
}
