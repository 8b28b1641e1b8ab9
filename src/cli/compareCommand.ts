/** `neuromfa compare`: compares two checkpoints or two runs. */
import type { Command } from 'commander';
import { withRadii } from '../core/emergence/fixedRadii';
import { isOneCheckpoint } from '../core/checkpoint/resolve';
import { compareCheckpoints, compareRuns, stepsOf, type Two } from '../core/compare/comparing';
import type { TrainingRun } from '../core/run/trainingRun';
import type { AnalysisSettings } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { isRemote, jobOf, type Subject } from '../protocol/subject';
import { visibleJson } from '../protocol/visible';
import { comparisonPage } from '../core/compare/comparisonPage';
import { AnalysisWork } from './analysisWork';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { comparisonAsText } from './compareText';
import { EXIT, type CliEnvironment } from './environment';
import { findRun } from '../core/run/findRun';
import { checkApart, checkOut, deliver } from './output';
import { pathWord } from './pathWord';
import { addRemoteOptions, keepFor, remoteRun, type RemoteOptions } from './remoteWords';
import { reportNote } from './report';
import { addSettingOptions, settingsFromOptions, type SettingOptions } from './settingOptions';
import { addStoreOptions, type StoreOptions } from './storeOption';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { addWorkerOptions, type WorkerOptions } from './workerOptions';

type Options = SettingOptions &
  RemoteOptions &
  BaseOption &
  WeightsOption &
  StoreOptions &
  WorkerOptions & { json?: true; html?: string; out?: string; verbose?: true };

const EXAMPLES = `
A and B are two checkpoints, or the folders of two training runs, which are compared at the steps that both have. Differences are B
less A.

Examples:
  neuromfa compare run/step1000 run/step4000
  neuromfa compare base-model fine-tuned-model --nulls
  neuromfa compare base-model lora --base base-model
  neuromfa compare runs/seed1 runs/seed2 --json
  neuromfa compare run/step1000 run/step4000 --mode full --nulls --html compare.html
`;

/** @param done called with the exit code. */
export function addCompareCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('compare')
    .description('what differs between two checkpoints or two runs')
    .argument('<a>', 'a checkpoint, or the folder of a run', pathWord)
    .argument('<b>', 'another one', pathWord);
  const chosen = addRemoteOptions(addWeightsOption(addBaseOption(addSettingOptions(command))));
  addStoreOptions(addWorkerOptions(chosen), 'cache')
    .option('--json', 'print JSON')
    .option('--html <file>', 'write tables for any browser as well', pathWord)
    .option('--out <file>', 'write the result to a file instead of standard output', pathWord)
    .option('--verbose', 'every tensor; stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, options: Options) => {
      done(await compare([a, b], options, env));
    });
}

/** @throws NeuroMfaError before anything is computed; other faults are reported and reflected in the exit code. */
async function compare(words: Two<string>, options: Options, env: CliEnvironment): Promise<number> {
  const { json = false, html, out, verbose = false } = options;
  const asked: AnalysisSettings = { ...settingsFromOptions(options, null), subset: null };
  const destination = await checkOut(out);
  if (html !== undefined) checkApart(await checkOut(html, '--html'), destination);
  const kept = keepFor(options, env);
  const [a, b] = await Promise.all([sideOf(words[0], options, env), sideOf(words[1], options, env)]);
  const paths: Two<string> = [a.path, b.path];
  const runs = await runsOf([a, b]);
  const steps = runs && stepsOf(runs);
  const work = await AnalysisWork.open({ ...options, kept }, env, 2 * (steps?.common.length ?? 1));
  const base = await baseFromOption(options, paths, env);
  const subjectAt = (at: string): Subject => ({
    at,
    base,
    weights: { kind: 'stored', ...chosenSet(options) },
    part: null,
  });
  try {
    const first = runs ? runs[0].checkpoints[0]!.path : paths[0];
    const settings = await withRadii(asked, options, () =>
      work.result(jobOf(subjectAt(first), { ...asked, nulls: null })),
    );
    if (!settings) return EXIT.failure;
    const computes = {
      analyze: (at: string) => work.result(jobOf(subjectAt(at), settings)),
      tensors: ([a, b]: Two<string>) => work.compare(subjectAt(a), subjectAt(b)),
    };
    const comparison = runs
      ? await compareRuns(runs, steps!, settings, computes)
      : await compareCheckpoints(paths, settings, computes);
    if (!comparison) return EXIT.failure;
    if (html !== undefined) await deliver(env, comparisonPage(comparison), html);
    await deliver(env, json ? `${visibleJson(comparison)}\n` : comparisonAsText(comparison, verbose), out);
  } finally {
    await work.close();
  }
  return work.complete ? EXIT.success : EXIT.failure;
}

interface Side {
  /** Of the checkpoint, or of the run. */
  path: string;
  /** Null for a checkpoint. */
  run: (() => Promise<TrainingRun>) | null;
}

/** What is at a path or an address. @throws NeuroMfaError. */
async function sideOf(word: string, options: RemoteOptions, env: CliEnvironment): Promise<Side> {
  if (isRemote(word)) {
    const run = await remoteRun(word, options, env, 'left-out');
    const [first, ...others] = run.checkpoints;
    return others.length > 0
      ? { path: run.path, run: () => Promise.resolve(run) }
      : { path: first!.path, run: null };
  }
  if (isOneCheckpoint(word)) return { path: word, run: null };
  const find = async (): Promise<TrainingRun> => {
    const { run, notes } = await findRun(word);
    for (const note of notes) reportNote(env, note);
    return run;
  };
  return { path: word, run: find };
}

/** The runs of both sides; null where both are checkpoints. @throws NeuroMfaError where only one is a run. */
async function runsOf([a, b]: Two<Side>): Promise<Two<TrainingRun> | null> {
  if (a.run && b.run) return [await a.run(), await b.run()];
  if (!a.run && !b.run) return null;
  throw new NeuroMfaError(
    'usage',
    a.run ? a.path : b.path,
    'this is no single checkpoint, and the other one is',
    'Name two checkpoints, or the folders of two runs',
  );
}
