/** Entry of the self-contained report: reads its data from the page and needs nothing else. */
import * as v from 'valibot';
import { REPORT_DATA_ID, reportSchema } from '../../src/protocol/report';
import { h } from '../dom';
import { t } from '../l10n';
import '../styles/report.css';
import { ReportPage, type Ground } from './report';

const dark = matchMedia('(prefers-color-scheme: dark)');
const print = matchMedia('print');

function start(): void {
  const parsed = v.safeParse(reportSchema, readData());
  if (!parsed.success) {
    fail(t('This report cannot be read: {0}', v.summarize(parsed.issues)));
    return;
  }
  const page = new ReportPage(document.body, parsed.output, ground());
  const follow = (): void => {
    page.draw(ground());
  };
  dark.addEventListener('change', follow);
  print.addEventListener('change', follow);
  // What is drawn now is printed: the page is not asked again later.
  window.addEventListener('beforeprint', () => {
    page.draw('paper');
  });
  window.addEventListener('afterprint', follow);
}

function fail(text: string): void {
  document.body.append(h('p', { role: 'alert', 'data-testid': 'error' }, text));
}

/** Paper is white, whatever the screen is. */
const ground = (): Ground => (print.matches ? 'paper' : dark.matches ? 'dark' : 'light');

function readData(): unknown {
  try {
    return JSON.parse(document.getElementById(REPORT_DATA_ID)?.textContent ?? '');
  } catch {
    return null;
  }
}

try {
  start();
} catch (error) {
  // Otherwise the page would stay blank.
  fail(t('This report cannot be drawn: {0}', error instanceof Error ? error.message : String(error)));
  throw error;
}
