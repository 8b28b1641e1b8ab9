/** The one bar above a page's charts, and what its buttons open below it. */
import { render } from 'lit';
import { h } from '../dom';
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
  choices: readonly unknown[],
  ways: readonly unknown[],
  below: readonly HTMLElement[],
): HTMLElement {
  const drawers = choices.filter(isDrawer);
  const controls = choices.map((each) => (isDrawer(each) ? each.button : each));
  return h(
    'div',
    { class: 'top' },
    toolbar(label, { class: 'bar', 'data-testid': 'bar' }, barPart(controls), barPart(ways)),
    ...below,
    ...drawers.map(({ content }) => content),
  );
}

/** @param controls nodes or templates. */
function barPart(controls: readonly unknown[]): HTMLElement {
  const part = h('div', { class: 'bar-part' });
  render(controls, part);
  return part;
}

const isDrawer = (each: unknown): each is Drawer =>
  typeof each === 'object' && each !== null && 'button' in each && 'content' in each;
