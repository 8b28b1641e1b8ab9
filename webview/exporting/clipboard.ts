/** Figures on the clipboard. */
import type { Table } from '../tables/table';
import { t } from '../l10n';

/** @throws Error with an alternative where the browser cannot copy pictures. */
export async function copyImage(png: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await navigator.clipboard.write([
      new ClipboardItem({ 'image/png': new Blob([png], { type: 'image/png' }) }),
    ]);
  } catch (error) {
    throw new Error(t('The picture could not be copied ({0}). Save it as a file.', String(error)));
  }
}

/** Headings and rows separated by tabs, as spreadsheets accept them: numbers at full precision. */
export const asText = ({ columns, rows }: Table): string =>
  [columns.map(({ key }) => key), ...rows]
    .map((row) => row.map((cell) => String(cell ?? '').replace(/[\t\n\r]+/g, ' ')).join('\t'))
    .join('\n');
