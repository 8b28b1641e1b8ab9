/** What was analyzed, in a few words. */
import type { CheckpointInfo } from '../../src/protocol/analysis';
import { t } from '../l10n';

/** The architecture, and for a low-rank adapter its base. */
export function modelName({ architecture, adapter }: CheckpointInfo): string {
  return adapter?.base
    ? t('{0} with a low-rank adapter on {1}', architecture, adapter.base.name)
    : architecture;
}
