/** Reads only addresses that the user has named: none from links, results or other extensions. */
import { NeuroMfaError } from '../../protocol/errors';
import { t } from '../ui/words';
import type { RemoteRunList } from './remoteRunList';

/** @throws NeuroMfaError `usage` for an address of no run that the user has named in this workspace. */
export function checkListed(runs: Pick<RemoteRunList, 'runOf'>, at: string): void {
  if (runs.runOf(at)) return;
  const cause = t('no training run of this workspace lists this address');
  throw new NeuroMfaError('usage', at, cause, t('Name it with "Analyze Remote Run…"'));
}
