/** A report as one self-contained HTML file: it needs no network, no editor and no other file. */
import { createHash } from 'node:crypto';
import { REPORT_DATA_ID, REPORT_SCHEMA, type Report, type ReportRun } from '../../protocol/report';
import { visibleJson } from '../../protocol/visible';
import { acrossRuns } from '../metrics/correlations';
import type { ReportBundle } from './reportBundle';

/** @param runs at least one, each with results. @param created time of creation; by default now. */
export function reportPage(
  runs: readonly ReportRun[],
  { script, styles }: ReportBundle,
  created = new Date(),
): string {
  const across = acrossRuns(runs.map(({ series }) => series));
  const report: Report = {
    schema: REPORT_SCHEMA,
    created: created.toISOString(),
    runs: [...runs],
    ...(across && { across }),
  };
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(script, styles)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>NeuroMFA</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
</head>
<body>
<noscript>This report draws its figures with JavaScript, which is turned off here.</noscript>
<script type="application/json" id="${REPORT_DATA_ID}">${inert(report)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/**
 * The page loads nothing and runs only the figures' script, because names may contain anything and the file is passed
 * on.
 */
function contentSecurityPolicy(script: string, styles: string): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; img-src data:; script-src ${hash(script)}; style-src ${hash(styles)}; base-uri 'none'; form-action 'none'`;
}

/** Encodes JSON so that no browser reads it as markup. */
const inert = (data: unknown): string => visibleJson(data).replaceAll('<', '\\u003c');
