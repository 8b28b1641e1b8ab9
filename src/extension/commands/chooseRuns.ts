/** The runs that a command is about: those on which it was called, otherwise those that the user picks. */
import { checkpointCount } from '../../protocol/counts';
import * as vscode from 'vscode';
import { COMMANDS } from '../ids';
import type { Runs } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import { tell } from '../ui/messages';
import { pickMany, pickOne, type Row } from '../ui/quickPick';
import { t } from '../ui/words';
import type { TreeNode } from '../views/runsTree';

/** The argument of commands in menus: the item under the pointer, a row of the tree or a folder of the explorer. */
export type MenuItem = TreeNode | vscode.Uri;

export class RunChooser {
  /** @param found settles when the workspace has been searched for the first time. */
  constructor(
    private readonly runs: Runs,
    private readonly found: Promise<unknown>,
  ) {}

  /**
   * The runs of a menu's item and of the whole selection, if the item is part of it; without an item, the user's
   * choice.
   * @param suits which runs the command can handle.
   * @param none the message where there is no such run.
   */
  async choose(
    item: MenuItem | undefined,
    selection: readonly MenuItem[] | undefined,
    title: string,
    suits: (run: ListedRun) => boolean = () => true,
    none?: string,
  ): Promise<ListedRun[]> {
    if (item) return selected(item, selection).flatMap((each) => this.#runsOf(each));
    await this.found;
    const runs = this.runs.list.filter(suits);
    if (runs.length === 0 && none !== undefined) {
      void tell('information', none);
      return [];
    }
    if (runs.length === 1) return runs;
    return (await this.#pick(runs, title, true)) ?? [];
  }

  /** Asks for one more run than those `shown`. */
  async pickAnother(shown: readonly string[], title = t('Overlay Run')): Promise<ListedRun | undefined> {
    await this.found;
    const others = this.runs.list.filter(({ id }) => !shown.includes(id));
    return (await this.#pick(others, title, false))?.[0];
  }

  #runsOf(item: MenuItem): ListedRun[] {
    if (item instanceof vscode.Uri) return this.runs.list.filter(({ path }) => path === item.fsPath);
    const id = item.kind === 'run' ? item.id : item.kind === 'checkpoint' ? item.run.id : undefined;
    const run = id === undefined ? undefined : this.runs.get(id);
    return run ? [run] : [];
  }

  async #pick(runs: readonly ListedRun[], title: string, several: boolean): Promise<ListedRun[] | undefined> {
    if (runs.length === 0) {
      await this.#sayThereAreNone();
      return undefined;
    }
    const rows = runs.map((run): Row<ListedRun> => ({
      label: run.name,
      description: run.saved ? t('saved results') : vscode.workspace.asRelativePath(run.path),
      detail: checkpointCount(run.checkpoints.length, t),
      value: run,
    }));
    if (several) return pickMany(rows, { title });
    const chosen = await pickOne(rows, { title });
    return chosen && [chosen];
  }

  async #sayThereAreNone(): Promise<void> {
    const open = t('Open Sample Run');
    const message = t(
      'No training runs found. A run is a folder with two or more checkpoints of the same model, for example step1000 and step2000.',
    );
    if ((await tell('information', message, open)) === open) {
      await vscode.commands.executeCommand(COMMANDS.openSampleRun);
    }
  }
}

/** The editor passes the selection even where the item is not part of it. */
export function selected<T>(item: T, selection: readonly T[] | undefined): readonly T[] {
  return selection?.some((each) => isSame(each, item)) ? selection : [item];
}

/** The selection and the single item are different objects for the same file. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof vscode.Uri && b instanceof vscode.Uri && a.toString() === b.toString());
}
