/** Exports what the open tab of a run view shows. */
import type { ExportFormat } from '../../src/protocol/panel';
import type { AcrossRuns } from '../../src/protocol/metrics';
import type { RunView } from '../../src/protocol/trends';
import type { ShownRun } from '../data/shownRuns';
import { toCsv } from '../exporting/csv';
import { safeFileName } from '../exporting/fileName';
import { toPng, toSvg, type Picture } from '../exporting/image';
import { runsToJson } from '../exporting/json';
import { runProvenance } from '../exporting/runProvenance';
import type { Exported } from '../exporting/exported';
import type { Theme } from '../theme';
import { runFigures, runTable, type RunChoices, type RunTab } from './views';

const SIZE = { width: 720, height: 480 };

export interface RunExport {
  view: RunView;
  tab: RunTab;
  /** In the colors of `theme`. */
  runs: readonly ShownRun[];
  choices: RunChoices;
  theme: Theme;
  /** What the runs tell together, where that is known. */
  across?: AcrossRuns;
  /** The figure to export; by default all of the tab. */
  figure?: string;
}

/** The file for `format`. A picture is drawn in `theme` at a fixed size, whatever the screen. */
export async function exportRuns(format: ExportFormat, shown: RunExport): Promise<Exported> {
  const { view, tab, runs, choices, theme, figure, across } = shown;
  const what = runs.length === 1 ? runs[0]!.name : `${runs.length}-runs`;
  const suggestedName = `${safeFileName(what, figure ?? (tab === 'table' ? view : tab))}.${format}`;
  const caption = runProvenance(runs);
  const picture = (): Picture => ({
    ...SIZE,
    theme,
    caption,
    figures: runFigures(tab, runs, choices, theme).filter(({ id }) => figure === undefined || id === figure),
  });
  switch (format) {
    case 'png':
      return { suggestedName, format, content: await toPng(picture()) };
    case 'svg':
      return { suggestedName, format, content: toSvg(picture()) };
    case 'csv':
      return { suggestedName, format, content: toCsv(runTable(view, tab, runs, choices, across), caption) };
    case 'json':
      return { suggestedName, format, content: runsToJson(runs.map(({ series }) => series)) };
  }
}
