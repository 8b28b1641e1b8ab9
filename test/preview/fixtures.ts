/**
 * Results with known answers, for tests and for looking at the panel without an analysis.
 *
 * Neuron i has N(r) = exactly r^Dᵢ up to scale, so μ = (r / r_max)^Dᵢ and Z_q = Σ (r / r_max)^(q·Dᵢ): τ′(0) is the
 * mean of the Dᵢ, identical Dᵢ give one point, and the lines are straight only as far as the Dᵢ agree.
 */
import {
  ANALYSIS_SCHEMA,
  type AnalysisResult,
  type Estimate,
  type ProjectionResult,
  type SampleArrays,
  type SampleResult,
  type Subset,
} from '../../src/protocol/analysis';
import type { Fact } from '../../src/protocol/facts';
import { largest, smallest } from '../../src/protocol/extremes';
import type { NullFigures, NullKind, SampleNulls } from '../../src/protocol/nulls';
import { STORED } from '../../src/protocol/weights';
import { interval } from '../../webview/data/statistics';

export interface FixtureOptions {
  name?: string;
  step?: number | null;
  samples?: number;
  neurons?: number;
  /** Mean and spread of the neurons' exponents. */
  center?: number;
  spread?: number;
  /** Every sample without a spectrum. */
  empty?: boolean;
  parameters?: number;
  /** The full network of so many blocks instead of samples. */
  fullBlocks?: number;
  scaleFree?: boolean;
  subset?: Subset;
  /** Null models of every sample, or of the full network and its projections. */
  nulls?: boolean;
}

const Q = Array.from({ length: 61 }, (_, index) => (index - 30) / 10);
const RADII = Array.from({ length: 22 }, (_, index) => 3 + 7 * index);

const OCTAVES = [
  [3, 6],
  [6, 12],
  [12, 24],
  [24, 75],
  [75, 150],
] as const;

/** A small repeatable generator (mulberry32): fixtures must not change from run to run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function line(
  x: readonly number[],
  y: readonly number[],
): { slope: number; intercept: number; r2: number | null } {
  const [mx, my] = [interval(x).mean, interval(y).mean];
  const sxy = x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const syy = y.reduce((sum, value) => sum + (value - my) ** 2, 0);
  const slope = sxy / sxx;
  return { slope, intercept: my - slope * mx, r2: syy < 1e-18 ? null : (sxy * sxy) / (sxx * syy) };
}

function sample(
  seed: number,
  neurons: number,
  center: number,
  spread: number,
): { result: SampleResult; arrays: SampleArrays } {
  const next = random(seed + 1);
  const exponents = Array.from({ length: neurons }, () => center + spread * (next() + next() + next() - 1.5));
  const x = RADII.map((radius) => Math.log(radius / RADII.at(-1)!));
  const rows = Q.map((q) =>
    x.map((lnR) => Math.log(exponents.reduce((sum, d) => sum + Math.exp(q * d * lnR), 0))),
  );
  const fits = rows.map((row) => line(x, row));
  const tau = fits.map(({ slope }) => slope);
  const alpha = tau.slice(0, -1).map((value, i) => (tau[i + 1]! - value) / (Q[i + 1]! - Q[i]!));
  const r2 = fits.map((fit, i) => (Q[i] === 0 ? null : fit.r2));
  const defined = r2.filter((value) => value !== null);
  const nfd = Float64Array.from(exponents, (value, i) => (i % 40 === 39 ? Number.NaN : value));
  return {
    result: {
      seed,
      outcome: 'kept',
      reason: null,
      nodes: neurons,
      nodesDropped: 0,
      edgesKept: neurons * 64,
      nonFinite: 0,
      medianLength: null,
      rMax: RADII.at(-1)!,
      radii: RADII,
      edgesAt: RADII.map(() => neurons * 8),
      lnMu: x.map((lnR) => interval(exponents).mean * lnR),
      tau,
      intercept: fits.map(({ intercept }) => intercept),
      r2,
      meanR2: interval(defined).mean,
      minR2: smallest(defined),
      alpha,
      f: alpha.map((value, i) => Q[i]! * value - tau[i]!),
      alpha0: alpha[30]!,
      alpha0Exact: interval(exponents).mean,
      width: largest(alpha) - smallest(alpha),
      sound: true,
      fit: {
        octaves: OCTAVES.map(([from, to], index) => ({
          from,
          to,
          slope: interval(exponents).mean * (1.6 - 0.3 * index),
        })),
        ratio: 4,
      },
      nulls: null,
      nfd: {
        rule: '0 < d ≤ 200, each neuron’s own radii',
        values: nfd.filter(Number.isFinite).length,
        missing: nfd.filter(Number.isNaN).length,
        quantiles: null,
        histogram: null,
      },
    },
    arrays: { lnZ: Float64Array.from(rows.flat()), nfd },
  };
}

const tooFewEdges = (neurons: number): Fact => ({ code: 'too-few-edges', neurons, edges: 10 });

function emptySample(seed: number, neurons: number): { result: SampleResult; arrays: SampleArrays } {
  const { result } = sample(seed, neurons, 1, 0.1);
  return {
    result: {
      ...result,
      outcome: 'empty',
      reason: tooFewEdges(neurons),
      nodes: 0,
      nodesDropped: neurons,
      edgesKept: 0,
      rMax: null,
      radii: [],
      edgesAt: [],
      lnMu: [],
      fit: null,
      tau: [],
      intercept: [],
      r2: [],
      meanR2: null,
      minR2: null,
      alpha: [],
      f: [],
      alpha0: null,
      alpha0Exact: null,
      width: null,
      nfd: { ...result.nfd, values: 0, missing: neurons },
    },
    arrays: { lnZ: new Float64Array(), nfd: new Float64Array(neurons).fill(Number.NaN) },
  };
}

function estimate(values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { mean: null, sd: null, ci95: null };
  const { mean, half } = interval(known);
  if (half === null) return { mean, sd: null, ci95: null };
  const sd = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1));
  return { mean, sd, ci95: [mean - half, mean + half] };
}

/** One result and its arrays. */
export function fixture(options: FixtureOptions = {}): { result: AnalysisResult; arrays: SampleArrays[] } {
  const {
    name = 'neox-1m/step4000',
    step = 4000,
    samples = 10,
    neurons = 160,
    center = 0.87,
    spread = 0.1,
    empty = false,
    fullBlocks,
    scaleFree = false,
    subset = null,
    nulls = false,
  } = options;
  const made = Array.from({ length: fullBlocks ? 1 : samples }, (_, seed) =>
    empty ? emptySample(seed, neurons) : sample(seed, neurons, center, spread),
  );
  const results = made.map(({ result }) => result);
  const kept = results.filter(({ outcome }) => outcome === 'kept');
  const result: AnalysisResult = {
    schema: ANALYSIS_SCHEMA,
    version: { engine: '0.1.0', algorithm: 1 },
    checkpoint: {
      path: `/models/${name}/model.safetensors`,
      name,
      format: 'safetensors',
      dtype: 'F16',
      parameters: options.parameters ?? 1_190_000,
      bytes: 2_460_000,
      step,
      architecture: 'gpt_neox',
      fingerprint: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      weights: STORED,
    },
    settings: {
      mode: fullBlocks ? 'full' : 'sampled',
      samples: made.length,
      neurons: fullBlocks ? 0 : 32,
      seed: 0,
      threshold: 150,
      transfer: 'inv',
      filter: 0,
      scaleFree: scaleFree && 'network',
      radii: { rule: 'observed' },
      nulls: null,
      q: Q,
      subset,
    },
    network: {
      projections: 24,
      blocks: 6,
      sources: neurons,
      edges: 49_152,
      wholeLayers: [],
      skipped: [
        { tensor: 'gpt_neox.embed_in.weight', reason: { code: 'token-embedding' } },
        { tensor: 'embed_out.weight', reason: { code: 'output-head' } },
      ],
    },
    samples: results,
    summary: {
      samplesKept: kept.length,
      samplesDropped: results.length - kept.length,
      reason: kept.length ? null : tooFewEdges(neurons),
      noInterval: null,
      alpha0: estimate(kept.map((each) => each.alpha0)),
      alpha0Exact: estimate(kept.map((each) => each.alpha0Exact)),
      width: estimate(kept.map((each) => each.width)),
      r2Mean: estimate(kept.map((each) => each.meanR2)).mean,
      r2Min: kept.length ? smallest(kept.map((each) => each.minR2 ?? 1)) : null,
      scaling: null,
      nodesKept: empty ? 0 : 1,
    },
    perProjection: null,
    bootstrap: null,
    nulls: null,
    beyond: null,
    warnings: [],
    timing: { wall: 41, cpu: 76, bytesRead: 2_460_000, threads: 2 },
  };
  if (scaleFree) for (const each of results) each.medianLength = 41.25;
  if (fullBlocks) asFullNetwork(result, fullBlocks);
  if (nulls) addNulls(result);
  return { result, arrays: made.map(({ arrays }) => arrays) };
}

/** Null models a little below the result in w, and a little above in α₀. */
function addNulls(result: AnalysisResult): void {
  const draws = result.settings.mode === 'full' ? 5 : 20;
  result.settings.nulls = { draws };
  const nullOf = (of: SampleResult, share: number): SampleNulls[NullKind] => {
    const around = (value: number | null): number[] =>
      Array.from({ length: draws }, (_, index) => (value ?? 1) * (share + 0.002 * (index % 3)));
    const octaves = of.fit!.octaves.map((octave) => ({ ...octave, slope: octave.slope * share }));
    return {
      draws: { alpha0: around(of.alpha0), alpha0Exact: around(of.alpha0Exact), width: around(of.width) },
      first: { radii: of.radii, lnMu: of.lnMu, fit: { octaves, ratio: of.fit!.ratio }, meanR2: of.meanR2 },
    };
  };
  for (const each of result.samples)
    if (each.outcome === 'kept') each.nulls = { shuffled: nullOf(each, 0.97), gaussian: nullOf(each, 0.93) };
  const scaled = (of: Estimate, share: number): Estimate => ({ ...of, mean: of.mean && of.mean * share });
  const { alpha0, alpha0Exact, width } = result.summary;
  const figures = (share: number): NullFigures => ({
    alpha0: scaled(alpha0, 2 - share),
    alpha0Exact: scaled(alpha0Exact, 2 - share),
    width: scaled(width, share),
  });
  result.nulls = { draws, shuffled: figures(0.97), gaussian: figures(0.93) };
  result.beyond = {
    alpha0: { value: -0.004, ci95: [-0.005, -0.003], p: 1 / 21 },
    width: { value: 0.105, ci95: [0.09, 0.12], p: 1 / 21 },
  };
  const about = (mean: number | null, sd: number): Estimate => ({
    mean,
    sd,
    ci95: mean === null ? null : [mean - sd, mean + sd],
  });
  for (const [index, projection] of (result.perProjection ?? []).entries()) {
    const { gaussian, width: own } = projection;
    const kind = (shift: number): NullFigures => ({
      alpha0: about(gaussian!.alpha0! + shift, 0.012),
      alpha0Exact: about(gaussian!.alpha0Exact! + shift, 0.012),
      width: about(own! - 0.02 * (index % 4), 0.012),
    });
    projection.nulls = { shuffled: kind(0), gaussian: kind(0.005) };
  }
}

const ROLES = ['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down'] as const;

/** Adds what only full networks have. Numbers are made up, but lie where real ones do. */
function asFullNetwork(result: AnalysisResult, blocks: number): void {
  const next = random(blocks);
  const { summary } = result;
  result.network.blocks = blocks;
  result.network.projections = blocks * ROLES.length;
  result.perProjection = Array.from({ length: blocks }, (_, block) =>
    ROLES.map((role, place): ProjectionResult => {
      const gaussian = 0.96 + 0.07 * place;
      const alpha0 = gaussian + 0.1 * (next() - 0.7) * (block / blocks);
      return {
        name: `gpt_neox.layers.${block}.${role}`,
        block,
        role,
        sources: 128,
        targets: 128,
        nodes: 120 + Math.floor(9 * next()),
        nodesDropped: 0,
        edgesKept: 14_000,
        alpha0,
        alpha0Exact: alpha0 + 0.002,
        width: 0.2 + 0.2 * next(),
        nfd: {
          rule: '0 < d ≤ 200',
          values: 128,
          missing: 0,
          quantiles: [0.7, 0.75, 0.8, 0.85 + 0.1 * next(), 1, 1.05, 1.1],
          histogram: null,
        },
        gaussian: { alpha0: gaussian, alpha0Exact: gaussian + 0.001, width: 0.1 },
        nulls: null,
      };
    }),
  ).flat();
  const enough = blocks >= 5;
  result.bootstrap = {
    unit: 'block',
    units: blocks,
    draws: enough ? 1000 : 0,
    reason: enough ? null : { code: 'too-few-units', unit: 'block', units: blocks, least: 5 },
    leaveOneOut: [],
  };
  for (const estimate of [summary.alpha0, summary.alpha0Exact, summary.width]) {
    if (!enough || estimate.mean === null) continue;
    estimate.sd = 0.03;
    estimate.ci95 = [estimate.mean - 0.07, estimate.mean + 0.03];
  }
}
