/** A button in a bar, and the content that it opens below the bar. */
import { h, icon, onClick, type Child } from '../dom';

/** The open drawers; the page remembers them. */
export interface DrawerMemory {
  isOpen(id: string): boolean;
  open(id: string, open: boolean): void;
}

export interface Drawer {
  button: HTMLElement;
  content: HTMLElement;
}

/**
 * @param id the id of both, for tests and the memory.
 * @param looks the class of the button: a tool of a bar, or a link.
 */
export function drawer(
  id: string,
  text: readonly Child[],
  content: readonly Child[],
  memory: DrawerMemory,
  looks: 'tool' | 'link' = 'tool',
): Drawer {
  const place = h('div', { class: 'drawer', id: `drawer-${id}`, 'data-testid': `drawer-${id}` }, content);
  const button = h(
    'button',
    { type: 'button', class: looks, 'aria-controls': place.id, 'data-testid': id },
    ...text,
    icon('chevron-down'),
  );
  let open = memory.isOpen(id);
  const show = (): void => {
    place.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
  };
  show();
  onClick(button, () => {
    open = !open;
    memory.open(id, open);
    show();
  });
  return { button, content: place };
}
