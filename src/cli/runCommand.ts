/** `neuromfa run`: the folder of a training run in, its series out. */
import { Option, type Command } from 'commander';
import { MAX_SAMPLES } from '../core/analysis/settings';
import { analyzeRun, comparedOf, type AnalyzeOne, type Analyzed } from '../core/emergence/analyzeRun';
import { MIN_SAMPLES } from '../core/emergence/enoughSamples';
import { lastCompared, specify, type End } from '../core/emergence/specify';
import { needsNulls } from '../core/run/alerts';
import { acrossRuns } from '../core/metrics/correlations';
import type { TrainingRun } from '../core/run/trainingRun';
import type { Band } from '../protocol/alerts';
import type { AnalysisSettings } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import type { RemotePrice } from '../protocol/remote';
import type { ReportRun } from '../protocol/report';
import {
  EMERGENCE_SOURCES,
  isDrawn,
  type BaselineChoice,
  type EmergenceSource,
  type RunSeries,
} from '../protocol/run';
import { isRemote, jobOf, type Subject } from '../protocol/subject';
import { withoutSecrets } from '../remote/address';
import { AnalysisWork } from './analysisWork';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { checkBaseline, parseBaseline } from './baselineOption';
import { EXIT, type CliEnvironment } from './environment';
import { findRun } from '../core/run/findRun';
import { addDispatchOptions, checkDispatch, type DispatchOptions } from './dispatchOptions';
import { openReport } from './htmlOption';
import { addMetricsOption, logsOf, withMetrics, type MetricsOption } from './metricsOption';
import { checkOut, deliver } from './output';
import { pathWord, pathWords } from './pathWord';
import { addRemoteOptions, keepFor, refuseAddresses, remoteRun, type RemoteRunOptions } from './remoteWords';
import { reportError, reportNote } from './report';
import { seriesAsCsv, specificationsAsCsv } from './runCsv';
import { seriesAsJson } from './runJson';
import { seriesAsText } from './runText';
import { parseBands } from './alertOption';
import { parseInterval } from './intervalOption';
import { addSettingOptions, settingsFromOptions, type SettingOptions } from './settingOptions';
import { addStoreOptions, type StoreOptions } from './storeOption';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { pricesText } from './workText';
import { watchRuns } from './watchRuns';
import { addWorkerOptions, type WorkerOptions } from './workerOptions';

type Options = SettingOptions &
  SubsetOptions &
  BaseOption &
  WeightsOption &
  StoreOptions &
  DispatchOptions &
  WorkerOptions &
  MetricsOption &
  RemoteRunOptions & {
    series?: string;
    order?: string[];
    baseline: BaselineChoice;
    emergenceFrom: EmergenceSource;
    specify?: true;
    watch?: true;
    interval?: number;
    alert?: Band[];
    json?: true;
    csv?: true;
    html?: string;
    out?: string;
    verbose?: true;
  };

/** Seconds between two looks. */
const WATCH_SECONDS = 10;

const EXAMPLES = `
A FOLDER holds the checkpoints of one model, as step0, step1000, … or checkpoint-500, … or a model of the Hugging Face
cache, or the address of a run: hf://owner/model (all branches that tell a step), s3://bucket/prefix/ or https://host/path/.
Steps come from names, references and trainer states. Where nothing tells steps, name the order with --order.

Examples:
  neuromfa run runs/pythia-70m
  neuromfa run runs/small runs/large --csv --out emergence.csv
  neuromfa run runs/pythia-70m --baseline 512 --emergence-from exact
  neuromfa run models --order base sft dpo
  neuromfa run runs/final-only --baseline init --json
  neuromfa run runs/small runs/large --html report.html
  neuromfa run runs/pythia-70m --specify
  neuromfa run runs/now --watch --nulls --alert beyond-width=-0.05.. --json
  neuromfa run runs/pythia-70m --metrics evals/step1000.json --metrics loss.csv
`;

/** @param done called with the exit code. */
export function addRunCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('run')
    .description('spectra and emergence over the checkpoints of training runs')
    .argument('<folder...>', 'training runs', pathWords)
    .option(
      '--series <name>',
      'which of several series of checkpoints in a FOLDER, as messages name them',
      pathWord,
    )
    .addOption(
      new Option(
        '--order <name...>',
        'checkpoints of one training in this order, where nothing tells their steps; behind FOLDER',
      )
        .argParser(pathWords)
        .conflicts('series'),
    )
    .addOption(
      new Option(
        '--baseline <first|step|init|gaussian>',
        "what E compares with; init: weights drawn as before training; gaussian: with the moments of the first checkpoint's tensors",
      )
        .argParser(parseBaseline)
        .default({ kind: 'first' } satisfies BaselineChoice, 'first'),
    )
    .addOption(
      new Option('--emergence-from <name>', "α₀ in E: of the spectrum's top, or exactly τ'(0)")
        .choices(EMERGENCE_SOURCES)
        .default('alpha0' satisfies EmergenceSource),
    )
    .addOption(
      new Option(
        '--watch',
        'analyze each checkpoint once it is whole, a line for each, until Ctrl-C; those that are deleted keep their place in E',
      ).conflicts(['specify', 'csv', 'html', 'out', 'order', 'metrics']),
    )
    .addOption(
      new Option(
        '--interval <seconds>',
        'with --watch: between two looks at the folders; what is the same at two looks is whole (default: 10)',
      ).argParser(parseInterval),
    )
    .addOption(
      new Option(
        '--alert <figure=low..high>',
        'with --watch: say where emergence, alpha0, width or beyond-width leaves a band (repeatable); NaN and infinite weights are always said',
      ).argParser(parseBands),
    )
    .option(
      '--specify',
      'how E of the last checkpoint depends on the settings: each is changed in turn, beside Gaussian weights',
    );
  const chosen = addWeightsOption(addBaseOption(addSubsetOptions(addSettingOptions(command))));
  addRemoteOptions(chosen).option(
    '--keep-identical',
    'of addresses: compute E of checkpoints that hold the same weights as others, too',
  );
  addDispatchOptions(addStoreOptions(addWorkerOptions(addMetricsOption(chosen)), 'cache'))
    .option(
      '--dry-run',
      'of addresses: print what would be read, and how long it takes; with --on slurm: print what would be submitted',
    )
    .option('--json', 'print a JSON array of series, one per FOLDER')
    .addOption(new Option('--csv', 'print a line of comma-separated values per checkpoint').conflicts('json'))
    .option('--html <file>', 'write a report with all figures as well: one file for any browser', pathWord)
    .option('--out <file>', 'write the result to a file instead of standard output', pathWord)
    .option('--verbose', 'stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (folders: string[], options: Options) => {
      done(await run(folders, options, env));
    });
}

/** @throws NeuroMfaError `usage` before anything is computed; other faults are reported and tell in the exit code. */
async function run(folders: readonly string[], options: Options, env: CliEnvironment): Promise<number> {
  const { baseline, out, verbose = false } = options;
  const subset = subsetFromOptions(options);
  const askedWith = (auto: number): AnalysisSettings => ({ ...settingsFromOptions(options, auto), subset });
  // The seeds of all samples that there may be have to exist.
  askedWith(MAX_SAMPLES);
  if (options.order && folders.length > 1) {
    const cause = `it names checkpoints of one folder, and ${folders.length} are given`;
    throw new NeuroMfaError('usage', '--order', cause, 'Name one FOLDER with it');
  }
  await checkOut(out);
  const pricing = options.dryRun === true && options.on !== 'slurm' && folders.every(isRemote);
  const dryRun = pricing || checkDryRun(options);
  const writeReport = await openReport(options, env);
  const report = (subject: string, error: unknown): void => {
    reportError(env, error, subject, verbose);
  };
  if (Array.isArray(options.metrics)) refuseAddresses(options.metrics.map(fileOf), '--metrics');
  if (options.watch) refuseAddresses(folders, '--watch');
  if (options.on === 'slurm') refuseAddresses(folders, '--on slurm');
  if (options.watch) return watch(folders, options, env, askedWith(MIN_SAMPLES));
  for (const option of ['interval', 'alert'] as const) {
    if (options[option] === undefined) continue;
    throw new NeuroMfaError('usage', `--${option}`, 'it is for runs that are watched', 'Use it with --watch');
  }
  const tellUnread = (reason: NeuroMfaError): void => {
    report(reason.data.subject, reason);
  };
  const kept = keepFor(options, env);
  const runs: TrainingRun[] = [];
  for (const folder of folders) {
    try {
      if (isRemote(folder)) {
        runs.push(await remoteRun(folder, options, env));
        continue;
      }
      const found = await findRun(folder, tellUnread, options);
      for (const note of found.notes) reportNote(env, note);
      runs.push(found.run);
    } catch (error) {
      report(withoutSecrets(folder), error);
    }
  }
  for (const each of runs) checkBaseline(baseline, each);
  const logs = logsOf(options, runs);

  const drawn = isDrawn(baseline.kind) ? 1 : 0;
  const measuring = options.radii === 'fixed' ? 1 : 0;
  const keepIdentical = options.keepIdentical === true;
  const jobsOf = ({ checkpoints }: TrainingRun): number => {
    const compared = checkpoints.filter(({ sameAs }) => keepIdentical || !sameAs);
    // Both ends of every E once more.
    const common = options.population === 'common' ? 2 * compared.length : 0;
    return analyzedOf(checkpoints).length + common + drawn + measuring;
  };
  const work = await AnalysisWork.open(
    ...([{ ...options, kept }, env, runs.reduce((sum, each) => sum + jobsOf(each), 0)] as const),
  );
  const base = await baseFromOption(options, folders, env);
  const subjectOf = ({ path: at, kind }: Analyzed): Omit<Subject, 'part' | 'common'> => ({
    ...{ at, base, weights: { kind, ...chosenSet(options) } },
  });
  const analyze: AnalyzeOne = async (which, settings, common) => {
    const subject = { ...subjectOf(which), ...(common && { common: subjectOf(common) }) };
    return work.result(jobOf(subject, settings));
  };
  const analyzed: ReportRun[] = [];
  const prices: { path: string; price: RemotePrice }[] = [];
  try {
    for (const { path, checkpoints } of pricing ? runs : []) {
      const subject = subjectOf({ path: checkpoints[0]!.path, kind: 'stored' });
      const price = await work.price(jobOf(subject, askedWith(MIN_SAMPLES)), analyzedOf(checkpoints).length);
      if (price) prices.push({ path, price });
    }
    for (const [at, each] of pricing ? [] : runs.entries()) {
      const auto = options.samples === 'auto' && options.mode === 'sampled';
      const found = await analyzeRun(
        each,
        { ...options, together: work.together },
        auto ? { auto: askedWith } : askedWith(MIN_SAMPLES),
        analyze,
        () => {
          work.expect(jobsOf(each));
        },
      );
      if (!found) continue;
      const whole = { spectra: found.spectra, series: withMetrics(found.series, logs[at]!) };
      analyzed.push(options.specify ? await specified(each, whole, options, analyze, work) : whole);
    }
  } finally {
    await work.close();
  }
  if (prices.length > 0) await deliver(env, pricesText(prices, options.json ?? false), out);
  if (analyzed.length > 0 && !dryRun) {
    const series = analyzed.map((each) => each.series);
    // Both are tried: where one cannot be written, the other shall not be lost.
    await Promise.all([writeReport(analyzed), deliver(env, textOf(series, options), out)]);
  }
  return runs.length === folders.length && work.complete ? EXIT.success : EXIT.failure;
}

/** Without those whose analysis is that of another. */
const analyzedOf = (checkpoints: TrainingRun['checkpoints']): TrainingRun['checkpoints'] =>
  checkpoints.filter(({ resultOf }) => resultOf === undefined);

/** Of `FOLDER=FILE`, the file. */
const fileOf = (word: string): string => {
  const [, file = word] = /=([a-z][a-z0-9+.-]+:\/\/.*)$/i.exec(word) ?? [];
  return file;
};

/** Whether nothing is to be submitted. @throws NeuroMfaError `usage`. */
function checkDryRun(options: Options): boolean {
  const slurm = checkDispatch(options);
  if (slurm && options.watch) {
    const cause = 'checkpoints are analyzed one by one as they appear';
    throw new NeuroMfaError('usage', '--watch', cause, 'Leave out --on slurm');
  }
  const { dryRun = false } = options;
  if (!dryRun || slurm) return dryRun;
  const cause = 'it tells what would be submitted, or read of addresses';
  throw new NeuroMfaError(
    'usage',
    '--dry-run',
    cause,
    'Use it with --on slurm, or neuromfa analyze --dry-run',
  );
}

/** @throws NeuroMfaError `usage` for settings whose results depend on checkpoints that may be gone by then. */
async function watch(
  folders: readonly string[],
  options: Options,
  env: CliEnvironment,
  settings: AnalysisSettings,
): Promise<number> {
  const { verbose = false, json = false } = options;
  const unfit = options.samples === 'auto' ? '--samples auto' : '--population common';
  if (options.samples === 'auto' || options.population === 'common') {
    const cause = 'it takes earlier checkpoints again, which a trainer may have deleted';
    throw new NeuroMfaError('usage', unfit, cause, 'Leave it out with --watch');
  }
  const bands = options.alert ?? [];
  if (needsNulls(bands) && !settings.nulls) {
    const cause = 'w beyond chance is beside null models, which are not drawn';
    throw new NeuroMfaError('usage', '--alert beyond-width', cause, 'Add --nulls');
  }
  const work = await AnalysisWork.open({ ...options, kept: null }, env, 0);
  const base = await baseFromOption(options, folders, env);
  const subjectOf = ({ path: at, kind }: Analyzed): Omit<Subject, 'part'> => ({
    ...{ at, base, weights: { kind, ...chosenSet(options) } },
  });
  try {
    return await watchRuns(
      folders,
      {
        choices: options,
        settings,
        bands,
        interval: options.interval ?? WATCH_SECONDS,
        json,
        find: async (folder) => (await findRun(folder, undefined, options)).run,
        open: (at) => work.open({ ...subjectOf({ path: at, kind: 'stored' }), part: settings.subset }),
        analyze: async (which, own) => {
          work.expect(1);
          return work.result(jobOf(subjectOf(which), own));
        },
        report: (subject, error) => {
          reportError(env, error, subject, verbose);
        },
      },
      env,
    );
  } finally {
    await work.close();
  }
}

/** The same with its specification curve. */
async function specified(
  { checkpoints }: Pick<TrainingRun, 'checkpoints'>,
  { series, spectra }: ReportRun,
  {
    baseline,
    emergenceFrom: from,
    population,
    keepIdentical,
  }: Pick<Options, 'baseline' | 'emergenceFrom' | 'population' | 'keepIdentical'>,
  analyze: AnalyzeOne,
  work: AnalysisWork,
): Promise<ReportRun> {
  const { settings, points } = series;
  const end = lastCompared(points);
  if (!end) return { series, spectra };
  const compared = comparedOf({ checkpoints }, baseline, keepIdentical)!; // `checkBaseline` has found it
  const last = checkpoints.find(({ path }) => path === end.checkpoint.path) ?? checkpoints.at(-1)!;
  const ends: Record<End, Analyzed> = {
    now: { path: last.path, kind: 'stored' },
    baseline: { path: compared.path, kind: isDrawn(baseline.kind) ? baseline.kind : 'stored' },
  };
  let expected = false;
  const specifications = await specify({
    settings,
    last: { checkpoint: end.checkpoint.name, step: end.step },
    ...{ from, population },
    analyze: (which, own, common) =>
      analyze(ends[which], own, common ? ends[which === 'now' ? 'baseline' : 'now'] : undefined),
    together: work.together,
    onProgress: (_, of) => {
      if (!expected) work.expect((population === 'common' ? 4 : 2) * of);
      expected = true;
    },
  });
  return { series: { ...series, specifications }, spectra };
}

function textOf(series: readonly RunSeries[], { json, csv, specify: curve }: Options): string {
  if (csv) return curve ? specificationsAsCsv(series) : seriesAsCsv(series);
  const across = acrossRuns(series);
  return json ? seriesAsJson(series, across) : seriesAsText(series, across);
}
