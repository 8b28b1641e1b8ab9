/** A button that opens a list of choices under it: arrow keys walk it, Escape and whatever is elsewhere close it. */
import { h, icon } from '../dom';

/**
 * @param text on the button; may be empty.
 * @param items buttons and choices, from top to bottom.
 * @param label names the button where its text does not.
 */
export function menu(
  text: string,
  symbol: string,
  testId: string,
  items: readonly HTMLElement[],
  label?: string,
): HTMLElement {
  const body = h('div', { class: 'menu-body' }, ...items);
  const summary = h(
    'summary',
    { class: 'tool', 'data-testid': testId, 'aria-label': label, title: label },
    icon(symbol),
    text,
    text !== '' && icon('chevron-down'),
  );
  const details = h('details', { class: 'menu' }, summary, body);
  const close = (): void => {
    details.open = false;
  };
  const place = (): void => {
    if (!details.open) return;
    const { left, bottom } = summary.getBoundingClientRect();
    const most = document.documentElement.clientWidth - body.offsetWidth - 8;
    body.style.left = `${Math.max(8, Math.min(left, most))}px`;
    body.style.top = `${bottom + 4}px`;
  };
  details.addEventListener('toggle', () => {
    place();
    if (details.open) window.addEventListener('scroll', place, { passive: true });
    else window.removeEventListener('scroll', place);
  });
  details.addEventListener('focusout', ({ relatedTarget }) => {
    if (!details.contains(relatedTarget as Node | null)) close();
  });
  details.addEventListener('keydown', (event) => {
    const controls = items.filter((item) => !item.hidden);
    const at = controls.indexOf(event.target as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' && details.open) {
      close();
      summary.focus();
    } else if (step !== undefined && details.open && !(event.target instanceof HTMLSelectElement)) {
      event.preventDefault();
      controls[(at + step + controls.length) % controls.length]?.focus();
    }
  });
  body.addEventListener('click', (event) => {
    if (!(event.target as HTMLElement).closest('button')) return;
    close();
    summary.focus();
  });
  return details;
}
