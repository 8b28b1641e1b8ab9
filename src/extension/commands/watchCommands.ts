/**
 * "Watch Run" and "Stop Watching", from the tree, the explorer, the palette and the panels, and the messages of
 * watching.
 */
import { checkpointCount } from '../../protocol/counts';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { needsNulls } from '../../core/run/alerts';
import { alertText } from '../../protocol/alerts';
import { integer } from '../../protocol/format';
import { COMMANDS, CONTEXT_KEYS } from '../ids';
import type { Runs } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import { chooseFolder } from '../ui/dialogs';
import { tell } from '../ui/messages';
import { pickMany, type Row } from '../ui/quickPick';
import { registerCommand } from '../ui/registering';
import { t, thrownText } from '../ui/words';
import type { WatchedRun, WatchedRuns } from '../watch/watchedRuns';
import type { Watcher, WatcherServices, WatchSettings } from '../watch/watcher';
import type { MenuItem, RunChooser } from './chooseRuns';

export interface WatchCommandServices {
  runs: Pick<Runs, 'list'>;
  /** Settles when the workspace has been searched for the first time. */
  found: Promise<unknown>;
  chooser: Pick<RunChooser, 'choose'>;
  watched: WatchedRuns;
  watcher: Pick<Watcher, 'start' | 'stop'>;
  settings: () => WatchSettings;
  /** Whether null models are drawn. */
  nulls: () => boolean;
  /** Whether the settings of runs analyze earlier checkpoints again. */
  refined: () => boolean;
  /** Asks for the bases of low-rank adapters. @returns whether to continue. */
  settleBases: (groups: readonly (readonly string[])[]) => Promise<boolean>;
  openTrends: (runs: readonly string[]) => void;
  /** Whether the Trends panel opens when a run is watched. */
  opensTrends: () => boolean;
}

export class WatchCommands {
  constructor(private readonly services: WatchCommandServices) {
    this.#publish();
    services.watched.onChange(() => {
      this.#publish();
    });
  }

  register(): vscode.Disposable[] {
    return [
      registerCommand(COMMANDS.watchRun, (item?: MenuItem, selection?: readonly MenuItem[]) =>
        item ? this.#watchAt(item, selection) : this.#pickToWatch(),
      ),
      registerCommand(COMMANDS.stopWatching, (item?: MenuItem, selection?: readonly MenuItem[]) =>
        item ? this.#stopAt(item, selection) : this.#pickToStop(),
      ),
    ];
  }

  /** Watches runs from now on. */
  async watch(runs: readonly ListedRun[]): Promise<void> {
    const { watched, watcher, settleBases, opensTrends, openTrends } = this.services;
    const all = runs.filter(({ saved, remote }) => !saved && !remote);
    if (all.length === 0) return;
    if (!(await settleBases(all.map(({ checkpoints }) => checkpoints.map(({ path }) => path))))) return;
    for (const { id, name: runName, path: folder, orderedBy } of all)
      await watched.start({ id, runName, folder, orderedBy });
    this.#caution();
    watcher.start();
    if (opensTrends()) openTrends(all.map(({ id }) => id));
  }

  /** Stops watching runs. */
  async stop(runs: readonly { id: string }[]): Promise<void> {
    const ids = new Set(runs.map(({ id }) => id));
    await this.#stop(this.services.watched.active.filter(({ id }) => id !== null && ids.has(id)));
  }

  /** For the watcher: shows alarming facts about a checkpoint. Does not wait for the user. */
  readonly alert: WatcherServices['alert'] = (watched, { step, checkpoint }, alerts) => {
    const place = step === null ? checkpoint.name : t('step {0}', integer(step));
    const [first, ...more] = alerts.map((alert) => alertText(alert, t));
    const words = [first!, ...more].join('; ');
    void this.#ask('warning', t('Watched run {0}, {1}: {2}.', watched.runName, place, words), watched);
  };

  /** For the watcher: shows what cannot be watched or analyzed. It waits silently for what does not exist yet. */
  readonly warn: WatcherServices['warn'] = (watched, reason) => {
    if (reason.code !== 'missing') void this.#ask('warning', thrownText(reason), watched);
  };

  async #ask(severity: 'warning' | 'information', message: string, watched: WatchedRun): Promise<void> {
    const [open, stop] = [t('Open Trends'), t('Stop Watching')];
    const choice = await tell(severity, message, ...(watched.id === null ? [stop] : [open, stop]));
    if (choice === open && watched.id !== null) this.services.openTrends([watched.id]);
    if (choice === stop) await this.#stop([watched]);
  }

  async #stop(all: readonly WatchedRun[]): Promise<void> {
    for (const each of all) await this.services.watcher.stop(each);
  }

  async #watchAt(item: MenuItem, selection: readonly MenuItem[] | undefined): Promise<void> {
    await this.services.found;
    const runs = await this.services.chooser.choose(item, selection, t('Watch Run'));
    if (runs.length > 0) await this.watch(runs);
    else if (item instanceof vscode.Uri) await this.#watchFolder(item.fsPath);
  }

  async #pickToWatch(): Promise<void> {
    const { found, runs, watched } = this.services;
    await found;
    const active = new Set(watched.active.map(({ id }) => id));
    const rows: Row<ListedRun | null>[] = [
      ...runs.list
        .filter(({ id, saved, remote }) => !saved && !remote && !active.has(id))
        .map((run) => ({
          label: run.name,
          description: vscode.workspace.asRelativePath(run.path),
          detail: checkpointCount(run.checkpoints.length, t),
          value: run,
        })),
      { label: t('Another folder…'), detail: t('For a run that has not started yet.'), value: null },
    ];
    const chosen = await pickMany(rows, { title: t('Watch Run') });
    if (!chosen) return;
    await this.watch(chosen.filter((run) => run !== null));
    if (!chosen.includes(null)) return;
    const folder = await chooseFolder({ title: t('Folder of a Training Run'), button: t('Watch') });
    if (folder) await this.#watchFolder(folder.fsPath);
  }

  /** Watches a folder that does not contain a run yet. */
  async #watchFolder(folder: string): Promise<void> {
    const { watched, watcher } = this.services;
    await watched.start({ id: null, runName: basename(folder), folder, orderedBy: 'step' });
    this.#caution();
    watcher.start();
  }

  async #stopAt(item: MenuItem, selection: readonly MenuItem[] | undefined): Promise<void> {
    await this.stop(await this.services.chooser.choose(item, selection, t('Stop Watching')));
  }

  async #pickToStop(): Promise<void> {
    const { active } = this.services.watched;
    const rows = active.map((each): Row<WatchedRun> => ({
      label: each.runName,
      description: vscode.workspace.asRelativePath(each.folder),
      value: each,
    }));
    const chosen = active.length > 1 ? await pickMany(rows, { title: t('Stop Watching') }) : active;
    await this.#stop(chosen ?? []);
  }

  /** Warns about what is requested and cannot be computed. */
  #caution(): void {
    const { settings, nulls, refined } = this.services;
    try {
      if (needsNulls(settings().bands) && !nulls())
        void tell('warning', t('Alerts on w beyond chance need null models: turn them on above the charts.'));
    } catch (error) {
      void tell('warning', thrownText(error));
    }
    if (refined())
      void tell(
        'information',
        t(
          'Fixed radii, common neurons and automatic samples need every checkpoint again. Once the trainer has deleted one, the run is shown without them.',
        ),
      );
  }

  #publish(): void {
    const { active } = this.services.watched;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.watching, active.length > 0);
  }
}
