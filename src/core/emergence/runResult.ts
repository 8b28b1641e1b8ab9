import type { AnalysisResult } from '../../protocol/analysis';

/** One checkpoint of a run that has been analyzed. */
export interface RunResult {
  step: number | null;
  epoch?: number | null;
  result: AnalysisResult;
}
