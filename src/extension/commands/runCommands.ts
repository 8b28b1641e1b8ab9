/** The commands on training runs and on their checkpoints, from the tree, the explorer and the palette. */
import * as v from 'valibot';
import type * as vscode from 'vscode';
import { groupBy } from '../../core/groupBy';
import { baselineChoiceSchema, type BaselineChoice } from '../../protocol/run';
import type { RunView } from '../../protocol/trends';
import { COMMANDS } from '../ids';
import type { RunsContext } from '../panels/runsSession';
import type { ListedRun, Runs } from '../runs/runs';
import { pickOne, type Row } from '../ui/quickPick';
import { registerCommand } from '../ui/registering';
import { t } from '../ui/words';
import type { CheckpointNode, HeldNode, TreeNode } from '../views/runsTree';
import { selected, type MenuItem, type RunChooser } from './chooseRuns';

export interface RunCommandServices extends RunsContext {
  chooser: RunChooser;
  refresh: () => Promise<void>;
  openRuns: (view: RunView, runs: readonly string[]) => void;
  openCheckpoints: (paths: readonly string[]) => Promise<void>;
}

type Command = (item?: MenuItem, selection?: readonly MenuItem[]) => unknown;

/** Registers them all. */
export function registerRunCommands(services: RunCommandServices): vscode.Disposable[] {
  const { actions, scheduler, chooser, refresh, openRuns } = services;
  const open =
    (view: RunView, title: string): Command =>
    async (item, selection) => {
      const ids = (await chooser.choose(item, selection, title)).map(({ id }) => id);
      if (ids.length > 0) openRuns(view, ids);
    };

  const commands: Record<string, Command> = {
    [COMMANDS.analyzeRun]: async (item, selection) => {
      const hasCheckpoints = ({ saved }: ListedRun): boolean => !saved;
      await actions.analyzeRuns(await chooser.choose(item, selection, t('Analyze Run'), hasCheckpoints));
    },
    [COMMANDS.openTrends]: open('trends', t('Open Trends')),
    [COMMANDS.openEmergence]: open('emergence', t('Open Emergence')),
    [COMMANDS.analyzeInRun]: async (item, selection) => {
      const checkpoints = checkpointsOf(item, selection);
      const byRun = groupBy(checkpoints, ({ run }) => services.runs.get(run.id));
      const analyses = [...byRun].map(async ([run, nodes]) => {
        const paths = nodes.map(({ path }) => path);
        if (run) await actions.analyzeCheckpoints(run, paths);
      });
      await Promise.all(analyses);
    },
    [COMMANDS.openSpectrum]: (item, selection) =>
      services.openCheckpoints(checkpointsOf(item, selection).map(({ path }) => path)),
    [COMMANDS.cancelAnalysis]: (item, selection) => {
      actions.cancel(nodesOf(item, selection).flatMap((node) => pathsOf(services, node)));
    },
    [COMMANDS.cancelAll]: () => {
      scheduler.cancel();
    },
    [COMMANDS.setBaseline]: (item) => setBaseline(services, item),
    [COMMANDS.refreshRuns]: refresh,
  };
  return Object.entries(commands).map(([id, command]) => registerCommand(id, command));
}

/** On a checkpoint: its step. From a keybinding: what its arguments say. Else what the user picks. */
async function setBaseline(
  { runs, choices, actions }: RunCommandServices,
  item: MenuItem | BaselineChoice | undefined,
): Promise<void> {
  const choice = v.is(baselineChoiceSchema, item)
    ? item
    : (stepOf(runs, item) ?? (await pickBaseline(runs.list)));
  if (!choice) return;
  await choices.setBaseline(choice);
  await actions.analyzeBaselines(runs.list);
}

function stepOf(runs: Runs, item: MenuItem | undefined): BaselineChoice | undefined {
  const [node] = checkpointsOf(item, undefined);
  const step = node && runs.checkpoint(node.run.id, node.path)?.step;
  return typeof step === 'number' ? { kind: 'step', step } : undefined;
}

async function pickBaseline(runs: readonly ListedRun[]): Promise<BaselineChoice | undefined> {
  const steps = new Set(runs.flatMap(({ checkpoints }) => checkpoints.flatMap(({ step }) => step ?? [])));
  const rows: Row<BaselineChoice>[] = [
    { label: t('First checkpoint'), detail: t('of each run'), value: { kind: 'first' } },
    {
      label: t('Synthetic step 0'),
      detail: t("weights drawn from the architecture's documented initializer"),
      value: { kind: 'init' },
    },
    {
      label: t('Gaussian of the First Checkpoint'),
      detail: t('weights drawn with the mean and deviation of each of its tensors'),
      value: { kind: 'gaussian' },
    },
    ...[...steps]
      .sort((a, b) => a - b)
      .map((step): Row<BaselineChoice> => ({ label: t('Step {0}', step), value: { kind: 'step', step } })),
  ];
  return pickOne(rows, { title: t('Baseline of Emergence') });
}

/** What can be analyzed. */
type ReadNode = Exclude<TreeNode, HeldNode>;

function pathsOf({ runs }: RunCommandServices, node: ReadNode): string[] {
  return node.kind === 'checkpoint'
    ? [node.path]
    : (runs.get(node.id)?.checkpoints ?? []).map(({ path }) => path);
}

function checkpointsOf(
  item: MenuItem | undefined,
  selection: readonly MenuItem[] | undefined,
): CheckpointNode[] {
  return nodesOf(item, selection).filter((node) => node.kind === 'checkpoint');
}

function nodesOf(item: MenuItem | undefined, selection: readonly MenuItem[] | undefined): ReadNode[] {
  if (!item) return [];
  return selected(item, selection).filter((each): each is ReadNode => 'kind' in each && each.kind !== 'held');
}
