/** Null models, on or off. */
import { h } from '../dom';
import { t } from '../l10n';
import { hint } from './hint';

/** A switch with its label; the same in every view. */
export function nullsSwitch(on: boolean, change: (on: boolean) => void): HTMLElement {
  const box = h('input', { type: 'checkbox', checked: on, 'data-testid': 'nulls' });
  box.addEventListener('change', () => {
    change(box.checked);
  });
  const title = t(
    'Also analyzes the same weights reshuffled, and Gaussian ones, to tell what the numbers are made of. Takes up to a few times longer.',
  );
  return hint(h('label', { class: 'switch' }, box, t('Null models')), title, 'beyondWidth', box);
}
