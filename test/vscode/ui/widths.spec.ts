import { describe, it } from 'mocha';
import { assertFits, inFullWindow } from './panelSize';
import { LOOKED_AT, WIDTHS } from './views';

describe('nothing scrolls sideways', () => {
  for (const { name, open, tabs } of LOOKED_AT) {
    it(`in ${name}`, async () => {
      const view = await open();
      await inFullWindow(['dark'], async () => {
        for (const tab of tabs.length > 0 ? tabs : [null]) {
          if (tab !== null) await view.getByTestId(`tab-${tab}`).click();
          for (const width of WIDTHS) await assertFits(width, tab ?? name);
        }
      });
    });
  }
});
