/** A small made-up analysis that satisfies the schema: two samples, three q, four radii. */
import { createHash } from 'node:crypto';
import type { ResultSource } from '../../../src/core/store/resultSource';
import { ANALYSIS_SCHEMA, type Analysis, type AnalysisSettings } from '../../../src/protocol/analysis';
import { areStored } from '../../../src/protocol/weights';
import type { SourcedAnalysis } from '../../../src/worker/executor';

export const settings: AnalysisSettings = {
  mode: 'sampled',
  samples: 2,
  neurons: 32,
  seed: 0,
  threshold: 150,
  transfer: 'inv',
  filter: 0,
  scaleFree: false,
  radii: { rule: 'observed' },
  nulls: null,
  q: [-1, 0, 1],
  subset: null,
};

/** As states and digests are named. */
export function nameOf(fingerprint: string): string {
  return createHash('sha256').update(fingerprint).digest('hex');
}

/** Where an analysis comes from, where that does not matter. */
export const SOURCE: ResultSource = { state: nameOf('state'), digest: nameOf('digest') };

/** The analysis as an engine gives it; content and state are told apart by the fingerprint alone. */
export function sourced(analysis: Analysis): SourcedAnalysis {
  const { fingerprint, weights } = analysis.result.checkpoint;
  const name = nameOf(fingerprint);
  return { ...analysis, source: { state: areStored(weights) ? name : null, digest: name } };
}

/** @param fingerprint stands for the content; results of different contents differ in α₀ as well. */
export function makeAnalysis(
  fingerprint = 'a'.repeat(64),
  path = '/runs/neox-1m/step4000/model.safetensors',
): Analysis {
  const alpha0 = 0.5 + (fingerprint.charCodeAt(0) % 16) / 32;
  const estimate = { mean: alpha0, sd: 0.01, ci95: [alpha0 - 0.02, alpha0 + 0.02] as [number, number] };
  return {
    result: {
      schema: ANALYSIS_SCHEMA,
      version: { engine: '0.1.0', algorithm: 1 },
      checkpoint: {
        path,
        name: 'neox-1m/step4000',
        format: 'safetensors',
        dtype: 'F16',
        parameters: 1_190_000,
        bytes: 2_500_000,
        step: 4000,
        architecture: 'gpt_neox',
        fingerprint,
        weights: { kind: 'stored' },
      },
      settings,
      network: { projections: 24, blocks: 6, sources: 960, edges: 49_152, wholeLayers: [], skipped: [] },
      samples: [0, 1].map((seed) => ({
        seed,
        outcome: 'kept' as const,
        reason: null,
        nodes: 960,
        nodesDropped: 0,
        edgesKept: 49_000,
        nonFinite: 0,
        medianLength: null,
        rMax: 150,
        radii: [2, 10, 50, 150],
        edgesAt: [9_000, 10_000, 20_000, 10_000],
        lnMu: [-3, -2, -1, 0],
        tau: [-2, -1, 0],
        intercept: [0, 0, 0],
        r2: [0.9, null, 0.95],
        meanR2: 0.925,
        minR2: 0.9,
        alpha: [alpha0, alpha0 - 0.1],
        f: [0, -0.1],
        alpha0,
        alpha0Exact: alpha0,
        width: 0.5,
        sound: true,
        fit: { octaves: [{ from: 2, to: 150, slope: 0.7 }], ratio: 1 },
        nulls: null,
        nfd: {
          rule: 'slope of ln N on ln r',
          values: 960,
          missing: 0,
          quantiles: [0, 1, 2, 3, 4, 5, 6],
          histogram: null,
        },
      })),
      summary: {
        samplesKept: 2,
        samplesDropped: 0,
        reason: null,
        noInterval: null,
        alpha0: estimate,
        alpha0Exact: estimate,
        width: estimate,
        r2Mean: 0.925,
        r2Min: 0.9,
        scaling: null,
        nodesKept: 1,
      },
      perProjection: null,
      bootstrap: null,
      nulls: null,
      beyond: null,
      warnings: [],
      timing: { wall: 41, cpu: 60, bytesRead: 98_304, threads: 1 },
    },
    arrays: [0, 1].map((seed) => ({
      lnZ: Float64Array.from({ length: 12 }, (_, index) => index + seed),
      nfd: Float64Array.from([0.5, Number.NaN, 1.5]),
    })),
  };
}
