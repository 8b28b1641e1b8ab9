/** A line for each checkpoint of a watched run. */
import { alertText, type Alert } from '../protocol/alerts';
import { bracketed, decimal, integer } from '../protocol/format';
import type { RunPoint } from '../protocol/run';
import { shortened } from '../protocol/visible';

export interface WatchedLine {
  run: string;
  folder: string;
  point: RunPoint;
  alerts: readonly Alert[];
}

const WATCHED_SCHEMA = 'neuromfa/watched@1';

/** Open ends of a band become null. */
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function watchedAsJson({ run, folder, point, alerts }: WatchedLine): string {
  const ends = alerts.map(({ low, high, ...alert }) => ({
    ...alert,
    low: finiteOrNull(low),
    high: finiteOrNull(high),
  }));
  return `${JSON.stringify({ schema: WATCHED_SCHEMA, run, folder, point, alerts: ends })}\n`;
}

export function watchedAsText({ run, point, alerts }: WatchedLine): string {
  const { step, checkpoint, alpha0, width, emergence, beyond } = point;
  const figures = [
    `α₀ ${decimal(alpha0.mean)}`,
    `w ${decimal(width.mean)}`,
    `E ${bracketed(emergence.value, emergence.ci95)}`,
    ...(beyond ? [`beyond w ${bracketed(beyond.width.value, beyond.width.ci95)}`] : []),
  ];
  const place = step === null ? checkpoint.name : `step ${integer(step)}`;
  const said = alerts.map((alert) => `; ALERT: ${alertText(alert)}`);
  return `${shortened(run)}, ${shortened(place)}: ${figures.join(', ')}${said.join('')}\n`;
}
