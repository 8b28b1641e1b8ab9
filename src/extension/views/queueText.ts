/** How far the queue has come, in a few words. */
import { roughTime } from '../../protocol/format';
import type { QueueProgress } from '../../protocol/trends';
import type { Translate } from '../../protocol/translate';

/** "3 of 8 · about 2 min left". */
export function describeQueue(
  { done, total, secondsLeft }: NonNullable<QueueProgress>,
  t: Translate,
): string {
  const count = t('{0} of {1}', done, total);
  return secondsLeft === null ? count : `${count} · ${t('about {0} left', roughTime(secondsLeft))}`;
}
