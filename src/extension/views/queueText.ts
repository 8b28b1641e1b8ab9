/** How far the queue has come, in a few words. */
import type { QueueProgress } from '../../protocol/trends';
import type { Translate } from '../translate';

/** "3 of 8 · about 2 min left". */
export function describeQueue(
  { done, total, secondsLeft }: NonNullable<QueueProgress>,
  t: Translate,
): string {
  const count = t('{0} of {1}', done, total);
  return secondsLeft === null ? count : `${count} · ${timeLeft(secondsLeft, t)}`;
}

/** No more exact than such an estimate can be. */
function timeLeft(seconds: number, t: Translate): string {
  if (seconds < 10) return t('a few seconds left');
  if (seconds < 90) return t('about {0} s left', 10 * Math.round(seconds / 10));
  if (seconds < 90 * 60) return t('about {0} min left', Math.round(seconds / 60));
  return t('about {0} h left', Math.round(seconds / 3600));
}
