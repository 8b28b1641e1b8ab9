/** `neuromfa task`: runs one index of an array, on any machine. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { carryOut } from '../dispatch/carryOut';
import { JobFolder } from '../dispatch/jobFolder';
import { indexOf } from '../dispatch/taskProgram';
import { shortened } from '../protocol/visible';
import type { CliEnvironment } from './environment';
import { pathWord } from './pathWord';
import { MAX_CHARACTERS } from './report';
import { addWorkerOptions, engineOptions, type WorkerOptions } from './workerOptions';

type Options = WorkerOptions & { job: string; index?: number; first: number; allow?: string[] };

const EXAMPLES = `
A job folder is made by "neuromfa run --on slurm", in jobs/ of the store. Results go into that store. Exits with 0 only where
every result of the index is stored.

Examples:
  neuromfa task --job /shared/nmfa/jobs/20260101-120000-0a1b2c --index 3
  neuromfa task --job "$JOB"          in a Kubernetes Indexed Job or a Slurm array
`;

/** @param done called with the exit code. */
export function addTaskCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('task')
    .description('carries out one index of submitted analyses; for engines of arrays')
    .requiredOption('--job <dir>', 'the job folder', pathWord)
    .addOption(
      new Option(
        '--index <n>',
        'which group of tasks (default: SLURM_ARRAY_TASK_ID, or JOB_COMPLETION_INDEX)',
      ).argParser(parseIndex),
    )
    .addOption(new Option('--first <n>', 'what index 0 stands for').argParser(parseIndex).default(0))
    .option(
      '--allow <dir>',
      'a folder that tasks may read (repeatable; default: all that this user may read)',
      (word: string, before: string[] | undefined) => [...(before ?? []), resolve(pathWord(word))],
    );
  addWorkerOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const { job, index, first, allow } = options;
      const group = first + (index ?? indexOf(process.env));
      const say = (line: string): void => {
        env.writeError(`neuromfa: ${shortened(line, MAX_CHARACTERS)}\n`);
      };
      const engine = env.createEngine({
        ...engineOptions(options),
        onError: (error) => {
          say(String(error));
        },
      });
      try {
        const { signal } = env;
        const folder = new JobFolder(resolve(job));
        done(await carryOut(folder, group, { engine, allowed: allow ?? null, say, signal }));
      } finally {
        await engine.dispose();
      }
    });
}

function parseIndex(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('Give a whole number.');
}
