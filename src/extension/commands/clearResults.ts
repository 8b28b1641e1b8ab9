/** "NeuroMFA: Clear Results". */
import type { ResultStore } from '../../core/store/resultStore';
import { bytes as size } from '../../protocol/format';
import { confirm, tell } from '../ui/messages';
import { t } from '../ui/words';

/**
 * Makes the command.
 * @param store absent where results cannot be stored.
 * @param cleared called when they are deleted.
 */
export function clearResults(store: ResultStore | undefined, cleared: () => void): () => Promise<void> {
  return async () => {
    const { entries, bytes } = (await store?.usage()) ?? { entries: 0, bytes: 0 };
    if (!store || entries === 0) {
      void tell('information', t('There are no stored results.'));
      return;
    }
    const wanted = await confirm({
      message: t('Clear all stored results, including those of other workspaces and the command line?'),
      detail: t(
        'Results: {0}. Disk space: {1}. Checkpoints are not touched; analyze them again to restore the results.',
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
