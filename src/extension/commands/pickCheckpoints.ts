/** The palette's picker: the workspace's checkpoints, listed at once, described as their headers are read. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { checkpointName } from '../../core/checkpoint/name';
import { errorData } from '../../protocol/errors';
import { forEachBounded } from '../concurrency';
import { formatBytes, formatCount } from '../format';
import type { Analyses } from '../services/analyses';
import type { Discovery } from '../services/discovery';

/** Headers read at a time: enough to hide the latency of a disk, few enough to leave the workers free. */
const INSPECTIONS_AT_A_TIME = 4;

/** Rows are replaced as a whole: not for every header that has been read. */
const REDRAW_MS = 100;

interface Row extends vscode.QuickPickItem {
  /** Absent for "Choose a file…". */
  path?: string;
}

export class CheckpointPicker {
  constructor(
    private readonly discovery: Discovery,
    private readonly analyses: Analyses,
  ) {}

  /** Asks which checkpoints to analyze; none when the user backs out. */
  async pick(): Promise<readonly vscode.Uri[]> {
    const chosen = await this.#pickFromWorkspace();
    return chosen === 'other' ? await chooseFiles() : chosen;
  }

  async #pickFromWorkspace(): Promise<vscode.Uri[] | 'other'> {
    const chooseFile: Row = {
      label: `$(folder-opened) ${vscode.l10n.t('Choose a file…')}`,
      alwaysShow: true,
    };
    const quickPick = vscode.window.createQuickPick<Row>();
    quickPick.canSelectMany = true;
    quickPick.matchOnDescription = true;
    quickPick.matchOnDetail = true;
    quickPick.keepScrollPosition = true;
    quickPick.title = vscode.l10n.t('Analyze Checkpoint');
    quickPick.placeholder = vscode.l10n.t('Checkpoints to analyze; several are shown in one panel');
    quickPick.busy = true;
    const closed = new AbortController();
    try {
      return await new Promise<vscode.Uri[] | 'other'>((resolve, reject) => {
        quickPick.onDidChangeSelection((rows) => {
          // It opens a dialog of its own: nothing is gained by ticking it first.
          if (rows.includes(chooseFile)) resolve('other');
        });
        quickPick.onDidAccept(() => {
          const rows = quickPick.selectedItems.length > 0 ? quickPick.selectedItems : quickPick.activeItems;
          resolve(
            rows.includes(chooseFile)
              ? 'other'
              : rows.flatMap(({ path }) => (path ? vscode.Uri.file(path) : [])),
          );
        });
        quickPick.onDidHide(() => {
          resolve([]);
        });
        quickPick.show();
        this.#fill(quickPick, chooseFile, closed.signal).catch(reject);
      });
    } finally {
      closed.abort();
      quickPick.dispose();
    }
  }

  async #fill(quickPick: vscode.QuickPick<Row>, chooseFile: Row, signal: AbortSignal): Promise<void> {
    await this.discovery.refresh();
    const rows = this.discovery.checkpoints.map((path): Row & { path: string } => ({
      label: checkpointName(path),
      description: vscode.workspace.asRelativePath(path),
      path,
    }));
    if (rows.length === 0) quickPick.placeholder = vscode.l10n.t('This workspace holds no checkpoints');
    // The same row objects are shown again with more in them, so what is ticked stays ticked.
    const draw = (): void => {
      if (signal.aborted) return;
      const { selectedItems, activeItems } = quickPick;
      quickPick.items = [...rows, chooseFile];
      quickPick.selectedItems = selectedItems;
      if (activeItems.length > 0) quickPick.activeItems = activeItems;
    };
    draw();
    const timer = setInterval(draw, REDRAW_MS);
    try {
      await forEachBounded(rows, INSPECTIONS_AT_A_TIME, async (row) => {
        if (!signal.aborted) row.detail = await this.#describe(row.path, signal);
      });
    } finally {
      clearInterval(timer);
    }
    draw();
    quickPick.busy = false;
  }

  /** "2.5 MB · gpt_neox · step 4000 · 1.2 M parameters", or why it cannot be read. */
  async #describe(path: string, signal: AbortSignal): Promise<string> {
    try {
      const { checkpoint } = await this.analyses.inspect(path, { signal });
      return [
        formatBytes(checkpoint.bytes),
        checkpoint.architecture,
        ...(checkpoint.step === null ? [] : [vscode.l10n.t('step {0}', checkpoint.step)]),
        vscode.l10n.t('{0} parameters', formatCount(checkpoint.parameters)),
      ].join(' · ');
    } catch (error) {
      const size = await stat(path).then(
        ({ size: bytes }) => [formatBytes(bytes)],
        () => [],
      );
      return [...size, `$(warning) ${errorData(error, path).cause}`].join(' · ');
    }
  }
}

async function chooseFiles(): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Analyze Checkpoint'),
    openLabel: vscode.l10n.t('Analyze'),
    defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir()),
    canSelectMany: true,
    filters: { [vscode.l10n.t('Checkpoints')]: ['safetensors', 'safetensors.index.json'] },
  });
  return chosen ?? [];
}
