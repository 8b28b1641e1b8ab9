/**
 * The workspace's checkpoints. A context key tells the explorer which folders hold one, so that it offers the analysis
 * there and nowhere else.
 *
 * Searches go through `findFiles`, which respects `files.exclude`; a change searches only the folder it happened in.
 */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../ids';
import { checkpointFiles, standForOne } from '../subjects';
import type { Log } from './analyses';

const FILES = '*.{safetensors,safetensors.index.json}';

/** Copying a checkpoint reports many changes; they are answered together. */
const SETTLE_MS = 300;

export class Discovery implements vscode.Disposable {
  /** Absolute folder → names of the checkpoints in it. */
  readonly #folders = new Map<string, string[]>();
  readonly #changed = new Set<string>();
  readonly #subscriptions: vscode.Disposable[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: Log) {
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${FILES}`, false, true, false);
    const folderOf = (uri: vscode.Uri): void => {
      this.#folderChanged(dirname(uri.fsPath));
    };
    this.#subscriptions.push(
      watcher,
      watcher.onDidCreate(folderOf),
      watcher.onDidDelete(folderOf),
      // A folder that moves as a whole is not reported by the files in it.
      vscode.workspace.onDidRenameFiles(() => {
        this.#inBackground(this.refresh());
      }),
      vscode.workspace.onDidDeleteFiles(() => {
        this.#inBackground(this.refresh());
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#inBackground(this.refresh());
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('files.exclude')) this.#inBackground(this.refresh());
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Absolute paths of the workspace's checkpoints, in the order that people count in. */
  get checkpoints(): string[] {
    return [...this.#folders]
      .flatMap(([folder, names]) => names.map((name) => join(folder, name)))
      .sort(new Intl.Collator(undefined, { numeric: true }).compare);
  }

  /** Searches the whole workspace anew. */
  async refresh(): Promise<void> {
    const files = await vscode.workspace.findFiles(`**/${FILES}`);
    this.#folders.clear();
    const byFolder = new Map<string, string[]>();
    for (const { scheme, fsPath } of files) {
      if (scheme !== 'file') continue;
      const names = byFolder.get(dirname(fsPath));
      if (names) names.push(basename(fsPath));
      else byFolder.set(dirname(fsPath), [basename(fsPath)]);
    }
    for (const [folder, names] of byFolder) this.#folders.set(folder, checkpointFiles(names));
    this.#publish();
  }

  #folderChanged(folder: string): void {
    this.#changed.add(folder);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const folders = [...this.#changed];
      this.#changed.clear();
      this.#inBackground(this.#refreshFolders(folders));
    }, SETTLE_MS);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }

  async #refreshFolders(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      const files = await vscode.workspace.findFiles(
        new vscode.RelativePattern(vscode.Uri.file(folder), FILES),
      );
      const names = checkpointFiles(files.map(({ fsPath }) => basename(fsPath)));
      if (names.length > 0) this.#folders.set(folder, names);
      else this.#folders.delete(folder);
    }
    this.#publish();
  }

  #publish(): void {
    const folders = [...this.#folders].filter(([, names]) => standForOne(names)).map(([folder]) => folder);
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.checkpointFolders, spellings(folders));
  }
}

/**
 * The explorer compares with the path as the window's own system writes it: a window on Windows shows a remote
 * `/runs/a` as `\runs\a`.
 */
function spellings(folders: readonly string[]): string[] {
  if (vscode.env.remoteName === undefined) return [...folders];
  return folders.flatMap((folder) => [folder, folder.replaceAll('/', '\\')]);
}
