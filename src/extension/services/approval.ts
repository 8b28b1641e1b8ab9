/** Asks before an analysis starts that reads very much, without standing in anybody's way. */
import { checkpointName } from '../../core/checkpoint/name';
import type { WorkEstimate } from '../../worker/approval';
import { tell } from '../ui/messages';
import { t } from '../ui/words';

/** @returns whether the user wants it; a notification that is closed is a no. */
export async function askToStart(path: string, { bytes, seconds }: WorkEstimate): Promise<boolean> {
  const start = t('Start');
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  const answer = await tell(
    'information',
    t(
      'Analyzing {0} reads {1} GB, which takes {2} min or more, depending on the disk.',
      checkpointName(path),
      (bytes / 1e9).toFixed(0),
      minutes,
    ),
    start,
    t('Cancel'),
  );
  return answer === start;
}
