/** `--html`: the series once more, as a report for any browser. */
import { resolve } from 'node:path';
import { reportPage } from '../core/report/reportPage';
import { NeuroMfaError } from '../protocol/errors';
import type { ReportRun } from '../protocol/report';
import type { CliEnvironment } from './environment';
import { checkOut, writeWhole } from './output';

/**
 * Everything that can be known to fail before the work is done.
 * @returns what writes the report.
 * @throws NeuroMfaError `usage`; `missing` where the figures are not beside the program.
 */
export async function openReport(
  { html, out }: { html?: string; out?: string },
  env: CliEnvironment,
): Promise<(runs: readonly ReportRun[]) => Promise<void>> {
  if (html === undefined) return () => Promise.resolve();
  checkOut(html, '--html');
  if (out !== undefined && resolve(out) === resolve(html)) {
    throw new NeuroMfaError('usage', '--html', 'it names the same file as --out', 'Name another file');
  }
  const bundle = await env.readReportBundle();
  return (runs) => writeWhole(reportPage(runs, bundle), html);
}
