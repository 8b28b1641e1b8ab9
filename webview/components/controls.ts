/** Buttons and choices that look like VS Code's own. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { h, icon as glyph, onClick } from '../dom';
import type { ToolButton } from './button';

/** A flat button of a toolbar. */
export function toolButton({ icon, label, text, testId, run }: ToolButton): HTMLElement {
  const names = { title: label, 'aria-label': label, 'data-testid': testId };
  return onClick(h('button', { type: 'button', class: 'tool', ...names }, glyph(icon), text), run);
}

/** A button with words. */
export function wordButton(text: string, testId: string, run: () => void, secondary = false): HTMLElement {
  return onClick(h('vscode-button', { 'data-testid': testId, secondary }, text), run);
}
