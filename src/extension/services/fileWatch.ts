/**
 * Checks whether the files of visible checkpoints are still those from which their numbers were computed, wherever they
 * are.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { isCheckpointName } from '../../core/checkpoint/formats/names';
import { stampAt } from '../../core/storage/stamp';
import type { FileChange } from '../../protocol/panel';
import { isRemote } from '../../protocol/subject';

/** Writing a checkpoint causes many events; they are handled together. */
const SETTLE_MS = 300;
/** A file that names others: their states count as well. */
const INDEX = /\.index\.json$|manifest\.json$/;

export class FileWatch implements vscode.Disposable {
  readonly #watchers: vscode.Disposable[];
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
    this.#states.set(path, stateOf(path));
  }

  /** Looks now, because not every change causes an event, for example in folders that the system does not watch. */
  look(): void {
    for (const path of this.paths) {
      const before = this.#states.get(path);
      if (before === undefined) continue;
      const now = stateOf(path);
      this.changed(path, now === before ? null : now === null ? 'deleted' : 'overwritten');
    }
  }
}

/** Identifies the state of a checkpoint's files; null where it does not exist. */
function stateOf(path: string): string | null {
  try {
    const { stamp } = stampAt(path);
    if (stamp === null || !INDEX.test(basename(path))) return stamp;
    const folder = dirname(path);
    const shards = readdirSync(folder).filter(isCheckpointName).sort();
    return shards.map((name) => stampAt(join(folder, name)).stamp).join('\n');
  } catch {
    // Perhaps nobody may read it any more.
    return null;
  }
}
