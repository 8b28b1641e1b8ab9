/** What a careful reader should know, collapsed behind its count and its first words. */
import { h, icon } from '../dom';
import { t } from '../l10n';
import { drawer, type Drawer, type DrawerMemory } from './drawer';

/** Null where there is nothing to know. */
export function cautions(texts: readonly string[], memory: DrawerMemory): Drawer | null {
  const [first] = texts;
  if (first === undefined) return null;
  const count = texts.length === 1 ? t('1 caution') : t('{0} cautions', texts.length);
  return drawer(
    'cautions',
    [
      icon('warning'),
      h('span', {}, count),
      h('span', { class: 'first-words', 'aria-hidden': 'true' }, ` · ${first}`),
    ],
    [
      h(
        'ul',
        { class: 'cautions' },
        texts.map((text) => h('li', { 'data-testid': 'warning' }, text)),
      ),
    ],
    memory,
  );
}
