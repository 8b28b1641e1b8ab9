/** Hovers that stay and go as WCAG 1.4.13 asks, colors that the system forces, and motion that is not wanted. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { previewPages } from './previewPages';

const VIEW = { width: 1000, height: 700 };
/** Longer than a hover waits for the pointer to come to it. */
const LEFT_MS = 400;

describe('pages', () => {
  const show = previewPages();

  const open = (page: string, options: BrowserContextOptions = {}, scenario = 'one'): Promise<Page> =>
    show({ page, scenario, viewport: VIEW, ...options });

  /** By the page's own clock, which is late with its timers when the machine is busy. */
  const pass = (page: Page): Promise<unknown> =>
    page.evaluate(`new Promise((done) => setTimeout(done, ${LEFT_MS}))`);

  const symbolOf = (page: Page): Locator => page.locator('.symbol').first();
  const hintOf = (page: Page): Locator => page.getByRole('tooltip');

  it('have hovers that Escape closes, wherever the focus is', async () => {
    const page = await open('spectrum');
    await symbolOf(page).hover();
    await hintOf(page).waitFor();
    await page.keyboard.press('Escape');
    await hintOf(page).waitFor({ state: 'detached' });
    await page.close();
  });

  it('have hovers that the pointer can go to, and that stay as long as it is there', async () => {
    const page = await open('spectrum');
    await symbolOf(page).hover();
    await hintOf(page).hover();
    await pass(page);
    assert.equal(await hintOf(page).count(), 1);
    await hintOf(page).getByTestId('learn-more').waitFor();
    await page.mouse.move(VIEW.width - 5, VIEW.height - 5);
    await hintOf(page).waitFor({ state: 'detached' });
    await page.close();
  });

  it('have hovers that keys open, describe their symbol, and stay until the focus goes', async () => {
    const page = await open('spectrum');
    const symbol = symbolOf(page);
    await symbol.focus();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
    await hintOf(page).waitFor();
    assert.equal(await symbol.getAttribute('aria-describedby'), await hintOf(page).getAttribute('id'));
    // A pointer that passes by takes nothing away.
    await symbol.hover();
    await page.mouse.move(VIEW.width - 5, VIEW.height - 5);
    await pass(page);
    assert.equal(await hintOf(page).count(), 1);
    await page.keyboard.press('Tab');
    await page.waitForFunction("document.querySelector('.symbol').getAttribute('aria-describedby') === null");
    await page.close();
  });

  for (const [name, scenario, tab, place, topic] of [
    ['dashboard', 'one', null, '[data-testid="open-alpha0"]', 'alpha0'],
    ['spectrum', 'full', 'layers', '.heat td:not(.absent)', 'layers'],
    ['compare', 'one', 'layers', '.heat td:not(.absent)', 'layers'],
    ['spectrum', 'one', null, '.switch', 'beyondWidth'],
  ] as const)
    it(`have hovers that lead to the guide: ${place} of ${name}`, async () => {
      const page = await open(name, {}, scenario);
      if (tab !== null) await page.getByTestId(`tab-${tab}`).click();
      await page.locator(place).first().hover();
      await hintOf(page).getByTestId('learn-more').click();
      await page.waitForFunction(`preview.explained.at(-1) === ${JSON.stringify(topic)}`);
      await page.close();
    });

  it('have charts whose words go on Escape, though the pointer stays', async () => {
    const page = await open('trends');
    const picture = `document.querySelector('[data-testid="chart-alpha0"]').toDataURL()`;
    const plain = JSON.stringify(await page.evaluate(picture));
    const box = (await page.getByTestId('chart-alpha0').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction(`${picture} !== ${plain}`);
    await page.keyboard.press('Escape');
    await page.waitForFunction(`${picture} === ${plain}`);
    await page.close();
  });

  it('tell in forced colors which tab is selected, what is a link and what is a button', async () => {
    const page = await open('spectrum', { forcedColors: 'active' });
    const border = (tab: Locator): Promise<string> => tab.evaluate(styleOf, 'border-bottom-color');
    const tabs = await page.getByRole('tab').all();
    const [selected, ...others] = await Promise.all(tabs.map(border));
    const ground = await page.locator('body').evaluate(styleOf, 'background-color');
    assert.notEqual(selected, ground);
    for (const other of others) assert.equal(other, ground);
    const overlay = await open('trends', { forcedColors: 'active' }, 'overlay');
    const link = overlay.getByTestId('add-run');
    assert.match(await link.evaluate(styleOf, 'text-decoration-line'), /underline/);
    assert.notEqual(await overlay.getByTestId('settings').evaluate(styleOf, 'border-top-color'), ground);
    // What tells curves apart keeps its colors.
    const hues = await Promise.all(
      (await overlay.locator('[data-testid="run"] .swatch path').all()).map((each) =>
        each.evaluate(styleOf, 'stroke'),
      ),
    );
    assert.ok(new Set(hues).size >= 4, hues.join());
    await overlay.close();
    await page.close();
  });

  for (const [who, options, inBody] of [
    ['the system', { reducedMotion: 'reduce' }, false],
    ['the editor', { reducedMotion: 'no-preference' }, true],
  ] as const)
    it(`move nothing when ${who} asks for that`, async () => {
      const page = await open('spectrum', options, 'running');
      if (inBody) await page.evaluate("document.body.classList.add('vscode-reduce-motion')");
      const moving = await page.evaluate(
        `[...document.querySelectorAll('*')].filter((each) => {
          const { animationName, transitionDuration } = getComputedStyle(each);
          return animationName !== 'none' || /[1-9]/.test(transitionDuration);
        }).map((each) => each.outerHTML.slice(0, 100))`,
      );
      assert.deepEqual(moving, []);
      await page.close();
    });
});

/** A computed property; runs in the page. */
function styleOf(element: unknown, property: string): string {
  interface Styled {
    ownerDocument: {
      defaultView: { getComputedStyle(of: unknown): { getPropertyValue(name: string): string } };
    };
  }
  return (element as Styled).ownerDocument.defaultView.getComputedStyle(element).getPropertyValue(property);
}
