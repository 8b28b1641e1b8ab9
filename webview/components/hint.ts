/** A hover that also opens on focus, stays inside the page, and closes on Escape. */
import { h } from '../dom';
import { meaning, type SymbolId } from '../symbols';

let tip: HTMLElement | null = null;
let nextId = 1;

function show(anchor: HTMLElement, text: string): void {
  hide();
  tip = h('div', { class: 'hint', role: 'tooltip', id: `hint-${nextId++}` }, text);
  document.body.append(tip);
  anchor.setAttribute('aria-describedby', tip.id);
  const box = anchor.getBoundingClientRect();
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
  const below = box.bottom + 4;
  const top = below + height > window.innerHeight ? box.top - height - 4 : below;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function hide(): void {
  if (!tip) return;
  document.querySelector(`[aria-describedby="${tip.id}"]`)?.removeAttribute('aria-describedby');
  tip.remove();
  tip = null;
}

/** Gives `element` a hover with `text`. */
export function hint<E extends HTMLElement>(element: E, text: string): E {
  element.addEventListener('pointerenter', () => {
    show(element, text);
  });
  element.addEventListener('pointerleave', hide);
  element.addEventListener('focus', () => {
    show(element, text);
  });
  element.addEventListener('blur', hide);
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
  return element;
}

/** A symbol whose meaning appears on hover and on focus. */
export function symbol(id: SymbolId, text = meaning(id).text): HTMLElement {
  return hint(h('span', { class: 'symbol', tabindex: 0 }, text), meaning(id).means);
}
