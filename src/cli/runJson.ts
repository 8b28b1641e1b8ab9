/** Series of runs for programs. */
import type { RunSeries } from '../protocol/run';

/** A JSON array with one series per line. */
export function seriesAsJson(series: readonly RunSeries[]): string {
  if (series.length === 0) return '[]\n';
  return `[\n${series.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`;
}
