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
import { figuresOf, tableOf, type Choices, type TabId } from './views';

const SIZE = { width: 720, height: 480 };

/** Whether a tab has a picture; tabs that are tables have none. */
export const hasPicture = (tab: TabId): boolean => tab !== 'table' && tab !== 'layers';

/** The file for `format`. A picture is drawn in `theme` at a fixed size, whatever the screen. */
export async function exportTab(
  format: ExportFormat,
  tab: TabId,
  items: readonly Analyzed[],
  choices: Choices,
  theme: Theme,
): Promise<Exported> {
  const results = inOrder(items).map(({ result }) => result);
  const what = items.length === 1 ? items[0]!.name : `${items.length}-checkpoints`;
  const suggestedName = `${safeFileName(what, tab)}.${format}`;
  const caption = provenance(results);
  const picture = (): Picture => ({
    ...SIZE,
    theme,
    caption,
    figures: figuresOf(tab, items, choices, theme),
  });
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
