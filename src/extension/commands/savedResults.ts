/** Results as files: exported from runs, imported as runs, and the sample that comes with the extension. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { writeResults } from '../../core/store/resultsFile';
import { COMMANDS } from '../ids';
import { FileSaver } from '../panels/fileSaver';
import type { Runs } from '../runs/runs';
import type { SavedRuns } from '../runs/savedRuns';
import type { FailureReport } from '../services/failureReport';
import { chooseFiles } from '../ui/dialogs';
import type { EditorLog } from '../ui/log';
import { tell } from '../ui/messages';
import { registerCommand } from '../ui/registering';
import { t } from '../ui/words';
import type { MenuItem, RunChooser } from './chooseRuns';

/** Results of the sample run, compressed by the build. */
const SAMPLE = ['dist', 'sample-run.json.br'];

export class SavedResultsCommands {
  readonly #saver: FileSaver;

  constructor(
    private readonly runs: Runs,
    private readonly saved: SavedRuns,
    private readonly chooser: RunChooser,
    private readonly failures: FailureReport,
    private readonly openTrends: (ids: readonly string[]) => void,
    private readonly extensionUri: vscode.Uri,
    log: EditorLog,
  ) {
    this.#saver = new FileSaver(t('Export Results'), homedir, log);
  }

  /** Registers them all. */
  register(): vscode.Disposable[] {
    const commands = {
      [COMMANDS.exportResults]: (item?: MenuItem, selection?: readonly MenuItem[]) =>
        this.export(item, selection),
      [COMMANDS.importResults]: () => this.import(),
      [COMMANDS.openSampleRun]: () => this.openSample(),
      [COMMANDS.closeSavedResults]: (item?: MenuItem, selection?: readonly MenuItem[]) =>
        this.close(item, selection),
    };
    return Object.entries(commands).map(([id, command]) => registerCommand(id, command));
  }

  /** Writes the results of runs to files, one for each run. */
  async export(item?: MenuItem, selection?: readonly MenuItem[]): Promise<void> {
    for (const run of await this.chooser.choose(item, selection, t('Export Results'))) {
      await this.runs.load(run.id);
      await this.#orReport(async () => {
        const results = await this.runs.resultsToSave(run);
        if (results) await this.#saver.save(`${run.name}.neuromfa.json`, 'json', writeResults(results));
        else void tell('information', t('{0} has no results yet: analyze it first.', run.name));
      });
    }
  }

  /** Asks for files of results, and shows them as runs. */
  async import(): Promise<void> {
    const files = await chooseFiles({
      title: t('Import Results'),
      button: t('Import'),
      several: true,
      kind: { label: t('NeuroMFA results'), extensions: ['json'] },
    });
    await this.#open(files);
  }

  /** Shows the results of a small run, for users without checkpoints at hand. */
  async openSample(): Promise<void> {
    const { fsPath } = vscode.Uri.joinPath(this.extensionUri, ...SAMPLE);
    await this.#openAll([() => this.saved.importPacked(fsPath)]);
  }

  /** Forgets runs of saved results. */
  async close(item?: MenuItem, selection?: readonly MenuItem[]): Promise<void> {
    const isSaved = ({ saved }: { saved?: unknown }): boolean => saved !== undefined;
    const chosen = await this.chooser.choose(
      item,
      selection,
      t('Close Saved Results'),
      isSaved,
      t('No saved results are open.'),
    );
    for (const { id } of chosen) await this.saved.remove(id);
  }

  async #open(files: readonly vscode.Uri[]): Promise<void> {
    await this.#openAll(
      files.map(
        ({ fsPath }) =>
          () =>
            this.saved.import(fsPath),
      ),
    );
  }

  async #openAll(imports: readonly (() => Promise<string>)[]): Promise<void> {
    const ids: string[] = [];
    for (const one of imports) await this.#orReport(async () => ids.push(await one()));
    if (ids.length > 0) this.openTrends(ids);
  }

  async #orReport(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures.showRefusal(error);
    }
  }
}
