/** Series of runs for programs. */
import { spokenSeries } from '../protocol/factWords';
import type { AcrossRuns } from '../protocol/metrics';
import type { RunSeries } from '../protocol/run';
import { visibleJson } from '../protocol/visible';

/** A JSON array with one series per line, and after them what they tell together. */
export function seriesAsJson(series: readonly RunSeries[], across: AcrossRuns | null): string {
  const items = [...series.map(spokenSeries), ...(across ? [across] : [])];
  if (items.length === 0) return '[]\n';
  return `[\n${items.map((each) => visibleJson(each)).join(',\n')}\n]\n`;
}
