/** A slider over the checkpoints of a run, with the step in words beside it. */
import { h } from '../dom';
import { t } from '../l10n';

/** @param names the names of the steps, in order. @param changed called with the index while the slider moves. */
export function stepSlider(
  names: readonly string[],
  selected: number,
  changed: (index: number) => void,
): HTMLElement {
  const output = h('output', { 'data-testid': 'step-name' }, names[selected]);
  const input = h('input', {
    type: 'range',
    min: 0,
    max: names.length - 1,
    step: 1,
    value: selected,
    'aria-label': t('Highlighted step'),
    'aria-valuetext': names[selected],
    'data-testid': 'step-slider',
  });
  input.addEventListener('input', () => {
    const index = Number(input.value);
    output.textContent = names[index]!;
    input.setAttribute('aria-valuetext', names[index]!);
    changed(index);
  });
  return h('div', { class: 'field slider' }, h('span', {}, t('Step')), input, output);
}
