/** Tabs following the ARIA pattern: arrows, Home and End move and open; one tab stop; panels are labeled. */
import { h } from '../dom';
import { t } from '../l10n';
import { toolbar } from './toolbar';

export interface Tab {
  id: string;
  title: string;
}

export interface Tabs {
  element: HTMLElement;
  /** The container for the content of the open tab. */
  panel: HTMLElement;
  /** The container for its choices: at the end of the row of tabs. */
  choices: HTMLElement;
}

/**
 * Builds tabs.
 * @param open id of the tab that is open at first.
 * @param opened called whenever another tab is opened.
 */
export function tabs(label: string, list: readonly Tab[], open: string, opened: (id: string) => void): Tabs {
  const panel = h('div', { class: 'tab-panel', role: 'tabpanel', id: 'tab-panel', tabindex: -1 });
  // One tab stop, however many they are: the chart comes soon after.
  const choices = toolbar(t('What is shown'), { class: 'choices' });
  const buttons = list.map((tab) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${tab.id}`,
        'aria-controls': panel.id,
        'data-testid': `tab-${tab.id}`,
      },
      tab.title,
    ),
  );
  let current = Math.max(
    0,
    list.findIndex(({ id }) => id === open),
  );

  const choose = (index: number, focus: boolean): void => {
    const changed = index !== current;
    current = index;
    buttons.forEach((button, at) => {
      button.setAttribute('aria-selected', String(at === current));
      button.tabIndex = at === current ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', buttons[current]!.id);
    if (focus) buttons[current]!.focus();
    if (changed) opened(list[current]!.id);
  };

  buttons.forEach((button, index) => {
    button.addEventListener('click', () => {
      choose(index, false);
    });
    button.addEventListener('keydown', (event) => {
      const last = buttons.length - 1;
      const next = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(next, true);
    });
  });
  choose(current, false);

  return {
    element: h(
      'div',
      { class: 'tabs' },
      h(
        'div',
        { class: 'tab-row' },
        h('div', { class: 'tab-list', role: 'tablist', 'aria-label': label }, ...buttons),
        choices,
      ),
      panel,
    ),
    panel,
    choices,
  };
}
