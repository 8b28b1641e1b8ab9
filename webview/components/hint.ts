/**
 * A tooltip that also opens on focus, stays inside the page, stays as long as the pointer is on it, and closes on
 * Escape wherever the focus is. It leads to the guide, where the page has a host that opens it.
 */
import { h, onClick } from '../dom';
import { t } from '../l10n';
import { meaning, type SymbolId } from '../symbols';

/** Time to move the pointer from a symbol to its tooltip. */
const LEAVE_MS = 200;

let tip: HTMLElement | null = null;
/** The owner of the tooltip: where the pointer opens it, and what it describes. */
let owner: { anchor: HTMLElement; described: HTMLElement } | null = null;
let leaving: ReturnType<typeof setTimeout> | undefined;
let nextId = 1;
let explain: ((topic: string) => void) | null = null;

/** Sets the function that opens the guide at a topic. */
export function setExplain(open: (topic: string) => void): void {
  explain = open;
}

/** Opens the guide at a topic, where the page has a host that can do so. */
export function openGuide(topic: string): void {
  explain?.(topic);
}

/** A link to a topic of the guide; null where the page has no host that opens it. */
export function learnMore(topic: string): HTMLElement | null {
  if (!explain) return null;
  const more = h('button', { type: 'button', class: 'link', 'data-testid': 'learn-more' }, t('Learn more'));
  return onClick(more, () => {
    openGuide(topic);
  });
}

function show(anchor: HTMLElement, described: HTMLElement, text: string, topic: string | null): void {
  if (owner?.anchor === anchor) {
    clearTimeout(leaving);
    return;
  }
  hide();
  owner = { anchor, described };
  tip = h('div', { class: 'hint', role: 'tooltip', id: `hint-${nextId++}` }, text);
  const more = topic === null ? null : learnMore(topic);
  if (more) {
    // Useless for keyboards: leaving the symbol closes the tooltip.
    more.tabIndex = -1;
    tip.append(' ', more);
  }
  tip.addEventListener('pointerenter', () => {
    clearTimeout(leaving);
  });
  tip.addEventListener('pointerleave', leave);
  document.addEventListener('keydown', onEscape);
  document.body.append(tip);
  described.setAttribute('aria-describedby', tip.id);
  const box = anchor.getBoundingClientRect();
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
  const below = box.bottom + 4;
  const top = below + height > window.innerHeight ? box.top - height - 4 : below;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function onEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') hide();
}

function leave(): void {
  clearTimeout(leaving);
  leaving = setTimeout(() => {
    if (!isMeant()) hide();
  }, LEAVE_MS);
}

/** Whether the pointer is on the tooltip or its symbol, or the symbol has the keyboard focus. */
const isMeant = (): boolean =>
  [tip, owner?.anchor].some((each) => each?.matches(':hover')) ||
  !!owner?.described.matches(':focus-visible');

function hide(): void {
  clearTimeout(leaving);
  document.removeEventListener('keydown', onEscape);
  if (!tip) return;
  owner?.described.removeAttribute('aria-describedby');
  tip.remove();
  tip = owner = null;
}

/**
 * Gives `element` a tooltip with `text`.
 * @param topic the topic of the guide with more about it.
 * @param described the control in it that the text describes, and whose focus opens the tooltip.
 */
export function hint<E extends HTMLElement>(
  element: E,
  text: string,
  topic: string | null = null,
  described: HTMLElement = element,
): E {
  const open = (): void => {
    show(element, described, text, topic);
  };
  element.addEventListener('pointerenter', open);
  element.addEventListener('pointerleave', leave);
  described.addEventListener('focus', open);
  described.addEventListener('blur', leave);
  return element;
}

/** A symbol whose meaning appears on hover and on focus; pressing it opens the guide. */
export function symbol(id: SymbolId, text = meaning(id).text): HTMLElement {
  const button = h('button', { type: 'button', class: 'symbol', 'data-testid': `symbol-${id}` }, text);
  return hint(
    onClick(button, () => {
      openGuide(id);
    }),
    meaning(id).means,
    id,
  );
}
