/**
 * Checks whether the files of visible checkpoints are still those from which their numbers were computed, wherever they
 * are.
 */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { FileChange } from '../../protocol/panel';
import { isRemote } from '../../protocol/subject';
import { FileStates } from './fileStates';

/** Writing a checkpoint causes many events; they are handled together. */
const SETTLE_MS = 300;

export class FileWatch implements vscode.Disposable {
  readonly #watchers: vscode.Disposable[];
  readonly #files = new FileStates();
  readonly #states = new Map<string, string | null>();
  #timer: NodeJS.Timeout | undefined;

  /** @param changed called with every checkpoint whose state may have changed: null where it is as it was. */
  constructor(
    private readonly paths: readonly string[],
    private readonly changed: (path: string, change: FileChange | null) => void,
  ) {
    const local = paths.filter((path) => !isRemote(path));
    this.#watchers = [...new Set(local.map((path) => dirname(path)))].flatMap((folder) => {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), '*');
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      const look = (): void => {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.look();
        }, SETTLE_MS);
      };
      return [watcher, watcher.onDidChange(look), watcher.onDidCreate(look), watcher.onDidDelete(look)];
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.dispose();
  }

  /** Notes that the numbers of a checkpoint belong to the present state of its files. */
  made(path: string): void {
    this.#states.set(path, this.#files.of(path));
  }

  /** Notes that a checkpoint was gone before it could be looked at: should it come back, it is another. */
  gone(path: string): void {
    if (!this.#states.has(path)) this.#states.set(path, 'former');
  }

  /** Looks now, because not every change causes an event, for example in folders that the system does not watch. */
  look(): void {
    for (const path of this.paths) {
      const before = this.#states.get(path);
      if (before === undefined) continue;
      const now = this.#files.of(path);
      this.changed(path, now === before ? null : now === null ? 'deleted' : 'overwritten');
    }
  }
}
