/** What was analyzed, in a few words. */
import type { CheckpointInfo } from '../../src/protocol/analysis';
import { t } from '../l10n';

/** The architecture, and of a low-rank adapter what it was added to. */
export function modelName({ architecture, adapter }: CheckpointInfo): string {
  return adapter?.base
    ? t('{0} with a low-rank adapter on {1}', architecture, adapter.base.name)
    : architecture;
}
