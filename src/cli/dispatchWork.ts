/** What a command uses where other machines compute: Slurm, and the messages about it. */
import { join } from 'node:path';
import { checkpointName } from '../core/checkpoint/name';
import type { ResultStore } from '../core/store/resultStore';
import { DispatchedAnalyses } from '../dispatch/dispatchedAnalyses';
import type { Submission, SubmitOptions, TaskGroup } from '../dispatch/dispatcher';
import { SlurmDispatcher } from '../dispatch/slurm';
import { arraysOf, sbatchArgs, SCRIPT } from '../dispatch/slurmArrays';
import { bytes, integer, memorySize, roughTime } from '../protocol/format';
import { NeuroMfaError } from '../protocol/errors';
import { visible } from '../protocol/visible';
import { extraArgs, type DispatchOptions } from './dispatchOptions';
import type { CliEngine, CliEnvironment } from './environment';
import { reportNote } from './report';
import { formatTable } from './table';
import type { WorkerOptions } from './workerOptions';

export class DispatchWork {
  readonly #submissions: Submission[] = [];
  readonly #analyses: DispatchedAnalyses;
  /** Whether something would be submitted. */
  planned = false;
  /** The last lines of the plan, while they are being written. */
  #written: Promise<void> = Promise.resolve();

  constructor(
    engine: CliEngine,
    private readonly store: ResultStore,
    {
      tasks = null,
      threads = 1,
      dryRun,
      ...options
    }: Omit<DispatchOptions, 'tasks'> & WorkerOptions & { tasks?: number | null },
    private readonly env: CliEnvironment,
  ) {
    this.#analyses = new DispatchedAnalyses({
      ...{ engine, store },
      dispatcher: new SlurmDispatcher({ store: store.directory, program: env.programDirectory }),
      options: { atATime: tasks, processors: threads, extra: extraArgs(options) },
      inRounds: true,
      onNote: (subject, cause) => {
        this.#note(subject, cause);
      },
      onSubmission: (submission, fresh) => {
        this.#submissions.push(submission);
        const { length } = submission.tasks;
        const what = `${counted(length, 'task')} of Slurm`;
        const cause = fresh ? `submitted as ${what}` : `at work already, as ${what}`;
        this.#note(`job ${submission.id}`, cause, `Logs are in ${submission.folder}`);
      },
      onPlan: dryRun
        ? (groups, asked) => {
            this.planned = true;
            this.#written = env.writeResult(planText(groups, asked, store.directory));
          }
        : undefined,
    });
  }

  readonly analyze: DispatchedAnalyses['analyze'] = (job, options) => this.#analyses.analyze(job, options);

  /** Must be called at the end. @throws NeuroMfaError where the plan could not be written. */
  async close(): Promise<void> {
    await this.#written;
  }

  /** The message for an interruption: that the tasks continue; undefined where none was submitted. */
  get goesOn(): NeuroMfaError | undefined {
    const ids = this.#submissions.map(({ id }) => id).join(' ');
    if (ids === '') return undefined;
    const next = `The same command comes back to them; neuromfa jobs cancel ${ids} --store ${this.store.directory} ends them`;
    return new NeuroMfaError('cancelled', 'Slurm', 'the tasks go on', next);
  }

  #note(subject: string, cause: string, nextStep = ''): void {
    reportNote(this.env, new NeuroMfaError('internal', subject, cause, nextStep));
  }
}

/** What would be submitted, for people: the tasks, and the command line of sbatch. */
function planText(groups: readonly TaskGroup[], asked: SubmitOptions, store: string): string {
  const rows = groups.map((group, index) => ({ ...group, index }));
  const table = formatTable(
    [
      { title: 'task', align: 'right', text: ({ index }) => integer(index) },
      { title: 'analyses', align: 'right', text: ({ tasks }) => integer(tasks.length) },
      {
        title: 'checkpoints',
        text: ({ tasks }) => {
          const names = tasks.map(({ subject }) => visible(checkpointName(subject.at)));
          return names.length < 2 ? names.join('') : `${names[0]!} … ${names.at(-1)!}`;
        },
      },
      { title: 'reads', align: 'right', text: (group) => bytes(group.bytes) },
      { title: 'time', align: 'right', text: ({ seconds }) => roughTime(seconds) },
      { title: 'memory', align: 'right', text: ({ memory }) => memorySize(memory) },
    ],
    rows,
  );
  const folder = join(store, 'jobs', 'TIME-ID');
  const { processors, megabytes, minutes } = asked;
  const each = `${counted(processors, 'processor')}, ${integer(megabytes)} MB and ${integer(minutes)} minutes`;
  const commands = arraysOf([...groups.keys()], Infinity).map((part) =>
    ['sbatch', '--parsable', ...sbatchArgs(folder, part, asked, 0)].map(word).join(' '),
  );
  const total = groups.reduce((sum, { tasks }) => sum + tasks.length, 0);
  return `${counted(total, 'analysis', 'analyses')} in ${counted(groups.length, 'task')}; each task asks for ${each}\n\n${table}\n${commands.join('\n')}\n\n${SCRIPT}`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${integer(count)} ${count === 1 ? one : many}`;

/** An argument as a shell accepts it. */
const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${visible(text).replaceAll("'", `'\\''`)}'`;
