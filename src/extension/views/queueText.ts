/** How far the queue has come, in a few words. */
import type { Elsewhere } from '../../protocol/elsewhere';
import { roughTime } from '../../protocol/format';
import type { QueueProgress } from '../../protocol/trends';
import type { Translate } from '../../protocol/translate';

/** "12 on Slurm, 30 waiting (Priority)"; empty where nothing is computed elsewhere. */
export function describeElsewhere(states: readonly Elsewhere[], t: Translate): string {
  const waiting = states.filter((state) => state.waiting !== null);
  const running = states.length - waiting.length;
  const reason = waiting.find((state) => state.waiting)?.waiting;
  const parts = [
    ...(running > 0 ? [t('{0} on Slurm', running)] : []),
    ...(waiting.length > 0
      ? [reason ? t('{0} waiting ({1})', waiting.length, reason) : t('{0} waiting', waiting.length)]
      : []),
  ];
  return parts.join(', ');
}

/** "3 of 8 · about 2 min left". */
export function describeQueue(
  { done, total, secondsLeft }: NonNullable<QueueProgress>,
  t: Translate,
): string {
  const count = t('{0} of {1}', done, total);
  return secondsLeft === null ? count : `${count} · ${t('about {0} left', roughTime(secondsLeft))}`;
}
