/** Copying and saving figures: the same in all panels, whatever makes the files. */
import type { Exported } from '../exporting/exported';
import { asText, copyImage } from '../exporting/clipboard';
import { t } from '../l10n';
import type { Table } from '../tables/table';
import type { FigureFormat, FigureOutput } from './figureMenu';

export interface FigureSource {
  file: (format: FigureFormat, figure: string) => Promise<Exported>;
  table: () => Table;
  save: (file: Promise<Exported>) => Promise<void>;
  /** Reports what has been done. */
  say: (text: string) => void;
  fail: (error: unknown) => void;
  reveal: FigureOutput['reveal'];
}

export function figureOutput({ file, table, save, say, fail, reveal }: FigureSource): FigureOutput {
  const copy = async (work: () => Promise<void>, done: string): Promise<void> => {
    try {
      await work();
      say(done);
    } catch (error) {
      fail(error);
    }
  };
  return {
    copyImage: (figure) => {
      void copy(async () => {
        const { content } = await file('png', figure);
        await copyImage(content as Uint8Array<ArrayBuffer>);
      }, t('The picture is on the clipboard.'));
    },
    copyTable: () => {
      void copy(() => navigator.clipboard.writeText(asText(table())), t('The table is on the clipboard.'));
    },
    save: (figure, format) => {
      void save(file(format, figure));
    },
    reveal,
  };
}
