/** Exports what the open tab shows. */
import type { ExportFormat } from '../../src/protocol/panel';
import type { Analyzed } from '../data/analyzed';
import { inOrder } from '../data/comparable';
import { toCsv } from '../exporting/csv';
import type { Exported } from '../exporting/exported';
import { safeFileName } from '../exporting/fileName';
import { toPng, toSvg, type Picture } from '../exporting/image';
import { toJson } from '../exporting/json';
import { provenance } from '../exporting/provenance';
import type { Theme } from '../theme';
import { layersDrawing } from './layersTab';
import { figuresOf, hasTable, tableOf, type Choices, type TabId } from './views';

const SIZE = { width: 720, height: 480 };

/** Whether a tab has a picture; tables have none, nor do the layers of samples. */
export const hasPicture = (tab: TabId, items: readonly Analyzed[]): boolean =>
  tab === 'layers' ? hasTable(tab, items) : tab !== 'table';

/**
 * The file for `format`, with one figure of the tab where that is named. A picture is drawn in `theme` at a fixed size,
 * whatever the screen.
 */
export async function exportTab(
  format: ExportFormat,
  tab: TabId,
  items: readonly Analyzed[],
  choices: Choices,
  theme: Theme,
  figure?: string,
): Promise<Exported> {
  const results = inOrder(items).map(({ result }) => result);
  const what = items.length === 1 ? items[0]!.name : `${items.length}-checkpoints`;
  const suggestedName = `${safeFileName(what, figure ?? tab)}.${format}`;
  const caption = provenance(results);
  const picture = (): Picture => {
    const map = tab === 'layers' ? layersDrawing(items, choices.layers, theme) : null;
    const figures = figuresOf(tab, items, choices, theme).filter(({ id }) => !figure || id === figure);
    const { width, height } = map ?? SIZE;
    return { width: Math.max(width, SIZE.width), height, theme, caption, figures: map ? [map] : figures };
  };
  switch (format) {
    case 'png':
      return { suggestedName, format, content: await toPng(picture()) };
    case 'svg':
      return { suggestedName, format, content: toSvg(picture()) };
    case 'csv':
      return { suggestedName, format, content: toCsv(tableOf(tab, items, choices), caption) };
    case 'json':
      return { suggestedName, format, content: toJson(results) };
  }
}
