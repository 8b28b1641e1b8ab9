/** The first line of a page: its finding in one sentence, and a button that explains it. */
import { h, type Child } from '../dom';
import { t } from '../l10n';
import { drawer, type DrawerMemory } from './drawer';
import { explanationText } from './explanation';

/** The sentence, and the content that its button opens below it. */
export function headline(sentence: readonly Child[], memory: DrawerMemory): HTMLElement[] {
  const { button, content } = drawer(
    'explanation',
    [t('What this means')],
    [explanationText()],
    memory,
    'link',
  );
  return [
    h(
      'div',
      { class: 'first-line' },
      h('h1', { class: 'headline', 'data-testid': 'headline' }, sentence),
      ' ',
      button,
    ),
    content,
  ];
}
