/** Replaces a page that cannot be shown. */
import { h } from '../dom';
import { t } from '../l10n';
import type { FaultView } from '../shell/pageGuard';
import { wordButton } from './controls';

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
      // Made again, because by now the page may have words of another language.
      element.replaceChildren(
        h('h2', {}, t('This page cannot be shown')),
        h('p', { class: 'error-text', 'data-testid': 'page-fault-text' }, text),
        h('p', {}, t('The log may say more.')),
        h(
          'div',
          { class: 'actions' },
          wordButton(t('Try Again'), 'page-retry', retry),
          wordButton(t('Show Log'), 'page-show-log', showLog, true),
        ),
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
