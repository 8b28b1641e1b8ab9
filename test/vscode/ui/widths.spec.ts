import { describe, it } from 'mocha';
import { assertFits, inFullWindow } from './panelSize';
import { BESIDE, LOOKED_AT, WIDTHS, WITH_NULLS } from './views';

describe('nothing scrolls sideways', () => {
  for (const { name, open, tabs, close } of [...LOOKED_AT, ...BESIDE, ...WITH_NULLS]) {
    it(`in ${name}`, async () => {
      const view = await open();
      await inFullWindow(['dark'], async () => {
        for (const tab of tabs.length > 0 ? tabs : [null]) {
          if (tab !== null) await view.getByTestId(`tab-${tab}`).click();
          for (const width of WIDTHS) await assertFits(width, tab ?? name);
        }
      });
      await close?.(view);
    });
  }
});
