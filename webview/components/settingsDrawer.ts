/** The chip of the settings, with what differs from the paper, and the form that it opens. */
import type { Mode } from '../../src/protocol/analysis';
import type { SettingsModel } from '../../src/protocol/chosenSettings';
import { h, icon } from '../dom';
import { settingsChip } from '../words/chosenSettings';
import { drawer, type Drawer, type DrawerMemory } from './drawer';
import { settingsForm, type SettingsActions } from './settingsForm';

const ID = 'settings';

export class SettingsDrawer {
  /** What was typed stays while results come in: another form only for other settings. */
  #made: { key: string; drawer: Drawer } | null = null;

  constructor(
    private readonly actions: SettingsActions,
    private readonly memory: DrawerMemory,
    /** Whether it is about training runs. */
    private readonly ofRuns: boolean,
  ) {}

  /** Nothing where the settings are not valid. */
  show(settings: SettingsModel, mode: Mode): Drawer | null {
    if (!settings) return null;
    const key = JSON.stringify([settings, mode]);
    if (this.#made?.key !== key) this.#made = { key, drawer: this.#make(settings, mode) };
    return this.#made.drawer;
  }

  #make(settings: NonNullable<SettingsModel>, mode: Mode): Drawer {
    const form = settingsForm(settings, mode, this.ofRuns, this.actions, () => {
      // Perhaps the form of the new settings, which has come already.
      if (this.#made && !this.#made.drawer.content.hidden) this.#made.drawer.button.click();
    });
    const words = settingsChip(settings, mode, this.ofRuns);
    const text = h('span', { class: 'first-words', 'data-testid': 'chip' }, words);
    return drawer(ID, [icon('settings'), text], [form], this.memory);
  }
}
