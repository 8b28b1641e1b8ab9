/** A button that opens a list of choices below it: arrow keys move in it; Escape, and clicks elsewhere, close it. */
import { h, icon } from '../dom';

export interface Popup {
  element: HTMLElement;
  /** Opens it at a position of the window, in pixels; on closing, the focus goes to `back`. */
  openAt: (place: { x: number; y: number }, back: HTMLElement) => void;
}

export const menu = (...args: Parameters<typeof popup>): HTMLElement => popup(...args).element;

/**
 * @param text the text of the button; may be empty.
 * @param items buttons and choices, from top to bottom.
 * @param label the name of the button where its text is no name.
 * @param opening called before the choices are shown.
 */
export function popup(
  text: string,
  symbol: string,
  testId: string,
  items: readonly HTMLElement[],
  label?: string,
  opening?: () => void,
): Popup {
  const body = h('div', { class: 'menu-body' }, ...items);
  const summary = h(
    'summary',
    { class: 'tool', 'data-testid': testId, 'aria-label': label, title: label },
    icon(symbol),
    text,
    text !== '' && icon('chevron-down'),
  );
  const details = h('details', { class: 'menu' }, summary, body);
  summary.addEventListener('click', () => {
    if (!details.open) opening?.();
  });
  /** The position where it was opened other than by its button. */
  let asked: { x: number; y: number; back: HTMLElement } | null = null;
  const close = (): void => {
    details.open = false;
  };
  const leave = (): void => {
    const back = asked?.back ?? summary;
    close();
    back.focus();
  };
  const place = (): void => {
    if (!details.open) return;
    const { left, bottom } = summary.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const inside = (at: number, size: number, most: number): string =>
      `${Math.max(8, Math.min(at, most - size - 8))}px`;
    body.style.left = inside(asked?.x ?? left, body.offsetWidth, clientWidth);
    body.style.top = inside(asked?.y ?? bottom + 4, body.offsetHeight, clientHeight);
  };
  details.addEventListener('toggle', () => {
    place();
    if (details.open) window.addEventListener('scroll', place, { passive: true });
    else {
      window.removeEventListener('scroll', place);
      asked = null;
    }
  });
  details.addEventListener('focusout', ({ relatedTarget }) => {
    if (!details.contains(relatedTarget as Node | null)) close();
  });
  details.addEventListener('keydown', (event) => {
    const controls = items.filter((item) => !item.hidden);
    const at = controls.indexOf(event.target as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' && details.open) {
      leave();
    } else if (step !== undefined && details.open && !(event.target instanceof HTMLSelectElement)) {
      event.preventDefault();
      controls[(at + step + controls.length) % controls.length]?.focus();
    }
  });
  body.addEventListener('click', (event) => {
    if (!(event.target as HTMLElement).closest('button')) return;
    leave();
  });
  return {
    element: details,
    openAt: (at, back) => {
      asked = { ...at, back };
      opening?.();
      details.open = true;
      items.find((item) => !item.hidden)?.focus();
    },
  };
}
