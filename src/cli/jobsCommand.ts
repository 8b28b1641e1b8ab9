/** `neuromfa jobs`: shows what was submitted with `--on slurm`, from any terminal with access to the store. */
import { resolve } from 'node:path';
import { type Command } from 'commander';
import { checkpointName } from '../core/checkpoint/name';
import { readSmallFileAsync } from '../core/storage/smallFile';
import { defaultStore } from '../core/store/place';
import { JobFolder } from '../dispatch/jobFolder';
import { SlurmDispatcher, type Surveyed } from '../dispatch/slurm';
import { NeuroMfaError } from '../protocol/errors';
import { integer } from '../protocol/format';
import { shortened, visibleJson } from '../protocol/visible';
import { EXIT, type CliEnvironment } from './environment';
import { pathWord } from './pathWord';
import { reportError } from './report';
import { formatTable } from './table';

interface Options {
  store?: string;
  json?: true;
}

/** Limit for a log: a task writes a line for each analysis that failed. */
const MAX_LOG_BYTES = 2 ** 24;

const EXAMPLES = `
A JOB is named as "neuromfa run --on slurm" names it, by the folder in jobs/ of the store.

Examples:
  neuromfa jobs --store /shared/nmfa
  neuromfa jobs status 20260101-120000-0a1b2c --store /shared/nmfa
  neuromfa jobs cancel 20260101-120000-0a1b2c --store /shared/nmfa
  neuromfa jobs log 20260101-120000-0a1b2c --store /shared/nmfa
`;

/** @param done called with the exit code. */
export function addJobsCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const jobs = program
    .command('jobs')
    .description('what was submitted to other machines: how it fares, its logs, and its end')
    .addHelpText('after', EXAMPLES);
  const command = (name: string, description: string, isDefault = false): Command =>
    jobs
      .command(name, { isDefault })
      .description(description)
      .argument(name === 'status' ? '[job...]' : '<job...>', 'submissions')
      .option(
        '--store <dir>',
        "the store that they were submitted with (default: the user's cache)",
        pathWord,
      );
  command('status', 'how submissions and their tasks fare; all submissions unless some are named', true)
    .option('--json', 'print JSON')
    .action(async (names: string[], options: Options) => {
      await status(names, options, env);
      done(EXIT.success);
    });
  command('cancel', 'ends what waits or runs; results that are stored stay').action(
    async (names: string[], options: Options) => {
      const { dispatcher, submissions } = await open(names, options, env);
      for (const submission of submissions) await dispatcher.cancel(submission);
      done(EXIT.success);
    },
  );
  command('log', 'what the tasks said').action(async (names: string[], options: Options) => {
    done(await log(names, options, env));
  });
}

async function open(names: readonly string[], { store: chosen }: Options, env: CliEnvironment) {
  const store = chosen === undefined ? defaultStore(env.cacheDirectory()) : resolve(chosen);
  const known = await JobFolder.list(store);
  for (const name of names) {
    if (known.includes(name)) continue;
    const cause = `it is none of the submissions in ${store}`;
    throw new NeuroMfaError('usage', name, cause, 'See neuromfa jobs, and name the store with --store');
  }
  const dispatcher = new SlurmDispatcher({ store, program: env.programDirectory });
  const submissions = [];
  for (const id of names.length > 0 ? names : known) {
    try {
      submissions.push(await JobFolder.of(store, id).submission());
    } catch (error) {
      reportError(env, error, id, false);
    }
  }
  return { dispatcher, submissions };
}

async function status(names: readonly string[], options: Options, env: CliEnvironment): Promise<void> {
  const { dispatcher, submissions } = await open(names, options, env);
  const all: { job: string; folder: string; groups: Surveyed[] }[] = [];
  for (const submission of submissions)
    all.push({ job: submission.id, folder: submission.folder, groups: await dispatcher.survey(submission) });
  if (options.json) {
    const plain = all.map(({ groups, ...rest }) => ({
      ...rest,
      tasks: groups.map(({ tasks, ...how }) => ({
        ...how,
        checkpoints: tasks.map(({ subject }) => subject.at),
      })),
    }));
    await env.writeResult(`${visibleJson(plain, 2)}\n`);
  } else if (names.length > 0) {
    await env.writeResult(all.map(({ job, groups }) => `${job}\n${tasksText(groups)}`).join('\n'));
  } else {
    await env.writeResult(all.length > 0 ? jobsText(all) : 'nothing was submitted with this store\n');
  }
}

const KINDS = ['waiting', 'running', 'stored', 'failed', 'cancelled', 'lost'] as const;

/** As it is spelled to readers. */
const spelled = (kind: string): string => (kind === 'cancelled' ? 'canceled' : kind);

/** A line for each submission, with its analyses by state. */
function jobsText(all: readonly { job: string; groups: Surveyed[] }[]): string {
  const count = (groups: readonly Surveyed[], kind: string): number =>
    groups.filter((group) => group.kind === kind).reduce((sum, { tasks }) => sum + tasks.length, 0);
  return formatTable(
    [
      { title: 'job', text: ({ job }) => job },
      ...KINDS.map((kind) => ({
        ...{ title: spelled(kind), align: 'right' as const },
        text: ({ groups }: { groups: Surveyed[] }) => integer(count(groups, kind)),
      })),
    ],
    all,
  );
}

/** A line for each task. */
function tasksText(groups: readonly Surveyed[]): string {
  return formatTable(
    [
      { title: 'task', text: ({ where }) => where },
      { title: 'state', text: ({ kind }) => spelled(kind) },
      { title: 'node', text: ({ node }) => node ?? '' },
      {
        title: 'checkpoints',
        text: ({ tasks }) => {
          const ends = [...new Set([tasks[0]!, tasks.at(-1)!])];
          return ends.map(({ subject }) => checkpointName(subject.at)).join(' … ');
        },
      },
      { title: 'note', text: ({ note }) => shortened(note ?? '') },
    ],
    groups,
  );
}

async function log(names: readonly string[], options: Options, env: CliEnvironment): Promise<number> {
  const { dispatcher, submissions } = await open(names, options, env);
  let exit: number = EXIT.success;
  for (const submission of submissions) {
    for (const [task] of submission.tasks) {
      const path = await dispatcher.log(submission, task!);
      if (path === null) continue;
      try {
        const words = { what: 'the log', nextStep: 'Look at it with another program' };
        const text = Buffer.from(await readSmallFileAsync(path, MAX_LOG_BYTES, words)).toString();
        const lines = text.split('\n').filter(Boolean);
        await env.writeResult([`── ${path}`, ...lines].map((line) => `${shortened(line, 4096)}\n`).join(''));
      } catch (error) {
        reportError(env, error, path, false);
        exit = EXIT.failure;
      }
    }
  }
  return exit;
}
