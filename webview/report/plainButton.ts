/** Buttons of a page without the editor's components and icons. */
import type { MakeButton } from '../components/button';
import { h, onClick } from '../dom';

const GLYPHS: Readonly<Record<string, string>> = { 'zoom-in': '+', 'zoom-out': '−', 'screen-normal': '1:1' };

export const plainButton: MakeButton = ({ icon, label, testId, run }) =>
  onClick(
    h(
      'button',
      { type: 'button', class: 'tool', title: label, 'aria-label': label, 'data-testid': testId },
      GLYPHS[icon] ?? label,
    ),
    run,
  );
