/** `--on slurm` and related options: other machines compute what the store lacks. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { NeuroMfaError } from '../protocol/errors';
import type { StoreOptions } from './storeOption';

export const ENGINES = ['local', 'slurm'] as const;

/** The options as commander returns them. */
export interface DispatchOptions {
  on?: (typeof ENGINES)[number];
  tasks?: number;
  partition?: string;
  sbatchArg?: string[];
  dryRun?: true;
}

/** Options of sbatch that this program sets itself. */
const OURS =
  /^(?:-[aDoeW]|--(?:array|chdir|output|error|wrap|wait|open-mode|parsable|test-only|clusters|version|help|usage)(?:=|$))/;
const MAX_TASKS = 1_000_000;

export function addDispatchOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--on <local|slurm>',
        'where what the store lacks is computed; slurm: by an array of tasks, whose store all nodes share',
      ).choices(ENGINES),
    )
    .addOption(new Option('--tasks <n>', 'with --on slurm: tasks that run at a time').argParser(parseTasks))
    .option('--partition <name>', 'with --on slurm: where the tasks run')
    .addOption(
      new Option(
        '--sbatch-arg <option>',
        'with --on slurm: an option of sbatch as one word, as --sbatch-arg=--account=x (repeatable)',
      ).argParser(parseArg),
    );
}

/** Whether other machines compute. @throws NeuroMfaError `usage` for options that mean nothing without them. */
export function checkDispatch(options: DispatchOptions & StoreOptions): boolean {
  const given = ([['tasks'], ['partition'], ['sbatchArg', 'sbatch-arg']] as const).find(
    ([key]) => options[key] !== undefined,
  );
  const slurm = options.on === 'slurm';
  if (given && !slurm)
    throw new NeuroMfaError(
      'usage',
      `--${given[1] ?? given[0]}`,
      'it is about Slurm',
      'Use it with --on slurm',
    );
  if (slurm && options.store === false) {
    const cause = 'results come back through the store';
    throw new NeuroMfaError('usage', '--no-store', cause, 'Name a folder that all nodes share with --store');
  }
  return slurm;
}

/** Further options of sbatch; those that the user gives come last and therefore win. */
export const extraArgs = ({ partition, sbatchArg = [] }: DispatchOptions): string[] => [
  ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ...sbatchArg,
];

function parseTasks(word: string): number {
  const tasks = /^\d+$/.test(word) ? Number(word) : NaN;
  if (!(tasks >= 1 && tasks <= MAX_TASKS))
    throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_TASKS}.`);
  return tasks;
}

function parseArg(word: string, before: string[] = []): string[] {
  if (!word.startsWith('-') || /\s/.test(word.split('=')[0]!))
    throw new InvalidArgumentError('Give an option as one word, such as --sbatch-arg=--account=x.');
  if (OURS.test(word)) throw new InvalidArgumentError(`${word.split('=')[0]!} is set by this program.`);
  return [...before, word];
}
