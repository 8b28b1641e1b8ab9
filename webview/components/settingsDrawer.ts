/** The chip of the settings, with their differences from the paper's, and the form that it opens. */
import type { Mode } from '../../src/protocol/analysis';
import type { SettingsModel } from '../../src/protocol/chosenSettings';
import { h, icon } from '../dom';
import { settingsChip } from '../words/chosenSettings';
import { drawer, type Drawer, type DrawerMemory } from './drawer';
import { settingsForm, type SettingsActions } from './settingsForm';

const ID = 'settings';

export class SettingsDrawer {
  /** What was typed remains while results arrive: the form is replaced only for other settings. */
  #made: { key: string; drawer: Drawer } | null = null;

  constructor(
    private readonly actions: SettingsActions,
    private readonly memory: DrawerMemory,
    /** Whether it is about training runs. */
    private readonly ofRuns: boolean,
  ) {}

  /** Null where the settings are invalid. */
  show(settings: SettingsModel, mode: Mode): Drawer | null {
    if (!settings) return null;
    const key = JSON.stringify([settings, mode]);
    if (this.#made?.key !== key) this.#made = { key, drawer: this.#make(settings, mode) };
    return this.#made.drawer;
  }

  #make(settings: NonNullable<SettingsModel>, mode: Mode): Drawer {
    const form = settingsForm(settings, mode, this.ofRuns, this.actions, () => {
      // Perhaps the form for the new settings, which may have arrived already.
      if (this.#made && !this.#made.drawer.content.hidden) this.#made.drawer.button.click();
    });
    const words = settingsChip(settings, mode, this.ofRuns);
    const text = h('span', { class: 'first-words', 'data-testid': 'chip' }, words);
    return drawer(ID, [icon('settings'), text], [form], this.memory);
  }
}
