/** `--html`: writes the series as a report for any browser, too. */
import { reportPage } from '../core/report/reportPage';
import type { ReportRun } from '../protocol/report';
import type { CliEnvironment } from './environment';
import { checkApart, checkOut, deliver } from './output';

/**
 * Checks everything that can be known to fail before the work is done.
 * @returns a function that writes the report.
 * @throws NeuroMfaError `usage`; `missing` where the figures are not beside the program.
 */
export async function openReport(
  { html, out }: { html?: string; out?: string },
  env: CliEnvironment,
): Promise<(runs: readonly ReportRun[]) => Promise<void>> {
  if (html === undefined) return () => Promise.resolve();
  checkApart(await checkOut(html, '--html'), await checkOut(out));
  const bundle = await env.readReportBundle();
  return (runs) => deliver(env, reportPage(runs, bundle), html);
}
