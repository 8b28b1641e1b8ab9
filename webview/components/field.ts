/** A control with its label beside it. */
import { h } from '../dom';

export const field = (label: string, control: HTMLElement): HTMLElement =>
  h('div', { class: 'field' }, h('span', {}, label), control);
