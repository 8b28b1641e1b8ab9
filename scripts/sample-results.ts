/**
 * Writes `media/sample-run.json`: the results of the sample run, which the extension shows to users without
 * checkpoints. After `npm run build`, `node scripts/run-ts.mjs scripts/sample-results.ts` gives the same bytes every
 * time; with `--check` it compares instead of writing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeSettings, NULL_DRAWS } from '../src/core/analysis/settings';
import { searchFolder } from '../src/core/run/searchFolder';
import { meanOf } from '../src/core/stats/estimate';
import { writeResults } from '../src/core/store/resultsFile';
import type { AnalysisResult, NfdSummary, SampleResult } from '../src/protocol/analysis';
import type { NullSample } from '../src/protocol/nulls';
import { storedSubject } from '../src/protocol/subject';
import { Engine } from '../src/worker/engine';

/** The limit for its size in the package. */
const MAX_COMPRESSED_BYTES = 150_000;
/**
 * Digits of numbers that are only drawn: curves, fits and histograms. Numbers that enter computations have all digits.
 */
const DIGITS = 5;

const root = process.cwd();
const target = join(root, 'media', 'sample-run.json');

const text = await sampleResults();
const compressed = gzipSync(text).length;
console.log(`${target}: ${text.length} bytes, ${compressed} compressed`);
if (compressed > MAX_COMPRESSED_BYTES) throw new Error(`more than ${MAX_COMPRESSED_BYTES} bytes compressed`);
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text)
  throw new Error('media/sample-run.json is not what the sample run gives');

async function sampleResults(): Promise<string> {
  const folder = join(root, 'samples', 'neox-1m');
  const [run] = (await searchFolder(folder)).runs;
  if (!run) throw new Error(`${folder} holds no run`);
  const engine = Engine.local({ directory: join(root, 'dist') });
  try {
    const settings = makeSettings({ nullDraws: NULL_DRAWS.sampled });
    const checkpoints = [];
    for (const { path, name, step } of run.checkpoints) {
      const { result } = await engine.analyze(storedSubject(path), settings);
      checkpoints.push({ name, step, result: slim(result) });
    }
    const initial = await engine.analyze(
      { ...storedSubject(run.checkpoints[0]!.path), weights: { kind: 'init' } },
      settings,
    );
    return `${writeResults({ run, checkpoints, initial: slim(initial.result) })}\n`;
  } finally {
    await engine.dispose();
  }
}

/** The result with fewer digits where figures cannot show them, and without what differs from run to run. */
function slim(result: AnalysisResult): AnalysisResult {
  const timing = { wall: 0, cpu: 0, bytesRead: 0, threads: 1 };
  return { ...result, samples: result.samples.map(slimSample), timing };
}

function slimSample(sample: SampleResult): SampleResult {
  return {
    ...sample,
    // Views of runs draw neither.
    edgesAt: [],
    lnMu: [],
    tau: sample.tau.map(rounded),
    intercept: sample.intercept.map(rounded),
    r2: sample.r2.map((value) => value && rounded(value)),
    alpha: sample.alpha.map(rounded),
    f: sample.f.map(rounded),
    nulls: sample.nulls && {
      shuffled: slimNull(sample.nulls.shuffled),
      gaussian: slimNull(sample.nulls.gaussian),
    },
    nfd: slimNfd(sample.nfd),
  };
}

/** The mean of the draws in their place: views of runs read no single draw, and draw no curve of one. */
function slimNull({ draws, first }: NullSample): NullSample {
  const mean = (values: readonly (number | null)[]): number[] => {
    const known = values.filter((value) => value !== null);
    if (known.length < values.length) throw new Error('a draw of a null model has no spectrum');
    return [meanOf(known)];
  };
  return {
    draws: { alpha0: mean(draws.alpha0), alpha0Exact: mean(draws.alpha0Exact), width: mean(draws.width) },
    first: first && { radii: [], lnMu: [], fit: null, meanR2: first.meanR2 },
  };
}

function slimNfd({ quantiles, histogram, ...nfd }: NfdSummary): NfdSummary {
  return {
    ...nfd,
    quantiles: quantiles?.map(rounded) ?? null,
    histogram: histogram && { ...histogram, min: rounded(histogram.min), max: rounded(histogram.max) },
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
