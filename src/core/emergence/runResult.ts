import type { AnalysisResult } from '../../protocol/analysis';

/** One checkpoint of a run that has been analyzed. */
export interface RunResult {
  step: number | null;
  epoch?: number | null;
  tokens?: number | null;
  result: AnalysisResult;
  /** Both ends over the neurons that are nodes of both; null where that failed, left out where E is over all nodes. */
  common?: { now: AnalysisResult; baseline: AnalysisResult } | null;
}
