/** Buttons and choices that look like VS Code's own. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import { h, onClick } from '../dom';

export interface ToolButton {
  icon: string;
  /** What it does; also its hover and its name for screen readers. */
  label: string;
  /** Shown beside the icon. */
  text?: string;
  testId: string;
  run: () => void;
}

/** A flat button of a toolbar. */
export function toolButton({ icon, label, text, testId, run }: ToolButton): HTMLElement {
  return onClick(h('vscode-toolbar-button', { icon, label, title: label, 'data-testid': testId }, text), run);
}

/** A button with words. */
export function wordButton(text: string, testId: string, run: () => void, secondary = false): HTMLElement {
  return onClick(h('vscode-button', { 'data-testid': testId, secondary }, text), run);
}

export interface Option {
  value: string;
  label: string;
}

/** A drop-down choice: the browser's own, which every screen reader and keyboard knows, in the editor's colours. */
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
      h('option', { value: choice.value, selected: choice.value === value }, choice.label),
    ),
  );
  element.addEventListener('change', () => {
    changed(element.value);
  });
  return element;
}
