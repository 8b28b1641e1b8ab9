/** The result of a run of either mode: its numbers, and the digest of the weights behind them. */
import type { Analysis } from '../protocol/analysis';
import type { AnalysisProgress } from '../protocol/panel';

export interface DigestedAnalysis {
  analysis: Analysis;
  /** See `ResultSource`. */
  digest: string | null;
}

export type ReportProgress = (progress: AnalysisProgress) => void;
