/** The built command-line program: the reference for every number that the panels show. */
import { execFile } from 'node:child_process';
import * as v from 'valibot';
import { analysisSchema, type AnalysisResult } from '../../../src/protocol/analysis';
import { comparisonSchema, type Comparison } from '../../../src/protocol/comparison';
import { runSeriesSchema, type RunSeries } from '../../../src/protocol/run';

export interface Program {
  /** Path of dist/cli.js. */
  cli: string;
  /** The Node to run it with. Numbers have the same bits on the same Node; Math.log differs between releases. */
  node: string;
}

/** Analyses checkpoints headlessly. @throws Error with the program's own message when it fails. */
export async function analyze(
  program: Program,
  checkpoints: readonly string[],
  ...options: string[]
): Promise<AnalysisResult[]> {
  return v.parse(v.array(analysisSchema), await json(program, ['analyze', ...checkpoints, ...options]));
}

/** What differs between two checkpoints or runs. @throws Error with the program's own message when it fails. */
export async function compare(
  program: Program,
  pair: readonly [string, string],
  ...options: string[]
): Promise<Comparison> {
  return v.parse(comparisonSchema, await json(program, ['compare', ...pair, '--no-store', ...options]));
}

/** The series of one run, computed anew. @throws Error with the program's own message when it fails. */
export async function seriesOf(
  program: Program,
  folder: string,
  baseline = 'first',
  ...options: string[]
): Promise<RunSeries> {
  const args = ['run', folder, '--baseline', baseline, '--no-store', ...options];
  return v.parse(v.tuple([runSeriesSchema]), await json(program, args))[0];
}

/** What `neuromfa run` prints of a folder with the user's cache in `cache`: what is stored there is not computed. */
export async function runWithStore(
  program: Program,
  folder: string,
  cache: string,
  ...options: string[]
): Promise<RunSeries> {
  const printed = await json(program, ['run', folder, ...options], { XDG_CACHE_HOME: cache });
  return v.parse(v.tuple([runSeriesSchema]), printed)[0];
}

/** The series of several runs, and their report in `html`. @throws as {@link seriesOf}. */
export async function runWithReport(
  program: Program,
  folders: readonly string[],
  html: string,
): Promise<RunSeries[]> {
  const args = ['run', ...folders, '--html', html, '--no-store'];
  return v.parse(v.array(runSeriesSchema), await json(program, args));
}

function json(
  { cli, node }: Program,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(
      node,
      [cli, ...args, '--json'],
      // Inside the desktop editor the program at hand is Electron, which can be a Node.
      { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...env }, maxBuffer: 1 << 30 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message));
        else resolve(JSON.parse(stdout));
      },
    );
  });
}

/** A result without what differs from run to run. */
export function withoutTiming(result: AnalysisResult): unknown {
  return { ...result, timing: null };
}
