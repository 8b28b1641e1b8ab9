/** Choices. */
import { h } from '../dom';

export interface Option {
  value: string;
  label: string;
  /** Whether it cannot be chosen; the label says why. */
  disabled?: boolean;
}

/** A drop-down list: the browser's own, which every screen reader and keyboard supports, in the editor's colors. */
export function select(
  label: string,
  testId: string,
  choices: readonly Option[],
  value: string,
  changed: (value: string) => void,
): HTMLElement {
  const element = h(
    'select',
    { 'aria-label': label, title: label, 'data-testid': testId },
    ...choices.map((choice) =>
      h(
        'option',
        { value: choice.value, selected: choice.value === value, disabled: choice.disabled },
        choice.label,
      ),
    ),
  );
  element.addEventListener('change', () => {
    changed(element.value);
  });
  return element;
}
