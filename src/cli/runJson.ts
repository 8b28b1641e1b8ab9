/** Series of runs for programs. */
import { spokenSeries } from '../protocol/factWords';
import type { RunSeries } from '../protocol/run';
import { visibleJson } from '../protocol/visible';

/** A JSON array with one series per line. */
export function seriesAsJson(series: readonly RunSeries[]): string {
  if (series.length === 0) return '[]\n';
  return `[\n${series.map((each) => visibleJson(spokenSeries(each))).join(',\n')}\n]\n`;
}
