/**
 * The checkpoints that a command is about: the explorer's selection, or the user's pick where it is called from the
 * palette.
 */
import type * as vscode from 'vscode';
import { besideOwn } from '../../core/checkpoint/beside';
import { notOnDisk } from '../notOnDisk';
import { resolveCheckpoints, type PanelCheckpoint } from '../panelCheckpoints';
import { locationOf } from '../remote/places';
import { tell } from '../ui/messages';
import { faultIn } from '../ui/words';
import type { CheckpointPicker, PickerWords } from './pickCheckpoints';
import { isRemote } from '../../protocol/subject';

/**
 * The explorer calls a command with the item under the pointer and the whole selection.
 * @returns none where nothing is chosen, or something that is not on this disk, which is reported to the user.
 */
export async function chosenCheckpoints(
  uri: vscode.Uri | undefined,
  selection: readonly vscode.Uri[] | undefined,
  picker: CheckpointPicker,
  words: PickerWords,
): Promise<PanelCheckpoint[]> {
  const pointed = uri ? [uri] : [];
  const chosen = selection?.length ? selection : pointed.length > 0 ? pointed : await picker.pick(words);
  const places: string[] = [];
  for (const each of chosen) {
    const place = locationOf(each);
    if (place === undefined) {
      void tell('error', notOnDisk(each).message);
      return [];
    }
    places.push(place);
    const beside = isRemote(place) ? null : besideOwn(place);
    if (!beside) continue;
    // Its subject is the folder that was chosen.
    const { cause, nextStep } = faultIn(beside.data);
    void tell('information', `${cause}. ${nextStep}.`);
  }
  return resolveCheckpoints(places);
}
