/** `neuromfa inspect`: what a checkpoint holds and which of it the network takes. */
import type { Command } from 'commander';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { EXIT, type CliEnvironment } from './environment';
import { inspectionAsText } from './inspectionText';
import { reportError } from './report';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';

interface Options extends SubsetOptions, BaseOption {
  json?: true;
  verbose?: true;
}

const EXAMPLES = `
Examples:
  neuromfa inspect run/step4000
  neuromfa inspect model.safetensors.index.json --json
`;

/** @param done told the exit code. */
export function addInspectCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('inspect')
    .description('tensors, architecture and projections of a checkpoint')
    .argument(
      '<path>',
      'a .safetensors file, a .safetensors.index.json or a folder that holds one checkpoint',
    );
  addBaseOption(addSubsetOptions(command))
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
  let text: string;
  try {
    const inspection = await engine.inspect(
      path,
      { base: baseFromOption(options), signal: env.signal },
      subset,
    );
    text = json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionAsText(inspection);
  } catch (error) {
    if (env.signal.aborted) throw error;
    reportError(env, error, path, verbose);
    return EXIT.failure;
  } finally {
    await engine.dispose();
  }
  await env.writeResult(text);
  return EXIT.success;
}
