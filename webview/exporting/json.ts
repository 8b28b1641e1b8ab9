/** Whole results as JSON, with how to cite the method. Settings and versions are part of every result. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import type { RunSeries } from '../../src/protocol/run';
import { CITATION } from '../../src/protocol/citation';
import { spokenResult, spokenSeries } from '../../src/protocol/factWords';
import { visibleJson } from '../../src/protocol/visible';

export function toJson(results: readonly AnalysisResult[]): string {
  return `${visibleJson({ citation: CITATION, results: results.map(spokenResult) }, 2)}\n`;
}

/** The series of training runs, as the command line prints them. */
export function runsToJson(runs: readonly RunSeries[]): string {
  return `${visibleJson({ citation: CITATION, runs: runs.map(spokenSeries) }, 2)}\n`;
}
