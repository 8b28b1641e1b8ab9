/** The commands on training runs and on their checkpoints, from the tree, the explorer and the palette. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import { groupBy } from '../../core/groupBy';
import { baselineChoiceSchema, type BaselineChoice } from '../../protocol/run';
import { canonicalJson, isRemote } from '../../protocol/subject';
import { integer } from '../../protocol/format';
import type { RunView } from '../../protocol/trends';
import { COMMANDS } from '../ids';
import type { RunsContext } from '../panels/runsSession';
import type { Runs } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import type { Linked } from '../links';
import { copyText } from '../ui/clipboard';
import { tell } from '../ui/messages';
import { pickOne, type Row } from '../ui/quickPick';
import { registerCommand } from '../ui/registering';
import { t } from '../ui/words';
import type { CheckpointNode, GroupNode, TreeNode } from '../views/runsTree';
import { selected, type MenuItem, type RunChooser } from './chooseRuns';

export interface RunCommandServices extends RunsContext {
  chooser: RunChooser;
  refresh: () => Promise<void>;
  openRuns: (view: RunView, runs: readonly string[]) => void;
  /** Whether a page that is seen shows all of these runs. */
  seesRuns: (runs: readonly string[]) => boolean;
  /** Whether the Trends panel opens when a run is analyzed. */
  opensTrends: () => boolean;
  pickMetrics: (run: ListedRun) => Promise<void>;
  openCheckpoints: (paths: readonly string[]) => Promise<void>;
  inspectCheckpoint: (path: string) => Promise<void>;
  /** The rows of the tree that a key is about. */
  rowsAtKey: () => Promise<readonly TreeNode[]>;
  linkTo: (kind: Linked, path: string) => string;
}

type Command = (item?: MenuItem, selection?: readonly MenuItem[]) => unknown;

/** What keys in the tree hand over, as package.json has it. */
const KEY = v.object({ row: v.literal('focused') });

/** Registers them all. */
export function registerRunCommands(services: RunCommandServices): vscode.Disposable[] {
  const { actions, scheduler, chooser, refresh, openRuns } = services;
  const open =
    (view: RunView, title: string): Command =>
    async (item, selection) => {
      const ids = (await chooser.choose(item, selection, title)).map(({ id }) => id);
      if (ids.length > 0) openRuns(view, ids);
    };

  /** Called by a key, a command is about rows of the tree. */
  const atKey =
    (command: Command) =>
    async (item?: unknown, selection?: readonly MenuItem[]): Promise<void> => {
      if (!v.is(KEY, item)) await command(item as MenuItem | undefined, selection);
      else {
        const rows = await services.rowsAtKey();
        await command(rows[0], rows);
      }
    };

  const commands: Record<string, Command> = {
    [COMMANDS.analyzeRun]: async (item, selection) => {
      const hasCheckpoints = ({ saved }: ListedRun): boolean => !saved;
      await analyzeRuns(services, await chooser.choose(item, selection, t('Analyze Run'), hasCheckpoints));
    },
    [COMMANDS.pickMetrics]: async (item, selection) => {
      const hasFiles = ({ saved, remote }: ListedRun): boolean => !saved && !remote;
      const title = t('Choose Metric Files');
      const [run] = await chooser.choose(item, selection, title, hasFiles);
      if (run) await services.pickMetrics(run);
    },
    [COMMANDS.copyLink]: atKey(async (item, selection) => {
      const links = linksOf(services, item, selection);
      if (links.length > 0) await copyText(links.join('\n'));
      else if (item) await tell('information', t('Links are to runs and checkpoints on this machine alone.'));
    }),
    [COMMANDS.openTrends]: atKey(open('trends', t('Open Trends'))),
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
    [COMMANDS.openSpectrum]: (item, selection) => services.openCheckpoints(pathsAmong(item, selection)),
    [COMMANDS.inspectInTree]: async (item, selection) => {
      for (const path of pathsAmong(item, selection)) await services.inspectCheckpoint(path);
    },
    [COMMANDS.copyPath]: atKey(async (item, selection) => {
      await copyText(placesOf(services, item, selection).join('\n'));
    }),
    [COMMANDS.reveal]: atKey(async (item, selection) => {
      const [path] = placesOf(services, item, selection);
      if (path !== undefined && isRemote(path)) await tell('information', t('This run is remote: {0}', path));
      else if (path !== undefined)
        await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(path));
    }),
    [COMMANDS.cancelAnalysis]: (item, selection) => {
      actions.cancel(nodesOf(item, selection).flatMap((node) => pathsOf(services, node)));
    },
    [COMMANDS.cancelAll]: () => {
      scheduler.cancel();
    },
    [COMMANDS.setBaseline]: (item) => setBaseline(services, item),
    [COMMANDS.useAsBaseline]: (item) => setBaseline(services, stepOf(services.runs, item) ?? item),
    [COMMANDS.refreshRuns]: refresh,
  };
  return Object.entries(commands).map(([id, command]) => registerCommand(id, command));
}

/** Analyzes runs and answers: with their panel, and, where that is not seen at the end, with a message. */
async function analyzeRuns(services: RunCommandServices, chosen: readonly ListedRun[]): Promise<void> {
  const { runs, actions, openRuns, seesRuns, opensTrends } = services;
  if (chosen.length === 0) return;
  const ids = chosen.map(({ id }) => id);
  if (opensTrends()) openRuns('trends', ids);
  await actions.analyzeRuns(chosen);
  const missing = chosen.flatMap((run) => runs.toAnalyze(run)).length;
  // What failed or was stopped is reported as such.
  if (missing > 0 || seesRuns(ids)) return;
  const count = chosen.flatMap(({ checkpoints }) => checkpoints).length;
  const open = t('Open Trends');
  const names = chosen.map(({ name }) => name).join(', ');
  const message = t('{0}: all {1} checkpoints are analyzed.', names, integer(count));
  if ((await tell('information', message, open)) === open) openRuns('trends', ids);
}

/** What is given, as by a keybinding of the user's; else what the user picks. */
async function setBaseline(
  { runs, choices, actions }: RunCommandServices,
  item: MenuItem | BaselineChoice | undefined,
): Promise<void> {
  const choice = v.is(baselineChoiceSchema, item) ? item : await pickBaseline(runs.list, choices.baseline);
  if (!choice) return;
  await choices.setBaseline(choice);
  await actions.analyzeBaselines(runs.list);
}

function stepOf(runs: Runs, item: MenuItem | undefined): BaselineChoice | undefined {
  const [node] = checkpointsOf(item, undefined);
  const step = node && runs.checkpoint(node.run.id, node.path)?.step;
  return typeof step === 'number' ? { kind: 'step', step } : undefined;
}

async function pickBaseline(
  runs: readonly ListedRun[],
  current: BaselineChoice,
): Promise<BaselineChoice | undefined> {
  const steps = new Set(runs.flatMap(({ checkpoints }) => checkpoints.flatMap(({ step }) => step ?? [])));
  const rows: Row<BaselineChoice>[] = [
    { label: t('First checkpoint'), detail: t('of each run'), value: { kind: 'first' } },
    {
      label: t('Synthetic step 0'),
      detail: t("weights drawn from the architecture's documented initializer"),
      value: { kind: 'init' },
    },
    {
      label: t('Random Gaussian, matched to the first checkpoint'),
      detail: t('weights drawn with the mean and deviation of each of its tensors'),
      value: { kind: 'gaussian' },
    },
    ...[...steps]
      .sort((a, b) => a - b)
      .map((step): Row<BaselineChoice> => ({
        label: t('Step {0}', integer(step)),
        value: { kind: 'step', step },
      })),
  ];
  const marked = rows.map((row) =>
    canonicalJson(row.value) === canonicalJson(current) ? { ...row, description: t('current') } : row,
  );
  return pickOne(marked, { title: t('Baseline of Emergence') });
}

/** What lies somewhere. */
type PlacedNode = Exclude<TreeNode, GroupNode>;

function pathsOf({ runs }: RunCommandServices, node: PlacedNode): string[] {
  return node.kind !== 'run' ? [node.path] : (runs.get(node.id)?.checkpoints ?? []).map(({ path }) => path);
}

function checkpointsOf(
  item: MenuItem | undefined,
  selection: readonly MenuItem[] | undefined,
): CheckpointNode[] {
  return nodesOf(item, selection).filter((node) => node.kind === 'checkpoint');
}

/** Checkpoints of runs, and those beside them. */
const pathsAmong = (item: MenuItem | undefined, selection: readonly MenuItem[] | undefined): string[] =>
  nodesOf(item, selection).flatMap((node) => (node.kind === 'run' ? [] : [node.path]));

/** Where rows lie. */
const placesOf = (
  { runs }: RunCommandServices,
  item: MenuItem | undefined,
  selection: readonly MenuItem[] | undefined,
): string[] =>
  nodesOf(item, selection).flatMap((node) =>
    node.kind === 'run' ? (runs.get(node.id)?.path ?? []) : [node.path],
  );

/** Links to rows of the tree, or to what is selected in the explorer. */
function linksOf(
  services: RunCommandServices,
  item: MenuItem | undefined,
  selection: readonly MenuItem[] | undefined,
): string[] {
  const { runs, linkTo } = services;
  const all = item ? selected(item, selection) : [];
  const files = all.flatMap((each) => (each instanceof vscode.Uri ? [each.fsPath] : []));
  return [
    ...files.map((path) => linkTo(runs.list.some((run) => run.path === path) ? 'run' : 'checkpoint', path)),
    ...nodesOf(item, selection).flatMap((node) => {
      // A link never names an address: whoever follows it has not typed it.
      if (node.kind !== 'run') return isRemote(node.path) ? [] : [linkTo('checkpoint', node.path)];
      const run = runs.get(node.id);
      return run && !run.saved && !run.remote ? [linkTo('run', run.path)] : [];
    }),
  ];
}

function nodesOf(item: MenuItem | undefined, selection: readonly MenuItem[] | undefined): PlacedNode[] {
  if (!item) return [];
  return selected(item, selection).filter(
    (each): each is PlacedNode => 'kind' in each && each.kind !== 'group',
  );
}
