/** Whole results as JSON, with how to cite the method. Settings and versions are part of every result. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import type { RunSeries } from '../../src/protocol/run';
import { CITATION } from '../../src/protocol/citation';

export function toJson(results: readonly AnalysisResult[]): string {
  return `${JSON.stringify({ citation: CITATION, results }, null, 2)}\n`;
}

/** The series of training runs, as the command line prints them. */
export function runsToJson(runs: readonly RunSeries[]): string {
  return `${JSON.stringify({ citation: CITATION, runs }, null, 2)}\n`;
}
