/** Results of `analyze` for programs. */
import type { Analysis, AnalysisResult } from '../protocol/analysis';
import { spokenResult } from '../protocol/factWords';
import { visibleJson } from '../protocol/visible';

/** The result, with ln Z as one list per moment order in every sample. */
export function withPartitionFunction({ result, arrays }: Analysis): AnalysisResult {
  return {
    ...result,
    samples: result.samples.map((sample, s) => {
      const { lnZ } = arrays[s]!;
      const radii = sample.radii.length;
      const rows = sample.tau.map((_, q) => Array.from(lnZ.subarray(q * radii, (q + 1) * radii)));
      return { ...sample, lnZ: rows };
    }),
  };
}

/** The result without the long lists that only verbose output has. */
export function withoutDraws(result: AnalysisResult): AnalysisResult {
  if (!result.bootstrap) return result;
  const { values: _, ...bootstrap } = result.bootstrap;
  return { ...result, bootstrap };
}

/** A JSON array with one result per line. JSON has no NaN: undefined numbers are null. */
export function analysesAsJson(results: readonly AnalysisResult[]): string {
  if (results.length === 0) return '[]\n';
  return `[\n${results.map((result) => visibleJson(spokenResult(result))).join(',\n')}\n]\n`;
}
