/** What can be done with a figure: copied, saved; and with the checkpoint under the pointer. */
import type { PointTarget } from '../figures/figure';
import { t } from '../l10n';
import type { MakeButton } from './button';
import { popup, type Popup } from './menu';

/** Files that a figure is saved as. */
export const FIGURE_FORMATS = ['png', 'svg', 'csv'] as const;
export type FigureFormat = (typeof FIGURE_FORMATS)[number];

/** What a page does with a figure. */
export interface FigureOutput {
  copyImage: (figure: string) => void;
  copyTable: (figure: string) => void;
  save: (figure: string, format: FigureFormat) => void;
  /** Shows the files of a checkpoint in the explorer. */
  reveal: (target: PointTarget) => void;
}

/**
 * @param target the checkpoint that is meant, if one is; asked for when the menu opens.
 * @param open opens it.
 */
export function figureMenu(
  id: string,
  button: MakeButton,
  output: FigureOutput,
  target: () => PointTarget | null = () => null,
  open?: (target: PointTarget) => void,
): Popup {
  const item = (icon: string, text: string, name: string, run: () => void): HTMLElement =>
    button({ icon, label: text, text, testId: `${name}-${id}`, run });
  let meant: PointTarget | null = null;
  const ofPoint = [
    item('graph', t('Open Checkpoint'), 'open-point', () => {
      if (meant) open?.(meant);
    }),
    item('file', t('Reveal Checkpoint in Explorer'), 'reveal-point', () => {
      if (meant) output.reveal(meant);
    }),
  ];
  const settle = (): void => {
    meant = target();
    for (const each of ofPoint) each.hidden = !meant;
    if (meant?.local === false) ofPoint.at(-1)!.hidden = true;
  };
  return popup(
    '',
    'ellipsis',
    `figure-menu-${id}`,
    [
      item('copy', t('Copy Image'), 'copy-image', () => {
        output.copyImage(id);
      }),
      item('copy', t('Copy Table'), 'copy-table', () => {
        output.copyTable(id);
      }),
      ...FIGURE_FORMATS.map((format) =>
        item('save', t('Save as {0}…', format.toUpperCase()), `save-${format}`, () => {
          output.save(id, format);
        }),
      ),
      ...ofPoint,
    ],
    t('Copy or save this figure'),
    settle,
  );
}
