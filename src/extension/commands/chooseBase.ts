/** "NeuroMFA: Choose Base of Adapter": another base for adapters, and their spectra with it. */
import type * as vscode from 'vscode';
import type { BaseChooser } from '../adapters/baseQuestion';
import { tell } from '../ui/messages';
import { t } from '../ui/words';
import { chosenCheckpoints } from './chosenCheckpoints';
import type { CheckpointPicker } from './pickCheckpoints';

/** Names of adapters, as in the condition of the explorer's menu. */
const ADAPTER = /adapter|lora/i;

/**
 * Makes the command. The explorer calls it with the item under the pointer and the whole selection.
 * @param open shows the spectra of checkpoints.
 */
export function chooseBase(
  chooser: BaseChooser,
  picker: CheckpointPicker,
  open: (paths: readonly string[]) => Promise<void>,
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const checkpoints = await chosenCheckpoints(uri, selection, picker, {
      title: t('Choose Base of Adapter'),
      placeholder: t('Select adapters that share a base model'),
      suits: {
        atOnce: (path) => ADAPTER.test(path),
        byHeader: ({ adapter }) => adapter !== undefined,
      },
      button: t('Choose'),
    });
    if (checkpoints.length === 0) return;
    const paths = checkpoints.map(({ path }) => path);
    const answer = await chooser.chooseAnew(paths.map((path) => [path]));
    if (answer === 'chosen') await open(paths);
    else if (answer === 'no adapters') {
      void tell('information', t('None of these is a low-rank adapter: only adapters have a base.'));
    }
  };
}
