/** Asks before an analysis starts that reads very much, without standing in anybody's way. */
import { checkpointName } from '../../core/checkpoint/name';
import { bytes as size, roughTime } from '../../protocol/format';
import type { WorkEstimate } from '../../worker/approval';
import { tell } from '../ui/messages';
import { t } from '../ui/words';

/** @returns whether the user wants it; a notification that is closed is a no. */
export async function askToStart(path: string, { bytes, seconds }: WorkEstimate): Promise<boolean> {
  const start = t('Start');
  const answer = await tell(
    'information',
    t(
      'Analyzing {0} reads {1}, which takes {2} or more, depending on the disk.',
      checkpointName(path),
      size(bytes),
      roughTime(seconds),
    ),
    start,
    t('Cancel'),
  );
  return answer === start;
}
