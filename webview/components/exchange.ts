/** Draws one row anew without taking the focus away from it, or closing its menu. */
import { reopenMenu } from './menu';

const CONTROLS = 'button,summary,select';

/**
 * Puts `now` in the place of `old`. Where the focus was in `old`, the same control of `now` gets it, or else the first: an action that the
 * row no longer has must not leave the keyboard at the top of the page.
 */
export function exchange(old: HTMLElement, now: HTMLElement): void {
  const { activeElement } = document;
  const id = old.contains(activeElement) ? (activeElement!.getAttribute('data-testid') ?? '') : null;
  old.replaceWith(now);
  reopenMenu();
  if (id === null) return;
  const same = now.querySelector<HTMLElement>(`[data-testid="${CSS.escape(id)}"]`);
  (same ?? now.querySelector<HTMLElement>(CONTROLS))?.focus({ preventScroll: true });
}
