/** The one bar above a page's charts, and what its buttons open below it. */
import { h, type Child } from '../dom';
import type { Drawer } from './drawer';
import { toolbar } from './toolbar';

/**
 * @param label the name of the toolbar, for screen readers.
 * @param choices what is shown, at its start.
 * @param ways exports and links, at its end.
 * @param below what controls other than drawers open.
 */
export function topBar(
  label: string,
  choices: readonly (Child | Drawer)[],
  ways: readonly Child[],
  below: readonly HTMLElement[],
): HTMLElement {
  const drawers = choices.filter((each): each is Drawer => isDrawer(each));
  const controls = choices.map((each) => (isDrawer(each) ? each.button : each));
  return h(
    'div',
    { class: 'top' },
    toolbar(
      label,
      { class: 'bar', 'data-testid': 'bar' },
      h('div', { class: 'bar-part' }, controls),
      h('div', { class: 'bar-part' }, ways),
    ),
    ...below,
    ...drawers.map(({ content }) => content),
  );
}

const isDrawer = (each: Child | Drawer): each is Drawer =>
  typeof each === 'object' && each !== null && 'button' in each && 'content' in each;
