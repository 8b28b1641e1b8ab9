/** Which control of a page has the focus of the window. */
import assert from 'node:assert/strict';
import type { FrameLocator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { workbench } from './session';

interface Root {
  ownerDocument: { hasFocus(): boolean; activeElement: { getAttribute(name: string): string | null } | null };
}

/** The test id of the control of the page that has the focus of the window; null where something else in the window has it. */
export async function focusedIn(page: FrameLocator): Promise<string | null> {
  return page
    .locator('html')
    .evaluate(({ ownerDocument: page }: Root) =>
      page.hasFocus() ? (page.activeElement?.getAttribute('data-testid') ?? 'nothing') : null,
    );
}

/** Asserts that a control of the page comes to have the focus; null: that the page comes to be without. */
export async function assertFocused(id: string | null, page = workbench.panel): Promise<void> {
  await eventually(async () => {
    assert.equal(await focusedIn(page), id);
  });
}
