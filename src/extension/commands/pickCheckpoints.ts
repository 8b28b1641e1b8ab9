/** The palette's picker: lists the workspace's checkpoints at once, and describes them as their headers are read. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import pLimit from 'p-limit';
import { DIALOG_EXTENSIONS } from '../../core/checkpoint/formats/names';
import { checkpointName } from '../../core/checkpoint/name';
import type { CheckpointInfo } from '../../protocol/analysis';
import { errorData, type ErrorData } from '../../protocol/errors';
import { integer, bytes, compact } from '../../protocol/format';
import type { Analyses } from '../services/analyses';
import type { Discovery } from '../services/discovery';
import { chooseFiles } from '../ui/dialogs';
import type { Line } from '../ui/line';
import { TickList, type Row } from '../ui/quickPick';
import { t } from '../ui/words';

/** Number of headers read at a time: enough to hide the latency of a disk, few enough to leave workers free. */
const INSPECTIONS_AT_A_TIME = 4;

/** Rows are replaced together, not for every header read. */
const REDRAW_MS = 200;

/** The path of a checkpoint; null for "Choose a file…". */
type Choosable = string | null;

/** What the picker is for. */
export interface PickerWords {
  title: string;
  placeholder: string;
  /** The button of the file dialog. */
  button: string;
  /** Which of the workspace's checkpoints to list; by default all. */
  suits?: Suits;
}

interface Suits {
  /** Those that are listed at once, by their names. */
  atOnce: (path: string) => boolean;
  /** Those that follow as their headers are read. */
  byHeader: (checkpoint: CheckpointInfo) => boolean;
}

interface Choice {
  paths: string[];
  /** Whether to choose files as well. */
  more: boolean;
}

export class CheckpointPicker {
  constructor(
    private readonly discovery: Discovery,
    private readonly analyses: Analyses,
  ) {}

  /** Asks which checkpoints are meant; none when the user cancels. */
  async pick(words: PickerWords): Promise<readonly vscode.Uri[]> {
    const { paths, more } = await this.#pickFromWorkspace(words);
    const files = more ? await askForFiles(words) : [];
    // Canceling the dialog cancels the picker.
    return more && files.length === 0 ? [] : [...paths.map((path) => vscode.Uri.file(path)), ...files];
  }

  async #pickFromWorkspace({ title, placeholder, suits }: PickerWords): Promise<Choice> {
    const list = new TickList<Choosable>({ title, placeholder });
    list.busy = true;
    const closed = new AbortController();
    try {
      return await new Promise<Choice>((resolve, reject) => {
        const pathsOf = (values: readonly Choosable[]): string[] => values.filter((each) => each !== null);
        const choose = (values: readonly Choosable[]): void => {
          const paths = pathsOf(values);
          resolve({ paths, more: paths.length === 0 && values.includes(null) });
        };
        list.onTick((values) => {
          // This row opens a dialog of its own without being ticked first. Ticking all rows at once does not select it.
          const all = values.length > 1 && values.length === list.size;
          if (values.includes(null) && !all) resolve({ paths: pathsOf(values), more: true });
        });
        list.onAccept(() => {
          choose(list.chosen);
        });
        list.onHide(() => {
          choose([]);
        });
        list.show();
        this.#fill(list, closed.signal, suits).catch(reject);
      });
    } finally {
      closed.abort();
      list.dispose();
    }
  }

  async #fill(
    list: TickList<Choosable>,
    signal: AbortSignal,
    suits: Suits = { atOnce: () => true, byHeader: () => true },
  ): Promise<void> {
    await this.discovery.refresh();
    const chooseFile: Row<Choosable> = {
      label: [{ icon: 'folder-opened' }, t('Choose a file…')],
      alwaysShow: true,
      value: null,
    };
    // Rows must not grow under the pointer when the details arrive.
    const reading = t('Reading headers…');
    const rowOf = (path: string) => ({
      label: checkpointName(path),
      description: vscode.workspace.asRelativePath(path),
      value: path,
    });
    const all = this.discovery.checkpoints;
    const rows = all.filter(suits.atOnce).map(rowOf);
    const others = all.filter((path) => !suits.atOnce(path));
    const details = new Map<string, Line>();
    let changed = true;
    const draw = (): void => {
      if (signal.aborted || !changed) return;
      changed = false;
      list.setRows([
        ...rows.map((row) => ({ ...row, detail: details.get(row.value) ?? reading })),
        chooseFile,
      ]);
    };
    draw();
    const timer = setInterval(draw, REDRAW_MS);
    try {
      const listed = rows.map(({ value }) => value);
      await pLimit(INSPECTIONS_AT_A_TIME).map([...listed, ...others], async (path, index) => {
        if (signal.aborted) return;
        const { checkpoint, line } = await this.#describe(path, signal);
        if (index >= listed.length) {
          if (!checkpoint || !suits.byHeader(checkpoint)) return;
          rows.push(rowOf(path));
        }
        details.set(path, line);
        changed = true;
      });
    } finally {
      clearInterval(timer);
    }
    if (signal.aborted) return;
    if (rows.length === 0) list.setPlaceholder(t('Nothing found in this workspace'));
    draw();
    list.busy = false;
  }

  /** "2.5 MB · gpt_neox · step 4000 · 1.2 M parameters", or why it cannot be read. */
  async #describe(path: string, signal: AbortSignal): Promise<{ checkpoint?: CheckpointInfo; line: Line }> {
    try {
      const { checkpoint, fault } = await this.analyses.describe(path, { signal });
      if (fault) return { checkpoint, line: troubled([bytes(checkpoint.bytes)], fault) };
      const parts = [
        bytes(checkpoint.bytes),
        checkpoint.architecture,
        ...(checkpoint.step === null ? [] : [t('step {0}', integer(checkpoint.step))]),
        t('{0} parameters', compact(checkpoint.parameters)),
      ];
      return { checkpoint, line: parts.join(' · ') };
    } catch (error) {
      const size = await stat(path).then(
        ({ size }) => [bytes(size)],
        () => [],
      );
      return { line: troubled(size, errorData(error, path)) };
    }
  }
}

/** The known facts, and the fault. */
function troubled(known: readonly string[], { cause }: ErrorData): Line {
  return [...known.flatMap((each) => [each, '·']), { icon: 'warning' }, cause];
}

async function askForFiles({ title, button }: PickerWords): Promise<readonly vscode.Uri[]> {
  return chooseFiles({
    title,
    button,
    folder: vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir()),
    several: true,
    kind: { label: t('Checkpoints'), extensions: DIALOG_EXTENSIONS },
  });
}
