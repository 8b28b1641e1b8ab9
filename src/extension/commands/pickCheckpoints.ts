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
const REDRAW_MS = 200;

interface Row extends vscode.QuickPickItem {
  /** Absent for "Choose a file…". */
  path?: string;
}

/** What the picker is for. */
export interface PickerWords {
  title: string;
  placeholder: string;
  /** Of the file dialog. */
  button: string;
}

interface Choice {
  paths: string[];
  /** Files are to be chosen as well. */
  more: boolean;
}

export class CheckpointPicker {
  constructor(
    private readonly discovery: Discovery,
    private readonly analyses: Analyses,
  ) {}

  /** Asks which checkpoints are meant; none when the user backs out. */
  async pick(words: PickerWords): Promise<readonly vscode.Uri[]> {
    const { paths, more } = await this.#pickFromWorkspace(words);
    const files = more ? await chooseFiles(words) : [];
    // Backing out of the dialog is backing out.
    return more && files.length === 0 ? [] : [...paths.map((path) => vscode.Uri.file(path)), ...files];
  }

  async #pickFromWorkspace({ title, placeholder }: PickerWords): Promise<Choice> {
    const chooseFile: Row = {
      label: `$(folder-opened) ${vscode.l10n.t('Choose a file…')}`,
      alwaysShow: true,
    };
    const quickPick = vscode.window.createQuickPick<Row>();
    quickPick.canSelectMany = true;
    quickPick.matchOnDescription = true;
    quickPick.matchOnDetail = true;
    quickPick.keepScrollPosition = true;
    quickPick.title = title;
    quickPick.placeholder = placeholder;
    quickPick.busy = true;
    const closed = new AbortController();
    try {
      return await new Promise<Choice>((resolve, reject) => {
        const choose = (rows: readonly Row[]): void => {
          const paths = rows.flatMap(({ path }) => path ?? []);
          resolve({ paths, more: paths.length === 0 && rows.includes(chooseFile) });
        };
        quickPick.onDidChangeSelection((rows) => {
          // It opens a dialog of its own: no need to tick it first. Ticking all rows at once does not mean it.
          const all = rows.length > 1 && rows.length === quickPick.items.length;
          if (rows.includes(chooseFile) && !all) {
            resolve({ paths: rows.flatMap(({ path }) => path ?? []), more: true });
          }
        });
        quickPick.onDidAccept(() => {
          choose(quickPick.selectedItems.length > 0 ? quickPick.selectedItems : quickPick.activeItems);
        });
        quickPick.onDidHide(() => {
          choose([]);
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
      // Rows must not grow under the pointer when the details come.
      detail: vscode.l10n.t('Reading headers…'),
      path,
    }));
    if (rows.length === 0) quickPick.placeholder = vscode.l10n.t('This workspace holds no checkpoints');
    let changed = true;
    // The same row objects are shown again with more in them, so what is ticked stays ticked.
    const draw = (): void => {
      if (signal.aborted || !changed) return;
      changed = false;
      const { selectedItems, activeItems } = quickPick;
      quickPick.items = [...rows, chooseFile];
      quickPick.selectedItems = selectedItems;
      if (activeItems.length > 0) quickPick.activeItems = activeItems;
    };
    draw();
    const timer = setInterval(draw, REDRAW_MS);
    try {
      await forEachBounded(rows, INSPECTIONS_AT_A_TIME, async (row) => {
        if (signal.aborted) return;
        row.detail = await this.#describe(row.path, signal);
        changed = true;
      });
    } finally {
      clearInterval(timer);
    }
    if (signal.aborted) return;
    draw();
    quickPick.busy = false;
  }

  /** "2.5 MB · gpt_neox · step 4000 · 1.2 M parameters", or why it cannot be read. */
  async #describe(path: string, signal: AbortSignal): Promise<string> {
    try {
      const { checkpoint, fault } = await this.analyses.describe(path, { signal });
      if (fault) return `${formatBytes(checkpoint.bytes)} · $(warning) ${fault.cause}`;
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

async function chooseFiles({ title, button }: PickerWords): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: button,
    defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir()),
    canSelectMany: true,
    filters: { [vscode.l10n.t('Checkpoints')]: ['safetensors', 'json'] },
  });
  return chosen ?? [];
}
