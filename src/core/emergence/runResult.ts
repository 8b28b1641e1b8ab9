import type { AnalysisResult } from '../../protocol/analysis';

/** An analyzed checkpoint of a run. */
export interface RunResult {
  step: number | null;
  epoch?: number | null;
  tokens?: number | null;
  result: AnalysisResult;
  /** Names of all checkpoints of the run that hold these weights; absent where it alone does. */
  sameAs?: readonly string[];
  /** Both ends over the neurons that are nodes of both; null where that failed, absent where E is over all nodes. */
  common?: { now: AnalysisResult; baseline: AnalysisResult } | null;
}

/** The two checkpoints of an E. */
export type End = 'baseline' | 'now';
