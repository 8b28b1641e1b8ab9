/** "Run on Slurm…", the logs of its tasks, and the question when nobody waits for them any more. */
import * as vscode from 'vscode';
import { integer } from '../../protocol/format';
import { COMMANDS, CONTEXT_KEYS } from '../ids';
import type { Runs } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import type { Elsewhere } from '../services/elsewhere';
import type { Analyses, Target } from '../services/analyses';
import type { Findings } from '../runs/findings';
import type { RunActions } from '../runs/actions';
import { confirm, tell } from '../ui/messages';
import { pickOne, type Row } from '../ui/quickPick';
import { registerCommand } from '../ui/registering';
import { t } from '../ui/words';
import type { MenuItem, RunChooser } from './chooseRuns';

export interface SlurmServices {
  runs: Pick<Runs, 'toAnalyze'>;
  actions: Pick<RunActions, 'analyzeRuns'>;
  findings: Pick<Findings, 'asks'>;
  analyses: Pick<Analyses, 'jobOf'>;
  elsewhere: Elsewhere;
  chooser: Pick<RunChooser, 'choose'>;
  /** Names of partitions, the default one first; empty where there is no Slurm. */
  partitions: () => Promise<string[]>;
}

/** Registers the commands, and makes them visible where there is a Slurm. */
export function registerSlurmCommands(services: SlurmServices): vscode.Disposable[] {
  void services.partitions().then((found) => {
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.slurm, found.length > 0);
  });
  return [
    registerCommand(COMMANDS.runOnSlurm, (item?: MenuItem, selection?: readonly MenuItem[]) =>
      runOnSlurm(services, item, selection),
    ),
    registerCommand(COMMANDS.openTaskLog, async (item?: MenuItem) => {
      const path = item && 'path' in item ? await services.elsewhere.logOf(item.path) : null;
      if (path !== null) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path));
      else await tell('information', t('This checkpoint has no log of a task.'));
    }),
  ];
}

async function runOnSlurm(
  { runs, actions, findings, analyses, elsewhere, chooser, partitions }: SlurmServices,
  item?: MenuItem,
  selection?: readonly MenuItem[],
): Promise<void> {
  const title = t('Run on Slurm');
  const chosen = await chooser.choose(item, selection, title, ({ saved }: ListedRun) => !saved);
  const settings = findings.asks;
  if (chosen.length === 0 || !settings) return;
  const found = await partitions();
  if (found.length === 0) {
    await tell('error', t('There is no Slurm on this machine: its program sbatch is not found.'));
    return;
  }
  const rows = found.map((name, i): Row<string> => ({
    label: name,
    ...(i === 0 && { detail: t('the default partition') }),
    value: name,
  }));
  const partition = await pickOne(rows, { title: t('Partition of Slurm') });
  if (partition === undefined) return;
  const targets = chosen.flatMap((run): Target[] => runs.toAnalyze(run));
  elsewhere.choose(
    targets.map((target) => analyses.jobOf(target, settings)),
    [`--partition=${partition}`],
  );
  await actions.analyzeRuns(chosen);
}

/** Asks whether to end the tasks of analyses that were canceled here. */
export function askToEnd(count: number): Promise<boolean> {
  return confirm({
    message:
      count === 1
        ? t('End the task of 1 analysis on Slurm, too?')
        : t('End the tasks of {0} analyses on Slurm, too?', integer(count)),
    detail: t('Otherwise they continue, and their results are picked up when the run is analyzed again.'),
    button: t('End on Slurm'),
  });
}
