/** `neuromfa inspect`: what a checkpoint holds and which of it the network takes. */
import type { Command } from 'commander';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { EXIT, type CliEnvironment } from './environment';
import { besideOwn } from '../core/checkpoint/beside';
import { CHOOSABLE } from '../core/checkpoint/formats/names';
import type { ReadingProgress } from '../protocol/inspect';
import type { Inspection } from '../protocol/inspection';
import { storedSubject, type Subject } from '../protocol/subject';
import { inspectionAsJson, inspectionAsText } from './inspectionText';
import { pathWord } from './pathWord';
import { ProgressLine } from './progress';
import { reportError, reportNote } from './report';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';

interface Options extends SubsetOptions, BaseOption, WeightsOption {
  json?: true;
  verbose?: true;
}

const EXAMPLES = `
Examples:
  neuromfa inspect run/step4000
  neuromfa inspect model.safetensors.index.json --json
`;

/** @param done called with the exit code. */
export function addInspectCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('inspect')
    .description('tensors, architecture and projections of a checkpoint')
    .argument('<path>', CHOOSABLE, pathWord);
  addWeightsOption(addBaseOption(addSubsetOptions(command)))
    .option('--json', 'print JSON')
    .option('--verbose', 'stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: Options) => {
      done(await inspect(path, options, env));
    });
}

async function inspect(path: string, options: Options, env: CliEnvironment): Promise<number> {
  const { json = false, verbose = false } = options;
  const subset = subsetFromOptions(options);
  const engine = env.createEngine({
    // One file's headers are one job.
    threads: 1,
    onError: (error) => {
      reportError(env, error, 'worker pool', verbose);
    },
  });
  const progress = new ProgressLine(env);
  const beside = besideOwn(path);
  if (beside) reportNote(env, beside);
  let inspection: Inspection;
  try {
    const onReading = (read: ReadingProgress): void => {
      progress.showReading(path, read);
    };
    const subject: Subject = {
      ...storedSubject(path, baseFromOption(options, [path])),
      weights: { kind: 'stored', ...chosenSet(options) },
      part: subset,
    };
    inspection = await engine.inspect(subject, { signal: env.signal, onReading });
  } catch (error) {
    if (env.signal.aborted) throw error;
    progress.clear();
    reportError(env, error, path, verbose);
    return EXIT.failure;
  } finally {
    progress.clear();
    await engine.dispose();
  }
  const pieces = json ? inspectionAsJson(inspection) : inspectionAsText(inspection);
  for (const text of joined(pieces)) {
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
