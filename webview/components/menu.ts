/**
 * A button that opens a list of choices below it: arrow keys move in it; Escape, and clicks elsewhere, close it. One
 * that is open stays open when the page is drawn anew below the reader's hand.
 */
import { h, icon } from '../dom';

export interface Popup {
  element: HTMLElement;
  /** Opens it at a position of the window, in pixels; on closing, the focus goes to `back`. */
  openAt: (place: { x: number; y: number }, back: HTMLElement) => void;
}

interface OpenedAt {
  x: number;
  y: number;
  back: HTMLElement;
}

/** The menu that the reader has opened, by test id; null at its button. */
let opened: { id: string; at: OpenedAt | null } | null = null;
/** Opens the menu that was drawn last for a test id; false where it is no longer on the page. */
const reopeners = new Map<string, (at: OpenedAt | null) => boolean>();

/** Must be called whenever the page has been drawn: the menu that was open is open again, if it is still there. */
export function reopenMenu(): void {
  if (opened && !reopeners.get(opened.id)?.(opened.at)) opened = null;
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
  /** The position where it was opened other than by its button. */
  let asked: OpenedAt | null = null;
  const open = (at: OpenedAt | null): void => {
    opened = { id: testId, at };
    asked = at;
    opening?.();
  };
  const close = (): void => {
    if (opened?.id === testId) opened = null;
    details.open = false;
  };
  summary.addEventListener('click', () => {
    if (details.open) opened = null;
    else open(null);
  });
  const leave = (): void => {
    const back = asked?.back ?? summary;
    close();
    back.focus();
  };
  const place = (): void => {
    if (!details.open) return;
    if (!details.isConnected) {
      window.removeEventListener('scroll', place);
      return;
    }
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
    if (details.contains(relatedTarget as Node | null)) return;
    // The browser also takes the focus from what the page removes as it is drawn anew; it has come back by then.
    queueMicrotask(() => {
      const back = document.hasFocus() && details.contains(document.activeElement);
      if (details.isConnected && !back) close();
    });
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
  reopeners.set(testId, (at) => {
    if (!details.isConnected) return false;
    open(at?.back.isConnected ? at : null);
    details.open = true;
    // Before the first paint; the event of opening comes after it.
    place();
    return true;
  });
  return {
    element: details,
    openAt: (at, back) => {
      open({ ...at, back });
      details.open = true;
      items.find((item) => !item.hidden)?.focus();
    },
  };
}
