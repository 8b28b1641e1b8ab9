/** Draws rows without leaving the keyboard at the top of the page. */

const CONTROLS = 'button,summary,select';

/**
 * Where the focused control is gone after drawing, because its row no longer has that action, the row's first control gets the focus.
 * @param row selects the rows.
 */
export function keepingFocus(row: string, draw: () => void): void {
  const focused = document.activeElement?.closest<HTMLElement>(row);
  draw();
  if (focused && !focused.contains(document.activeElement))
    focused.querySelector<HTMLElement>(CONTROLS)?.focus({ preventScroll: true });
}
