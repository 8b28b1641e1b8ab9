/** Buttons and choices that look like VS Code's own. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import { h, onClick } from '../dom';
import type { ToolButton } from './button';

/** A flat button of a toolbar. */
export function toolButton({ icon, label, text, testId, run }: ToolButton): HTMLElement {
  return onClick(h('vscode-toolbar-button', { icon, label, title: label, 'data-testid': testId }, text), run);
}

/** A button with words. */
export function wordButton(text: string, testId: string, run: () => void, secondary = false): HTMLElement {
  return onClick(h('vscode-button', { 'data-testid': testId, secondary }, text), run);
}
