/** "NeuroMFA: Clear Results". */
import * as vscode from 'vscode';
import type { ResultStore } from '../../core/store/resultStore';
import { formatBytes } from '../format';

/**
 * Makes the command.
 * @param store absent where results cannot be kept. @param cleared called when they are gone.
 */
export function clearResults(store: ResultStore | undefined, cleared: () => void): () => Promise<void> {
  return async () => {
    const { t } = vscode.l10n;
    const { entries, bytes } = (await store?.usage()) ?? { entries: 0, bytes: 0 };
    if (!store || entries === 0) {
      void vscode.window.showInformationMessage(t('There are no stored results.'));
      return;
    }
    const clear = t('Clear');
    const choice = await vscode.window.showWarningMessage(
      t('Clear the stored results of this workspace?'),
      {
        modal: true,
        detail: t(
          '{0} results, {1}. The checkpoints are not touched; analyzing them again brings the results back.',
          entries,
          formatBytes(bytes),
        ),
      },
      clear,
    );
    if (choice !== clear) return;
    await store.clear();
    cleared();
  };
}
