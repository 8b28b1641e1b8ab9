/** What a run of either mode gives: its numbers, and what tells the weights that they were made of. */
import type { Analysis } from '../protocol/analysis';
import type { AnalysisProgress } from '../protocol/panel';

export interface DigestedAnalysis {
  analysis: Analysis;
  /** See `ResultSource`. */
  digest: string | null;
}

export type ReportProgress = (progress: AnalysisProgress) => void;
