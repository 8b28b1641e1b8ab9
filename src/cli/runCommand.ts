/** `neuromfa run`: the folder of a training run in, its series out. */
import { Option, type Command } from 'commander';
import { MAX_SAMPLES } from '../core/analysis/settings';
import { LEAST_SAMPLES, moreSamples, samplesWarning } from '../core/emergence/enoughSamples';
import { meanSpectrum } from '../core/emergence/meanSpectrum';
import type { RunResult } from '../core/emergence/runResult';
import { runSeries } from '../core/emergence/runSeries';
import { specify } from '../core/emergence/specify';
import { acrossRuns } from '../core/metrics/correlations';
import type { RunCheckpoint, TrainingRun } from '../core/run/trainingRun';
import type { AnalysisSettings } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import type { ReportRun } from '../protocol/report';
import {
  EMERGENCE_SOURCES,
  isDrawn,
  type BaselineChoice,
  type EmergenceSource,
  type RunSeries,
} from '../protocol/run';
import { jobOf } from '../protocol/subject';
import type { WeightKind } from '../protocol/weights';
import { AnalysisWork } from './analysisWork';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { checkBaseline, parseBaseline } from './baselineOption';
import { EXIT, type CliEnvironment } from './environment';
import { findRun } from './findRun';
import { openReport } from './htmlOption';
import { addMetricsOption, logsOf, withMetrics, type MetricsOption } from './metricsOption';
import { checkOut, deliver } from './output';
import { pathWord, pathWords } from './pathWord';
import { reportError, reportNote } from './report';
import { seriesAsCsv, specificationsAsCsv } from './runCsv';
import { seriesAsJson } from './runJson';
import { seriesAsText } from './runText';
import { addSettingOptions, settingsFromOptions, withRadii, type SettingOptions } from './settingOptions';
import { addStoreOptions, type StoreOptions } from './storeOption';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { addWorkerOptions, type WorkerOptions } from './workerOptions';

type Options = SettingOptions &
  SubsetOptions &
  BaseOption &
  WeightsOption &
  StoreOptions &
  WorkerOptions &
  MetricsOption & {
    series?: string;
    order?: string[];
    baseline: BaselineChoice;
    emergenceFrom: EmergenceSource;
    specify?: true;
    json?: true;
    csv?: true;
    html?: string;
    out?: string;
    verbose?: true;
  };

const EXAMPLES = `
A FOLDER holds the checkpoints of one model, as step0, step1000, … or checkpoint-500, … or a model of the Hugging Face
cache. Steps come from names, references and trainer states. Where nothing tells steps, name the order with --order.

Examples:
  neuromfa run runs/pythia-70m
  neuromfa run runs/small runs/large --csv --out emergence.csv
  neuromfa run runs/pythia-70m --baseline 512 --emergence-from exact
  neuromfa run models --order base sft dpo
  neuromfa run runs/final-only --baseline init --json
  neuromfa run runs/small runs/large --html report.html
  neuromfa run runs/pythia-70m --specify
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
    .option(
      '--specify',
      'how E of the last checkpoint depends on the settings: each is changed in turn, beside Gaussian weights',
    );
  const chosen = addWeightsOption(addBaseOption(addSubsetOptions(addSettingOptions(command))));
  addStoreOptions(addWorkerOptions(addMetricsOption(chosen)), 'cache')
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
  const writeReport = await openReport(options, env);
  const report = (subject: string, error: unknown): void => {
    reportError(env, error, subject, verbose);
  };
  const tellUnread = (reason: NeuroMfaError): void => {
    report(reason.data.subject, reason);
  };
  const runs: TrainingRun[] = [];
  for (const folder of folders) {
    try {
      const found = await findRun(folder, tellUnread, options);
      for (const note of found.notes) reportNote(env, note);
      runs.push(found.run);
    } catch (error) {
      report(folder, error);
    }
  }
  for (const each of runs) checkBaseline(baseline, each);
  const logs = logsOf(options, runs);

  const drawn = isDrawn(baseline.kind) ? 1 : 0;
  const measuring = options.radii === 'fixed' ? 1 : 0;
  const jobs = runs.reduce((sum, { checkpoints }) => sum + checkpoints.length + drawn + measuring, 0);
  const work = await AnalysisWork.open(options, env, jobs);
  const base = baseFromOption(options, folders);
  const analyzeWith =
    (settings: AnalysisSettings): Analyze =>
    async (at, { step, epoch }, kind) => {
      const analysis = await work.analyze(
        jobOf({ at, base, weights: { kind, ...chosenSet(options) } }, settings),
      );
      return analysis && { step, epoch, result: analysis.result };
    };
  const analyzed: ReportRun[] = [];
  try {
    for (const [at, each] of runs.entries()) {
      const seriesWith = async (asked: AnalysisSettings): Promise<ReportRun | null> => {
        const settings = await withRadii(asked, options, async () => {
          const kind = isDrawn(baseline.kind) ? baseline.kind : 'stored';
          const checkpoint = comparedOf(each, baseline);
          const measured = await analyzeWith({ ...asked, nulls: null })(checkpoint.path, checkpoint, kind);
          return measured?.result ?? null;
        });
        return settings && seriesOf(each, options, analyzeWith(settings));
      };
      const found =
        options.samples === 'auto' && options.mode === 'sampled'
          ? await withEnoughSamples(
              (samples) => seriesWith(askedWith(samples)),
              () => {
                work.expect(each.checkpoints.length + drawn + measuring);
              },
            )
          : await seriesWith(askedWith(LEAST_SAMPLES));
      if (!found) continue;
      const whole = { ...found, series: withMetrics(found.series, logs[at]!) };
      analyzed.push(options.specify ? await specified(each, whole, options, analyzeWith, work) : whole);
    }
  } finally {
    await work.close();
  }
  if (analyzed.length > 0) {
    const series = analyzed.map((each) => each.series);
    // Both are tried: where one cannot be written, the other shall not be lost.
    await Promise.all([writeReport(analyzed), deliver(env, textOf(series, options), out)]);
  }
  return runs.length === folders.length && work.complete ? EXIT.success : EXIT.failure;
}

/** Null where it failed, which has then been reported. @throws what interrupted it. */
type Analyze = (
  at: string,
  when: Pick<RunCheckpoint, 'step' | 'epoch'>,
  kind: WeightKind,
) => Promise<RunResult | null>;

/** The checkpoint that E compares with, or that lends its network to what is drawn: `checkBaseline` has found it. */
function comparedOf(
  { checkpoints }: Pick<TrainingRun, 'checkpoints'>,
  baseline: BaselineChoice,
): RunCheckpoint {
  return checkpoints.find(({ step }) => baseline.kind !== 'step' || step === baseline.step)!;
}

/** The series of a run with its mean spectra, or null where nothing of it could be analyzed. */
async function seriesOf(
  { name, path, orderedBy, checkpoints, leftOut }: TrainingRun,
  { baseline, emergenceFrom: from }: Pick<Options, 'baseline' | 'emergenceFrom'>,
  analyze: Analyze,
): Promise<ReportRun | null> {
  const found: { checkpoint: RunCheckpoint; point: RunResult }[] = [];
  for (const checkpoint of checkpoints) {
    const point = await analyze(checkpoint.path, checkpoint, 'stored');
    if (point) found.push({ checkpoint, point });
  }
  if (found.length === 0) return null;
  const reference = isDrawn(baseline.kind)
    ? await analyze(found[0]!.checkpoint.path, { step: 0, epoch: null }, baseline.kind)
    : found.find(({ checkpoint }) => checkpoint === comparedOf({ checkpoints }, baseline))?.point;
  const results = found.map(({ point }) => point);
  return {
    series: runSeries({
      run: { name, path, orderedBy },
      results,
      baseline,
      reference: reference ?? null,
      from,
      leftOut: leftOut.map(({ fact }) => fact),
    }),
    spectra: results.map(({ result }) => meanSpectrum(result)),
  };
}

/**
 * The series with as many samples as its E takes.
 * @param onMore called before a series of more samples.
 */
async function withEnoughSamples(
  seriesWith: (samples: number) => Promise<ReportRun | null>,
  onMore: () => void,
): Promise<ReportRun | null> {
  let samples: number | null = LEAST_SAMPLES;
  let found = await seriesWith(samples);
  while (found) {
    samples = moreSamples(found.series.points, samples);
    if (samples === null) break;
    onMore();
    const more = await seriesWith(samples);
    if (!more) break; // which has been reported
    found = more;
  }
  if (!found) return null;
  const { series } = found;
  const warning = samplesWarning(series.points, series.settings.samples);
  return warning ? { ...found, series: { ...series, warnings: [...series.warnings, warning] } } : found;
}

/** The same with its specification curve. @param analyzeWith what analyzes with settings of its own. */
async function specified(
  { checkpoints }: Pick<TrainingRun, 'checkpoints'>,
  { series, spectra }: ReportRun,
  { baseline, emergenceFrom: from }: Pick<Options, 'baseline' | 'emergenceFrom'>,
  analyzeWith: (settings: AnalysisSettings) => Analyze,
  work: AnalysisWork,
): Promise<ReportRun> {
  const { settings, points } = series;
  const end = points.at(-1)!;
  const compared = comparedOf({ checkpoints }, baseline);
  const last = checkpoints.find(({ path }) => path === end.checkpoint.path) ?? checkpoints.at(-1)!;
  let told = false;
  const specifications = await specify({
    settings,
    last: { checkpoint: end.checkpoint.name, step: end.step },
    from,
    analyze: async (which, own) => {
      const analyze = analyzeWith(own);
      const point =
        which === 'now'
          ? await analyze(last.path, last, 'stored')
          : await analyze(compared.path, compared, isDrawn(baseline.kind) ? baseline.kind : 'stored');
      return point?.result ?? null;
    },
    onProgress: (_, of) => {
      if (!told) work.expect(2 * of);
      told = true;
    },
  });
  return { series: { ...series, specifications }, spectra };
}

function textOf(series: readonly RunSeries[], { json, csv, specify: curve }: Options): string {
  if (csv) return curve ? specificationsAsCsv(series) : seriesAsCsv(series);
  const across = acrossRuns(series);
  return json ? seriesAsJson(series, across) : seriesAsText(series, across);
}
