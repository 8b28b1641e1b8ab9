/** A made-up result of a full network with null models. */
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { makeAnalysis } from '../support/analysis';
import { makeResult } from '../support/results';

/** @param alpha0 of each projection. */
export function makeFullResult(alpha0: readonly number[]): AnalysisResult {
  const result = makeResult([{ alpha0: 1, width: 0.5 }], { settings: { mode: 'full', samples: 1 } });
  const { nfd } = makeAnalysis().result.samples[0]!;
  const estimate = (mean: number, sd: number) => ({ mean, sd, ci95: null });
  const figures = { alpha0: estimate(1, 0.01), alpha0Exact: estimate(1, 0.01), width: estimate(0.5, 0.01) };
  return {
    ...result,
    beyond: {
      alpha0: { value: 0.01, ci95: null, p: null },
      width: { value: 0.2, ci95: [0.1, 0.3], p: 0.05 },
    },
    perProjection: alpha0.map((value, i) => ({
      name: `p${i}`,
      block: 0,
      role: 'mlp.up',
      sources: 8,
      targets: 8,
      nodes: 8,
      nodesDropped: 0,
      edgesKept: 64,
      alpha0: value,
      alpha0Exact: value,
      width: 0.5,
      nfd,
      gaussian: null,
      nulls: { shuffled: figures, gaussian: figures },
    })),
  };
}
