/** "NeuroMFA: Compare": two checkpoints or two runs, from the selection in the explorer or the tree, or picked. */
import * as vscode from 'vscode';
import type { BaseChooser } from '../adapters/baseQuestion';
import type { Sides } from '../compare/compareSession';
import { nameCheckpoints } from '../panelCheckpoints';
import { uriOf } from '../remote/places';
import type { Runs } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import { tell } from '../ui/messages';
import { pickOne } from '../ui/quickPick';
import { t } from '../ui/words';
import { selected, type MenuItem, type RunChooser } from './chooseRuns';
import { chosenCheckpoints } from './chosenCheckpoints';
import type { CheckpointPicker } from './pickCheckpoints';

export interface CompareServices {
  runs: Runs;
  chooser: RunChooser;
  picker: CheckpointPicker;
  bases: BaseChooser;
  show: (pair: Sides) => void;
}

/** Makes the command. Menus call it with the item under the pointer and the whole selection. */
export function compare(
  services: CompareServices,
): (item?: MenuItem, selection?: readonly MenuItem[]) => Promise<void> {
  const { runs, show } = services;
  return async (item, selection) => {
    const items = item ? selected(item, selection) : [];
    const chosenRuns = items.flatMap((each) => runOf(runs, each) ?? []);
    const others = items.filter((each) => !runOf(runs, each)).flatMap(urisOf);
    if (items.length > 2 || (chosenRuns.length > 0 && others.length > 0)) {
      void tell('information', t('Select two checkpoints, or two training runs.'));
      return;
    }
    const byRuns = chosenRuns.length > 0 || (items.length === 0 && (await wantsRuns(runs)));
    if (byRuns === undefined) return;
    const pair = byRuns ? await pairOfRuns(services, chosenRuns) : await pairOfCheckpoints(services, others);
    if (pair) show(pair);
  };
}

const runOf = (runs: Runs, item: MenuItem): ListedRun | undefined =>
  item instanceof vscode.Uri
    ? runs.list.find(({ path }) => path === item.fsPath)
    : item.kind === 'run'
      ? runs.get(item.id)
      : undefined;

const urisOf = (item: MenuItem): vscode.Uri[] =>
  item instanceof vscode.Uri ? [item] : 'path' in item ? [uriOf(item.path)] : [];

/** Undefined when the user cancels. */
async function wantsRuns({ list }: Runs): Promise<boolean | undefined> {
  if (list.filter(({ saved }) => !saved).length < 2) return false;
  const rows = [
    { label: t('Two checkpoints'), value: false },
    { label: t('Two training runs'), detail: t('at the steps that both have'), value: true },
  ];
  return pickOne(rows, { title: t('Compare') });
}

async function pairOfCheckpoints(
  { picker, bases }: CompareServices,
  uris: readonly vscode.Uri[],
): Promise<Sides | undefined> {
  const words = {
    title: t('Compare'),
    placeholder:
      uris.length === 1
        ? t('The checkpoint to compare with')
        : t('Two checkpoints; differences are the second minus the first'),
    button: t('Compare'),
  };
  const more = uris.length === 2 ? [] : await picker.pick(words);
  const all = [...uris, ...more];
  if (uris.length < 2 && more.length === 0) return undefined;
  const found = await chosenCheckpoints(all[0], all, picker, words);
  const [a, b] = nameCheckpoints(found.map(({ path }) => path));
  if (!a || !b || found.length > 2) {
    void tell('information', t('Select two checkpoints, or two training runs.'));
    return undefined;
  }
  if (!(await bases.settle([[a.path], [b.path]]))) return undefined;
  const [first, second] = uris.length === 1 ? [a, b] : inOrder(a, b);
  return { kind: 'checkpoints', sides: [first, second] };
}

async function pairOfRuns(
  { chooser, bases }: CompareServices,
  chosen: readonly ListedRun[],
): Promise<Sides | undefined> {
  const runs = [...chosen];
  while (runs.length < 2) {
    const more = await chooser.pickAnother(
      runs.map(({ id }) => id),
      t('Compare'),
    );
    if (!more) return undefined;
    runs.push(more);
  }
  const saved = runs.find(({ saved: results }) => results);
  if (saved) {
    void tell('information', t('{0} has only saved results, with no checkpoints to compare.', saved.name));
    return undefined;
  }
  const groups = runs.map(({ checkpoints }) => checkpoints.map(({ path }) => path));
  if (!(await bases.settle(groups))) return undefined;
  const [a, b] = chosen.length === 1 ? (runs as [ListedRun, ListedRun]) : inOrder(runs[0]!, runs[1]!);
  return { kind: 'runs', sides: [a, b] };
}

/** In the natural order: `step64` before `step4000`. The page has a button for the other order. */
function inOrder<T extends { path: string }>(a: T, b: T): [T, T] {
  const compared = a.path.localeCompare(b.path, 'en', { numeric: true });
  return compared <= 0 ? [a, b] : [b, a];
}
