/** `neuromfa analyze`: checkpoints in, spectra out. */
import type { Command } from 'commander';
import { withRadii } from '../core/emergence/fixedRadii';
import type { AnalysisResult, AnalysisSettings } from '../protocol/analysis';
import { mapInTurn } from '../core/mapInTurn';
import { NeuroMfaError } from '../protocol/errors';
import type { RemotePrice } from '../protocol/remote';
import { isRemote, jobOf, type AnalysisJob } from '../protocol/subject';
import type { WorkEstimate } from '../worker/approval';
import { analysesAsJson, withoutDraws, withPartitionFunction } from './analysisJson';
import { analysesAsText } from './analysisText';
import { AnalysisWork } from './analysisWork';
import { addBaseOption, baseFromOption, type BaseOption } from './baseOption';
import { besideOwn } from '../core/checkpoint/beside';
import { CHOOSABLE } from '../core/checkpoint/formats/names';
import { EXIT, type CliEnvironment } from './environment';
import { addDispatchOptions, checkDispatch, type DispatchOptions } from './dispatchOptions';
import { checkOut, deliver } from './output';
import { pathWord, pathWords } from './pathWord';
import { addRemoteOptions, keepFor, locationsOf, refuseAddresses, type RemoteOptions } from './remoteWords';
import { reportNote } from './report';
import { addSettingOptions, settingsFromOptions, type SettingOptions } from './settingOptions';
import { addSubsetOptions, subsetFromOptions, type SubsetOptions } from './subsetOptions';
import { addStoreOptions, type StoreOptions } from './storeOption';
import { addWorkerOptions, type WorkerOptions } from './workerOptions';
import { addWeightsOption, chosenSet, type WeightsOption } from './weightsOption';
import { estimatesText, pricesText } from './workText';

type Options = SettingOptions &
  SubsetOptions &
  BaseOption &
  WeightsOption &
  StoreOptions &
  DispatchOptions &
  RemoteOptions &
  WorkerOptions & { dryRun?: true; json?: true; out?: string; verbose?: true };

const EXAMPLES = `
A PATH is ${CHOOSABLE}, or the address of one: hf://owner/model@revision,
s3://bucket/prefix/ or https://host/path.

Examples:
  neuromfa analyze model.safetensors
  neuromfa analyze run/step0 run/step1000 run/step2000
  neuromfa analyze run/step* --json --out results.json
  neuromfa analyze run/step4000 --neurons 64 --q-min -5 --q-max 5 --q-step 0.25
  neuromfa analyze run/step4000 --blocks 0-2 --roles attention
  neuromfa analyze lora/checkpoint-500 --base llama-7b
  neuromfa analyze huge.safetensors --mode full --dry-run
`;

/** @param done called with the exit code. */
export function addAnalyzeCommand(program: Command, env: CliEnvironment, done: (exit: number) => void): void {
  const command = program
    .command('analyze')
    .description('multifractal spectrum of the neuron interactions in checkpoints')
    .argument('<path...>', 'checkpoints', pathWords);
  const chosen = addWeightsOption(addBaseOption(addSubsetOptions(addSettingOptions(command))));
  addDispatchOptions(addStoreOptions(addWorkerOptions(addRemoteOptions(chosen)), 'none'))
    .option('--dry-run', 'print what it would read and take, and do nothing else')
    .option('--json', 'print a JSON array of results, one per PATH')
    .option('--out <file>', 'write the result to a file instead of standard output', pathWord)
    .option('--verbose', 'every sample; with --json also ln Z; stacks of errors')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: Options) => {
      done(await analyze(paths, options, env));
    });
}

/** @throws NeuroMfaError `usage` before anything is done; other faults are reported and reflected in the exit code. */
async function analyze(words: readonly string[], options: Options, env: CliEnvironment): Promise<number> {
  const { dryRun = false, json = false, out, verbose = false } = options;
  const asked = { ...settingsFromOptions(options, null), subset: subsetFromOptions(options) };
  await checkOut(out);
  if (checkDispatch(options)) refuseAddresses(words, '--on slurm');
  const kept = keepFor(options, env);
  const paths = await locationsOf(words, options, env);
  const base = await baseFromOption(options, paths, env);

  const slurm = checkDispatch(options);
  const estimating = dryRun && !slurm;
  // Scripts expect a new analysis, unless a store is named. A dry run stores nothing.
  const store = estimating ? false : (options.store ?? (slurm ? undefined : false));
  const measuring = options.radii === 'fixed' && !estimating ? 1 : 0;
  const work = await AnalysisWork.open(
    { ...options, kept, ...(store !== undefined && { store }) },
    env,
    paths.length + measuring,
  );
  const jobsWith = (settings: AnalysisSettings): AnalysisJob[] =>
    paths.map((at) => jobOf({ at, base, weights: { kind: 'stored', ...chosenSet(options) } }, settings));
  const results: AnalysisResult[] = [];
  const estimates: { path: string; work: WorkEstimate }[] = [];
  const prices: { path: string; price: RemotePrice }[] = [];
  try {
    const settings = estimating
      ? asked
      : await withRadii(asked, options, () => {
          const [first] = jobsWith({ ...asked, nulls: null });
          return work.result(first!);
        });
    const found = await mapInTurn(settings ? jobsWith(settings) : [], work.together, async (job) => {
      const beside = besideOwn(job.subject.at);
      if (beside) reportNote(env, beside);
      if (estimating && isRemote(job.subject.at)) {
        const price = await work.price(job, 1);
        if (price) prices.push({ path: job.subject.at, price });
        return null;
      }
      if (estimating) {
        const estimate = await work.estimate(job);
        if (estimate) estimates.push({ path: job.subject.at, work: estimate });
        return null;
      }
      const analysis = await work.analyze(job);
      if (!analysis) return null;
      return json && verbose ? withPartitionFunction(analysis) : withoutDraws(analysis.result);
    });
    for (const result of found) if (result) results.push(result);
  } finally {
    await work.close();
  }
  let text: string;
  if (estimating && json && prices.length > 0 && estimates.length > 0)
    throw new NeuroMfaError(
      'usage',
      '--json',
      'paths and addresses are estimated by other figures',
      'Ask for each alone',
    );
  if (estimating)
    text =
      (prices.length > 0 ? pricesText(prices, json) : '') +
      (estimates.length > 0 || prices.length === 0 ? estimatesText(estimates, json) : '');
  else if (dryRun) text = '';
  else text = json ? analysesAsJson(results) : analysesAsText(results, verbose);
  if (text) await deliver(env, text, out);
  return work.complete ? EXIT.success : EXIT.failure;
}
