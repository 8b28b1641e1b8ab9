/** Exports what the open tab shows. */
import type { ExportFormat } from '../../src/protocol/panel';
import type { Analysed } from '../data/analysed';
import { inOrder } from '../data/comparable';
import { toCsv } from '../exporting/csv';
import { toPng, toSvg, type Picture } from '../exporting/image';
import { toJson } from '../exporting/json';
import { provenance } from '../exporting/provenance';
import type { Theme } from '../theme';
import { figuresOf, tableOf, type Choices, type TabId } from './views';

const SIZE = { width: 720, height: 480 };

export interface Exported {
  suggestedName: string;
  format: ExportFormat;
  content: string | Uint8Array<ArrayBuffer>;
}

/** Whether a tab has a picture; tabs that are tables have none. */
export const hasPicture = (tab: TabId): boolean => tab !== 'table' && tab !== 'layers';

/** The file for `format`. A picture is drawn in `theme` at a fixed size, whatever the screen. */
export async function exportTab(
  format: ExportFormat,
  tab: TabId,
  items: readonly Analysed[],
  choices: Choices,
  theme: Theme,
): Promise<Exported> {
  const results = inOrder(items).map(({ result }) => result);
  const suggestedName = `${fileName(items, tab)}.${format}`;
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

/** A file name that any file system takes. */
export function fileName(items: readonly Analysed[], tab: TabId): string {
  const what = items.length === 1 ? items[0]!.name : `${items.length}-checkpoints`;
  const safe = what.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `neuromfa-${safe.slice(0, 80) || 'checkpoint'}-${tab}`;
}
