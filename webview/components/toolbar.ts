/** Toolbars following the ARIA pattern: one tab stop; arrow keys, Home and End move along the visible controls. */
import { h, type Child } from '../dom';

const CONTROLS = 'button, select, input, summary';
const APART = '[hidden], [inert], .menu-body';

/** @param label its name for screen readers. */
export function toolbar(
  label: string,
  attributes: Readonly<Record<string, string>>,
  ...children: (Child | readonly Child[])[]
): HTMLElement {
  const bar = h('div', { ...attributes, role: 'toolbar', 'aria-label': label }, ...children);
  let current: HTMLElement | undefined;
  const reachable = (): HTMLElement[] =>
    [...bar.querySelectorAll<HTMLElement>(CONTROLS)].filter((control) => {
      const apart = control.closest(APART);
      return !apart || !bar.contains(apart);
    });
  const settle = (): void => {
    const controls = reachable();
    if (!current || !controls.includes(current)) current = controls[0];
    for (const control of controls) control.tabIndex = control === current ? 0 : -1;
  };
  bar.addEventListener('focusin', ({ target }) => {
    if (!reachable().includes(target as HTMLElement)) return;
    current = target as HTMLElement;
    settle();
  });
  bar.addEventListener('keydown', (event) => {
    const controls = reachable();
    const at = controls.indexOf(event.target as HTMLElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = controls.length - 1;
    const next = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    // In a drop-down list, Left and Right would change the choice.
    event.preventDefault();
    controls[next]!.focus();
  });
  settle();
  // The visible controls change with the open tab.
  new MutationObserver(settle).observe(bar, {
    childList: true,
    subtree: true,
    attributeFilter: ['hidden', 'inert'],
  });
  return bar;
}
