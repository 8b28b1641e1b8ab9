/** What a table of a panel shows, as a reader sees it. */
import type { Locator } from 'playwright-core';

/** The numbers in the columns of these headings; NaN where a cell holds none. */
export async function columns(table: Locator, labels: readonly string[]): Promise<number[][]> {
  const heads = await table.locator('th').allInnerTexts();
  const rows = await table.locator('tbody tr').all();
  return Promise.all(
    rows.map(async (each) => {
      const cells = await each.locator('td').allInnerTexts();
      return labels.map((label) =>
        Number(cells[heads.indexOf(label)]!.replaceAll('−', '-').replaceAll(',', '')),
      );
    }),
  );
}
