/** "Save as …" for what the pages export. */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { writeError } from '../../core/output/writeError';
import { writeTo } from '../../core/output/writeTo';
import type { ExportFormat } from '../../protocol/panel';
import type { Log } from '../services/analyses';
import { copyText } from '../ui/clipboard';
import { chooseTarget } from '../ui/dialogs';
import { tell } from '../ui/messages';
import { t } from '../ui/words';
import { isRemote } from '../../protocol/subject';

/** A remote location is no place to save to. */
const onDisk = (folder: string): string => (isRemote(folder) ? homedir() : folder);

export class FileSaver {
  #folder: string | undefined;

  /** @param fallback where the dialog starts when no folder is open and nothing has been saved yet. */
  constructor(
    private readonly title: string,
    private readonly fallback: () => string,
    private readonly log: Pick<Log, 'info' | 'warn'>,
  ) {}

  /** Asks where to save, and writes. Null when the user cancels. @throws NeuroMfaError when it cannot be written. */
  async save(
    suggestedName: string,
    format: ExportFormat | 'html',
    content: string | Uint8Array,
  ): Promise<string | null> {
    const folder =
      this.#folder ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? onDisk(this.fallback());
    const target = await chooseTarget({ title: this.title, folder, name: suggestedName, extension: format });
    if (!target) return null;
    try {
      if (target.scheme === 'file') await this.#write(target.fsPath, content);
      else await vscode.workspace.fs.writeFile(target, Buffer.from(content));
    } catch (error) {
      throw writeError(error, target.fsPath);
    }
    if (target.scheme === 'file') this.#folder = dirname(target.fsPath);
    this.log.info(`Saved ${target.fsPath}`);
    void this.#answer(target);
    return target.fsPath;
  }

  /** Reports what was saved, and offers what people do next. */
  async #answer(target: vscode.Uri): Promise<void> {
    const ways: Record<string, () => Thenable<unknown>> = {
      [t('Open')]: () => vscode.commands.executeCommand('vscode.open', target),
      [t('Reveal')]: () => vscode.commands.executeCommand('revealFileInOS', target),
      [t('Copy Path')]: () => copyText(target.fsPath),
    };
    const chosen = await tell('information', t('Saved {0}', target.fsPath), ...Object.keys(ways));
    if (chosen !== undefined) await ways[chosen]?.();
  }

  async #write(path: string, content: string | Uint8Array): Promise<void> {
    await writeTo(path, content, {
      tell: (why) => {
        this.log.warn(`${path} was written in place, not all at once: ${why}`);
      },
    });
  }
}
