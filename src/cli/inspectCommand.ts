/** `neuromfa inspect`: what a checkpoint holds and which of it the network takes. */
import { Option, type Command } from 'commander';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { EXIT, type CliEnvironment } from './environment';
import { besideOwn } from '../core/checkpoint/beside';
import { CHOOSABLE } from '../core/checkpoint/formats/names';
import type { ReadingProgress } from '../protocol/inspect';
import type { Inspection } from '../protocol/inspection';
import { listInspection } from '../protocol/inspectionListing';
import type { AnalysisProgress } from '../protocol/panel';
import type { TensorFacts } from '../protocol/tensorFacts';
import { storedSubject, type Subject } from '../protocol/subject';
import { inspectionAsJson, inspectionAsText } from './inspectionText';
import { engineOptions, addWorkerOptions } from './workerOptions';
import { factsAsCsv } from '../core/compare/factsCsv';
import { pathWord } from './pathWord';
import { ProgressLine } from './progress';
import { Agreement } from './agreement';
import { addRemoteOptions, keepFor, locationsOf, type RemoteOptions } from './remoteWords';
import { reportError, reportNote } from './report';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';

interface Options extends SubsetOptions, BaseOption, WeightsOption, RemoteOptions {
  facts?: true;
  csv?: true;
  json?: true;
  threads?: number;
  memory?: number;
  verbose?: true;
}

const EXAMPLES = `
Examples:
  neuromfa inspect run/step4000
  neuromfa inspect model.safetensors.index.json --json
  neuromfa inspect run/step4000 --facts
  neuromfa inspect run/step4000 --csv > tensors.csv
`;

/** @param done called with the exit code. */
export function addInspectCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('inspect')
    .description('tensors, architecture and projections of a checkpoint')
    .argument('<path>', CHOOSABLE, pathWord);
  addRemoteOptions(addWorkerOptions(addWeightsOption(addBaseOption(addSubsetOptions(command)))))
    .option('--facts', 'read every value: range, mean, deviation, zeros and NaN of each tensor')
    .option('--json', 'print JSON')
    .addOption(new Option('--csv', 'print the facts as comma-separated values').conflicts('json'))
    .option('--verbose', 'stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: Options) => {
      done(await inspect(path, options, env));
    });
}

async function inspect(word: string, options: Options, env: CliEnvironment): Promise<number> {
  const { csv = false, json = false, verbose = false } = options;
  const withFacts = options.facts ?? csv;
  const subset = subsetFromOptions(options);
  keepFor(options, env);
  const [path] = (await locationsOf([word], options, env)) as [string];
  const base = await baseFromOption(options, [path], env);
  const engine = env.createEngine({
    // One file's headers are one job.
    ...(withFacts ? engineOptions(options) : { threads: 1 }),
    approve: new Agreement(env, options.yes === true).approve,
    onError: (error) => {
      reportError(env, error, 'worker pool', verbose);
    },
  });
  const progress = new ProgressLine(env);
  const beside = besideOwn(path);
  if (beside) reportNote(env, beside);
  let inspection: Inspection;
  let facts: TensorFacts[] | null = null;
  try {
    const onReading = (read: ReadingProgress): void => {
      progress.showReading(path, read);
    };
    const subject: Subject = {
      ...storedSubject(path, base),
      weights: { kind: 'stored', ...chosenSet(options) },
      part: subset,
    };
    inspection = await engine.inspect(subject, { signal: env.signal, onReading });
    if (withFacts) {
      const onProgress = (read: AnalysisProgress): void => {
        progress.showTensors(path, read);
      };
      facts = (await engine.facts(subject, { signal: env.signal, onProgress })).tensors;
    }
  } catch (error) {
    if (env.signal.aborted) throw error;
    progress.clear();
    reportError(env, error, path, verbose);
    return EXIT.failure;
  } finally {
    progress.clear();
    await engine.dispose();
  }
  const listing = listInspection(inspection);
  const pieces = json ? inspectionAsJson(listing, facts) : inspectionAsText(listing, facts);
  for (const text of joined(csv ? factsAsCsv(facts!) : pieces)) {
    env.signal.throwIfAborted();
    await env.writeResult(text);
  }
  return EXIT.success;
}

/** Characters that are written at once. */
const WRITTEN = 2 ** 20;

/** The same text in fewer pieces. */
function* joined(pieces: Iterable<string>): Generator<string, void> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < WRITTEN) continue;
    yield text;
    text = '';
  }
  yield text;
}
