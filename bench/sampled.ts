/**
 * Sampled networks with the paper's settings (10 samples of 32 neurons a layer), from process start to printed table,
 * beside the authors' own program where Python 3 with NumPy and SciPy is present and their repository is checked out.
 * `node scripts/run-ts.mjs bench/sampled.ts [--authors CHECKOUT] [--runs N] [1m|410m|2.8b …]`, after
 * `npm run build -- --production`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AnalysisResult } from '../src/protocol/analysis';
import { markdown, median, runCli, timeCat } from './measure';
import { bytesOf, makeCheckpoint, SHAPES } from './shapes';

const SAMPLES = 10;
const { values, positionals } = parseArgs({
  options: { authors: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const { authors } = values;
const runs = Number(values.runs);

interface Theirs {
  seconds: number;
  memory: number;
  alpha0: number[];
}

function runAuthors(checkout: string, folder: string): Theirs {
  const words = ['bench/authors.py', checkout, folder, String(SAMPLES)];
  const { status, stdout, stderr } = spawnSync('python3', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`authors.py: ${stderr}`);
  return JSON.parse(stdout) as Theirs;
}

const rows = (positionals.length > 0 ? positionals : ['1m', '410m', '2.8b']).map((name) => {
  const folder = name === '1m' ? 'samples/neox-1m/step4000' : makeCheckpoint(SHAPES[name]!);
  const measured = Array.from({ length: runs }, () => {
    // warm again: the authors' program needs so much memory that the file may be evicted
    timeCat(join(folder, 'model.safetensors'));
    return {
      ours: runCli(['analyze', folder, '--threads', '2', '--json']),
      theirs: authors === undefined ? undefined : runAuthors(authors, folder),
    };
  });
  const [first] = measured;
  const [result] = JSON.parse(first!.ours.stdout) as [AnalysisResult];
  const their = (of: (theirs: Theirs) => number): number =>
    median(measured.flatMap(({ theirs }) => (theirs ? [of(theirs)] : [])));
  return {
    shape: name,
    'read (% of the file)': ((100 * result.timing.bytesRead) / bytesOf(folder)).toFixed(1),
    'wall (s)': (median(measured.map(({ ours }) => ours.wall)) / 1e3).toFixed(2),
    'CPU (s)': (median(measured.map(({ ours }) => ours.cpu)) / 1e3).toFixed(2),
    'peak memory (MB)': median(measured.map(({ ours }) => ours.memory)).toFixed(0),
    ...(authors !== undefined && {
      'theirs: wall (s)': their(({ seconds }) => seconds).toFixed(1),
      'theirs: memory (MB)': their(({ memory }) => memory).toFixed(0),
      ratio: median(measured.map(({ ours, theirs }) => (1e3 * theirs!.seconds) / ours.wall)).toFixed(0),
      'α₀ differs by': Math.max(
        ...result.samples.map(({ alpha, alpha0 }, i) =>
          // Their α₀ may be that of either neighbor of q = 0: both maxima are 0 up to rounding.
          Math.min(...[alpha0!, alpha[29]!].map((value) => Math.abs(value - first!.theirs!.alpha0[i]!))),
        ),
      ).toExponential(0),
    }),
  };
});
console.log(markdown(rows));
