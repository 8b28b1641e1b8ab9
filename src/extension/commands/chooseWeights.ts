/**
 * "NeuroMFA: Choose Weights": switches to another copy of a model that a checkpoint contains several times, and shows
 * its spectrum.
 */
import type * as vscode from 'vscode';
import type { WeightSets } from '../services/weightSets';
import { tell } from '../ui/messages';
import { pickOne } from '../ui/quickPick';
import { t } from '../ui/words';
import { chosenCheckpoints } from './chosenCheckpoints';
import type { CheckpointPicker } from './pickCheckpoints';

/**
 * Makes the command.
 * @param setsIn returns the names of the copies in a checkpoint, the default one first; empty where there is one
 *   copy.
 * @param open shows the spectra of checkpoints.
 */
export function chooseWeights(
  choices: WeightSets,
  setsIn: (path: string) => Promise<readonly string[]>,
  picker: CheckpointPicker,
  open: (paths: readonly string[]) => Promise<void>,
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const title = t('Choose Weights');
    const checkpoints = await chosenCheckpoints(uri, selection, picker, {
      title,
      placeholder: t('Checkpoints that store their model more than once; the same copy is used in all'),
      button: t('Choose'),
    });
    if (checkpoints.length === 0) return;
    const paths = checkpoints.map(({ path }) => path);
    const sets = [...new Set((await Promise.all(paths.map(setsIn))).flat())];
    if (sets.length === 0) {
      void tell('information', t('These checkpoints store their model once, so there is nothing to choose.'));
      return;
    }
    const rows = sets.map((set) => ({ label: set, value: set }));
    const set = await pickOne(rows, { title, placeholder: t('The copy of the model that is analyzed') });
    if (set === undefined) return;
    await choices.choose(paths, set);
    await open(paths);
  };
}
