/** Text to copy: with a button that copies it, or selects it where the browser does not let a page copy. */
import { h, onClick } from '../dom';
import { t } from '../l10n';

export function copyable(title: string, text: string, testId: string, verbatim = false): HTMLElement {
  const body = h(verbatim ? 'pre' : 'p', { tabindex: 0, 'data-testid': testId }, text);
  const status = h('span', { class: 'quiet', role: 'status' });
  const button = h('button', { type: 'button', class: 'tool', 'data-testid': `copy-${testId}` }, t('Copy'));
  onClick(button, () => {
    void copy(text).then((copied) => {
      if (!copied) getSelection()?.selectAllChildren(body);
      status.textContent = copied ? t('Copied') : t('Selected: copy it with the keyboard');
    });
  });
  return h(
    'section',
    { class: 'copyable' },
    h('div', { class: 'copy-head' }, h('h3', {}, title), button, status),
    body,
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
