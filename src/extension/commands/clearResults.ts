/** "NeuroMFA: Clear Results". */
import type { ResultStore } from '../../core/store/resultStore';
import { bytes as size } from '../../protocol/format';
import { confirm, tell } from '../ui/messages';
import { t } from '../ui/words';

/**
 * Makes the command.
 * @param store absent where results cannot be stored. @param cleared called when they are gone.
 */
export function clearResults(store: ResultStore | undefined, cleared: () => void): () => Promise<void> {
  return async () => {
    const { entries, bytes } = (await store?.usage()) ?? { entries: 0, bytes: 0 };
    if (!store || entries === 0) {
      void tell('information', t('There are no stored results.'));
      return;
    }
    const wanted = await confirm({
      message: t('Clear the stored results of this workspace?'),
      detail: t(
        '{0} results, {1}. The checkpoints are not touched; analyzing them again brings the results back.',
        entries,
        size(bytes),
      ),
      button: t('Clear'),
    });
    if (!wanted) return;
    try {
      await store.clear();
    } finally {
      cleared();
    }
  };
}
