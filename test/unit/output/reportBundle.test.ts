import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { readReportBundle } from '../../../src/core/report/reportBundle';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-report-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('figures of reports are read as the build compressed them; what is missing or damaged is named', async () => {
  const script = 'draw("α₀")';
  writeFileSync(join(folder, 'report.js.br'), brotliCompressSync(script));
  await expect(readReportBundle(folder)).rejects.toMatchObject({
    data: { code: 'missing', subject: join(folder, 'report.css.br') },
  });
  writeFileSync(join(folder, 'report.css.br'), 'p {}');
  await expect(readReportBundle(folder)).rejects.toMatchObject({ data: { code: 'missing' } });
  writeFileSync(join(folder, 'report.css.br'), brotliCompressSync('p {}'));
  expect(await readReportBundle(folder)).toEqual({ script, styles: 'p {}' });
});
