/**
 * Builds elements, attributes and text nodes, once: what is kept and changes is drawn by Lit's templates (ARCHITECTURE.md). Text from outside
 * can never become markup.
 */
export type Child = Node | string | null | undefined | false;

/**
 * Creates an element. Strings become text nodes; `undefined` and `false` attributes are omitted. Long lists of children
 * are passed as one argument, because a call with some 100,000 arguments fails.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: (Child | readonly Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  for (const child of children) element.append(child);
  return element;
}

/** Calls `handler` when `element` is clicked, by pointer or key. */
export function onClick<E extends HTMLElement>(element: E, handler: () => void): E {
  element.addEventListener('click', handler);
  return element;
}

/** A symbol from the editor's own icon font; decoration only, so hidden from screen readers. */
export function icon(name: string): HTMLElement {
  return h('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}
