import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import * as v from 'valibot';
import { analysisSchema } from '../../../src/protocol/analysis';
import { CITATION } from '../../../src/protocol/citation';
import { analyze, withoutTiming } from '../harness/cli';
import { panelIn } from './panel';
import { ANALYZE, CLI, workbench, workspace } from './session';

describe('exporting', () => {
  beforeEach(() => workbench.chooseInExplorer([workspace.file(4000)], ANALYZE));

  it('writes a PNG picture that says where it comes from', async () => {
    const png = await exportAs('png');
    assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
    assert.ok(png.readUInt32BE(16) >= 720, 'width');
    assert.ok(png.length > 20_000, `${png.length} bytes cannot hold a chart`);
    assert.ok(png.includes(CITATION.text));
  });

  it('writes an SVG picture with its words as text', async () => {
    const svg = (await exportAs('svg')).toString();
    assert.match(svg, /^<svg |^<\?xml/);
    for (const text of [
      'f(α)',
      'neox-1m/step4000',
      CITATION.url.replace('https://arxiv.org/abs/', 'arXiv:'),
    ]) {
      assert.ok(svg.includes(text), text);
    }
  });

  it('writes the curve as CSV', async () => {
    const lines = (await exportAs('csv')).toString().trimEnd().split('\r\n');
    const comments = lines.filter((line) => line.startsWith('"# '));
    assert.ok(comments.some((line) => line.includes('Settings:')));
    assert.ok(comments.some((line) => line.includes(CITATION.text.replaceAll('"', '""'))));
    const [header, ...rows] = lines.slice(comments.length).map((line) => line.split(','));
    // α and f exist at all orders q but the last.
    assert.equal(rows.length, 60);
    assert.ok(rows.every((row) => row.length === header!.length));
  });

  it('writes the whole result as JSON, equal to that of the command line', async () => {
    const written = v.parse(
      v.object({ citation: v.object({ text: v.string() }), results: v.array(analysisSchema) }),
      JSON.parse((await exportAs('json')).toString()),
    );
    assert.equal(written.citation.text, CITATION.text);
    const expected = await analyze(CLI, [workspace.file(4000)]);
    assert.deepEqual(written.results.map(withoutTiming), expected.map(withoutTiming));
  });
});

/** Presses the button for `format`, saves, and returns what was written. */
async function exportAs(format: string): Promise<Buffer> {
  const panel = await panelIn('done');
  await panel.getByTestId('export').click();
  await panel.getByTestId(`export-${format}`).click();
  const file = join(workspace.exports, `spectrum.${format}`);
  await workbench.answerFileDialog(file);
  await panel.getByTestId('status').filter({ hasText: file }).waitFor();
  return readFileSync(file);
}
