/** Replaces a page that cannot be shown. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, render } from 'lit';
import { h } from '../dom';
import { t } from '../l10n';
import type { FaultView } from '../shell/pageGuard';

export interface FaultRemedies {
  retry: () => void;
  showLog: () => void;
}

/** Hides the rest of the page while it shows a fault. */
export function pageFault({ retry, showLog }: FaultRemedies): FaultView {
  const { body } = document;
  const element = h('section', { class: 'page-fault', role: 'alert', 'data-testid': 'page-fault' });
  return {
    show: (text) => {
      // Every time, because by now the page may have words of another language.
      render(
        html`<h2>${t('This page cannot be shown')}</h2>
          <p class="error-text" data-testid="page-fault-text">${text}</p>
          <p>${t('The log may say more.')}</p>
          <div class="actions">
            <vscode-button data-testid="page-retry" @click=${retry}>${t('Try Again')}</vscode-button>
            <vscode-button data-testid="page-show-log" secondary @click=${showLog}
              >${t('Show Log')}</vscode-button
            >
          </div>`,
        element,
      );
      body.append(element);
      body.dataset['fault'] = 'true';
    },
    hide: () => {
      element.remove();
      delete body.dataset['fault'];
    },
  };
}
