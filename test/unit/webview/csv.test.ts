/** Exports of the panels with hostile names: comments of one cell each, whoever reads them. */
import { expect, it } from 'vitest';
import { provenance } from '../../../webview/exporting/provenance';
import { toCsv } from '../../../webview/exporting/csv';
import { DEFAULT_CHOICES, tablesOf } from '../../../webview/spectrum/views';
import { parseCsv } from '../support/csv';
import { failOnConsole, run } from './support';

failOnConsole();

it('of a run with a hostile name has one cell per comment, and no formula', () => {
  const name = `run,=cmd|'/C calc'!A0;=1+1,x`;
  const items = run(0, 1000).map((each) => ({
    ...each,
    name,
    result: {
      ...each.result,
      checkpoint: { ...each.result.checkpoint, name, architecture: 'a,=HYPERLINK("x")' },
    },
  }));
  const comments = provenance(items.map(({ result }) => result));
  for (const table of tablesOf(items, DEFAULT_CHOICES)) {
    const text = toCsv(table, comments);
    const rows = parseCsv(text, ',');
    for (const row of rows.slice(0, comments.length)) {
      expect(row).toHaveLength(1);
      expect(row[0]).toMatch(/^# /);
    }
    expect(rows[comments.length]).toEqual(table.columns.map(({ key }) => key));
    for (const row of rows.slice(comments.length + 1)) expect(row).toHaveLength(table.columns.length);
    for (const delimiter of [',', ';']) {
      for (const cell of parseCsv(text, delimiter).flat()) {
        if (!Number.isFinite(Number(cell))) expect(cell).not.toMatch(/^\s*[=+\-@]/);
      }
    }
  }
});
