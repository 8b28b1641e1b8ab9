/** `neuromfa compare`: two checkpoints, or two runs, beside each other. */
import type { Command } from 'commander';
import { withRadii } from '../core/emergence/fixedRadii';
import { isOneCheckpoint } from '../core/checkpoint/resolve';
import { compareFigures, compareProjections } from '../core/compare/figures';
import { isSame } from '../core/compare/same';
import type { TrainingRun } from '../core/run/trainingRun';
import { VERSION } from '../core/version';
import { ALGORITHM_VERSION, type AnalysisResult, type AnalysisSettings } from '../protocol/analysis';
import { COMPARISON_SCHEMA, type Comparison } from '../protocol/comparison';
import { NeuroMfaError } from '../protocol/errors';
import { jobOf, type Subject } from '../protocol/subject';
import { visibleJson } from '../protocol/visible';
import { comparisonPage } from '../core/compare/comparisonPage';
import { AnalysisWork } from './analysisWork';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { comparisonAsText } from './compareText';
import { EXIT, type CliEnvironment } from './environment';
import { findRun } from './findRun';
import { checkApart, checkOut, deliver } from './output';
import { pathWord } from './pathWord';
import { reportNote } from './report';
import { addSettingOptions, settingsFromOptions, type SettingOptions } from './settingOptions';
import { addStoreOptions, type StoreOptions } from './storeOption';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { addWorkerOptions, type WorkerOptions } from './workerOptions';

type Options = SettingOptions &
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
  addStoreOptions(addWorkerOptions(addWeightsOption(addBaseOption(addSettingOptions(command)))), 'cache')
    .option('--json', 'print JSON')
    .option('--html <file>', 'write tables for any browser as well', pathWord)
    .option('--out <file>', 'write the result to a file instead of standard output', pathWord)
    .option('--verbose', 'every tensor; stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, options: Options) => {
      done(await compare([a, b], options, env));
    });
}

type Two<T> = readonly [a: T, b: T];

/** @throws NeuroMfaError before anything is computed; other faults are reported and show in the exit code. */
async function compare(paths: Two<string>, options: Options, env: CliEnvironment): Promise<number> {
  const { json = false, html, out, verbose = false } = options;
  const asked: AnalysisSettings = { ...settingsFromOptions(options, null), subset: null };
  const destination = await checkOut(out);
  if (html !== undefined) checkApart(await checkOut(html, '--html'), destination);
  const runs = await runsOf(paths, env);
  const steps = runs && stepsOf(runs);
  if (runs && steps!.both.length === 0) throw nothingInCommon(runs);
  const work = await AnalysisWork.open(options, env, 2 * (steps?.both.length ?? 1));
  const base = baseFromOption(options, paths);
  const subjectAt = (at: string): Subject => ({
    at,
    base,
    weights: { kind: 'stored', ...chosenSet(options) },
    part: null,
  });
  try {
    const first = runs ? runs[0].checkpoints[0]!.path : paths[0];
    const settings = await withRadii(asked, options, async () => {
      const measured = await work.analyze(jobOf(subjectAt(first), { ...asked, nulls: null }));
      return measured?.result ?? null;
    });
    if (!settings) return EXIT.failure;
    const analyze = async (at: string): Promise<AnalysisResult | null> =>
      (await work.analyze(jobOf(subjectAt(at), settings)))?.result ?? null;
    const both = async ([a, b]: Two<string>): Promise<Two<AnalysisResult> | null> => {
      const [own, other] = [await analyze(a), await analyze(b)];
      return own && other && [own, other];
    };
    const entries = {
      schema: COMPARISON_SCHEMA,
      version: { engine: VERSION, algorithm: ALGORITHM_VERSION },
      settings,
    } as const;
    let comparison: Comparison;
    if (!runs) {
      const tensors = await work.compare(subjectAt(paths[0]), subjectAt(paths[1]));
      const results = await both(paths);
      if (!tensors) return EXIT.failure;
      comparison = {
        ...entries,
        kind: 'checkpoints',
        same: isSame(tensors),
        figures: results && compareFigures(...results),
        projections: results && compareProjections(...results),
        tensors,
      };
    } else {
      const points = [];
      let last: Two<AnalysisResult> | null = null;
      for (const { step, at } of steps!.both) {
        const results = await both(at);
        if (!results) continue;
        last = results;
        points.push({ step, figures: compareFigures(...results) });
      }
      const [a, b] = steps!.both.at(-1)!.at;
      const tensors = await work.compare(subjectAt(a), subjectAt(b));
      if (!tensors) return EXIT.failure;
      comparison = {
        ...entries,
        kind: 'runs',
        a: { name: runs[0].name, path: runs[0].path },
        b: { name: runs[1].name, path: runs[1].path },
        points,
        onlyA: steps!.onlyA,
        onlyB: steps!.onlyB,
        projections: last && compareProjections(...last),
        tensors,
      };
    }
    if (html !== undefined) await deliver(env, comparisonPage(comparison), html);
    await deliver(env, json ? `${visibleJson(comparison)}\n` : comparisonAsText(comparison, verbose), out);
  } finally {
    await work.close();
  }
  return work.complete ? EXIT.success : EXIT.failure;
}

/** The runs that both folders hold; null where both are checkpoints. @throws NeuroMfaError where only one is a run. */
async function runsOf(paths: Two<string>, env: CliEnvironment): Promise<Two<TrainingRun> | null> {
  const [a, b] = paths.map(isOneCheckpoint) as [boolean, boolean];
  if (a && b) return null;
  if (a !== b) {
    throw new NeuroMfaError(
      'usage',
      a ? paths[1] : paths[0],
      'this is no single checkpoint, and the other one is',
      'Name two checkpoints, or the folders of two runs',
    );
  }
  const found = [await findRun(paths[0]), await findRun(paths[1])] as const;
  for (const { notes } of found) for (const note of notes) reportNote(env, note);
  return [found[0].run, found[1].run];
}

interface Steps {
  both: { step: number; at: Two<string> }[];
  onlyA: number[];
  onlyB: number[];
}

function stepsOf([a, b]: Two<TrainingRun>): Steps {
  const byStep = (run: TrainingRun): Map<number, string> =>
    new Map(run.checkpoints.flatMap(({ step, path }) => (step === null ? [] : [[step, path] as const])));
  const [own, other] = [byStep(a), byStep(b)];
  return {
    both: [...own].flatMap(([step, path]) => {
      const partner = other.get(step);
      return partner === undefined ? [] : [{ step, at: [path, partner] as const }];
    }),
    onlyA: [...own.keys()].filter((step) => !other.has(step)),
    onlyB: [...other.keys()].filter((step) => !own.has(step)),
  };
}

const nothingInCommon = ([a, b]: Two<TrainingRun>): NeuroMfaError =>
  new NeuroMfaError(
    'unsupported',
    b.path,
    `it has no step that ${a.path} has`,
    'Name one checkpoint of each',
  );
