/** Made-up results with given samples, for everything that is computed from results alone. */
import { summarize } from '../../../src/core/analysis/summarize';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { makeAnalysis } from './analysis';

export interface MadeSample {
  alpha0: number;
  width: number;
  /** τ'(0); α₀ without it. */
  exact?: number;
  /** Left out by the filter. */
  filtered?: boolean;
  dropped?: number;
  r2?: number;
}

/** A result whose samples are those given, and whose summary follows from them. */
export function makeResult(
  made: readonly MadeSample[],
  change: { settings?: object; checkpoint?: object } = {},
): AnalysisResult {
  const { result } = makeAnalysis();
  const samples = made.map(({ alpha0, width, exact, filtered, dropped = 0, r2 = 0.95 }, seed) => ({
    ...result.samples[0]!,
    seed,
    alpha0,
    width,
    alpha0Exact: exact ?? alpha0,
    outcome: filtered ? ('filtered' as const) : ('kept' as const),
    reason: filtered ? ({ code: 'filter-positive-f' } as const) : null,
    nodes: 1000 - dropped,
    nodesDropped: dropped,
    r2: [r2, null, r2],
  }));
  return {
    ...result,
    settings: { ...result.settings, samples: made.length, ...change.settings },
    checkpoint: { ...result.checkpoint, ...change.checkpoint },
    samples,
    summary: summarize(samples),
  };
}
