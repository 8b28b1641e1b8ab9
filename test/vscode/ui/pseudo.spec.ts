/** Every page in a made-up translation, with accents and 40 % longer, as narrow as a panel gets beside another. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { cutOffTexts, plainTexts } from '../../../scripts/pageTexts.mjs';
import { paths } from '../harness/paths';
import { previewPages } from './previewPages';
import { SAME } from './sameWords';

/** As wide as a window that is enlarged to 200 %: the table of tensors has other columns there. */
const WIDER = 683;
const PANEL = 400;
const SIDE_BAR = 300;

const STATES: [page: string, scenarios: string[], width?: number][] = [
  ['spectrum', ['one', 'three', 'full', 'running', 'failed', 'stale', 'outdated-failed', 'empty']],
  ['trends', ['one', 'overlay', 'outdated', 'nulls-overlay']],
  ['emergence', ['one', 'overlay', 'nulls-overlay', 'metrics', 'specified']],
  ['inspect', ['one', 'facts', 'reading', 'failed']],
  ['inspect', ['one', 'facts', 'changed'], WIDER],
  ['compare', ['runs', 'failed']],
  ['dashboard', ['one'], SIDE_BAR],
];

describe('a translation that is 40 % longer', () => {
  const show = previewPages();

  for (const [name, scenarios, width = PANEL] of STATES)
    for (const scenario of scenarios)
      it(`fits, and leaves nothing in English: ${name}, ${scenario}, at ${width} px`, async () => {
        const viewport = { width, height: 900 };
        const page = await show({ page: name, scenario, language: 'qps-ploc', viewport });
        const tabs = page.getByRole('tab');
        for (let tab = 0; tab < Math.max(1, await tabs.count()); tab++) {
          if ((await tabs.count()) > 0) await tabs.nth(tab).click();
          const what = `${name}-${scenario}-${width}-${tab}`;
          await page.screenshot({ path: `${paths.out}/pseudo/${what}.png`, fullPage: true });
          assert.deepEqual(await page.evaluate(cutOffTexts), [], `${what}: cut off`);
          const plain = await page.evaluate(plainTexts);
          assert.ok(plain.length > 0);
          assert.deepEqual(
            plain.filter((text) => !SAME.test(text)),
            [],
            `${what}: not translated`,
          );
        }
        await page.close();
      });
});
