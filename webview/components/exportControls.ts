/** The export menu of a toolbar: colors of pictures, and one button per format. */
import type { ExportFormat } from '../../src/protocol/panel';
import { t } from '../l10n';
import { DARK, LIGHT, type Theme } from '../theme';
import { toolButton } from './controls';
import { menu } from './menu';
import { select } from './select';

const ICONS: Record<ExportFormat, string> = {
  png: 'file-media',
  svg: 'file-media',
  csv: 'table',
  json: 'json',
};

export interface ExportControls {
  element: HTMLElement;
  /** Shows the formats for which there is something to export. */
  offer(possible: { picture: boolean; table: boolean }): void;
}

/** Backgrounds of exported pictures. */
export const GROUNDS = ['light', 'dark'] as const;
export type Ground = (typeof GROUNDS)[number];

export const groundTheme = (ground: Ground): Theme => (ground === 'dark' ? DARK : LIGHT);

/**
 * @param chosen called with another background for pictures.
 * @param more further exports, after the formats of every tab.
 */
export function exportControls(
  ground: Ground,
  chosen: (ground: Ground) => void,
  run: (format: ExportFormat) => void,
  more: readonly HTMLElement[] = [],
): ExportControls {
  const looks = select(
    t('Colors of exported pictures'),
    'export-looks',
    [
      { value: 'light', label: t('on white') },
      { value: 'dark', label: t('on dark') },
    ],
    ground,
    (value) => {
      chosen(value === 'dark' ? 'dark' : 'light');
    },
  );
  const button = (format: ExportFormat): HTMLElement =>
    toolButton({
      icon: ICONS[format],
      label: t('Export this tab as {0}', format.toUpperCase()),
      text: format.toUpperCase(),
      testId: `export-${format}`,
      run: () => {
        run(format);
      },
    });
  const [png, svg, csv, json] = (['png', 'svg', 'csv', 'json'] as const).map(button);
  return {
    element: menu(t('Export'), 'export', 'export', [png!, svg!, csv!, json!, ...more, looks]),
    offer: ({ picture, table }) => {
      for (const element of [looks, png!, svg!]) element.toggleAttribute('hidden', !picture);
      csv!.toggleAttribute('hidden', !table);
    },
  };
}
