/**
 * The workspace's checkpoints. A context key tells the explorer which folders hold one, so that it offers the analysis
 * there and nowhere else.
 *
 * Searches go through `findFiles`, which respects `files.exclude`; a change searches only the folder it happened in.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { isCheckpointName } from '../../core/checkpoint/open';
import { CONTEXT_KEYS } from '../ids';
import { checkpointFiles, standForOne } from '../subjects';
import type { Log } from './analyses';

const FILES = '*.{safetensors,safetensors.index.json}';

/** Copying a checkpoint reports many changes; they are answered together. */
const SETTLE_MS = 300;

/**
 * Something new may be a folder that was moved here as a whole, which is reported without the files in it. That is one
 * event; a flood of them is something else being written, whose files are reported one by one.
 */
const MOST_NEW_FOLDERS = 100;

/** What has happened since the last search. */
class Changes {
  /** Folders in which a checkpoint's file came or went. */
  readonly folders = new Set<string>();
  readonly created = new Set<string>();
  readonly deleted = new Set<string>();
}

export class Discovery implements vscode.Disposable {
  /** Absolute folder → names of the checkpoints in it. */
  readonly #folders = new Map<string, string[]>();
  readonly #subscriptions: vscode.Disposable[];
  #changes = new Changes();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: Log) {
    const watcher = vscode.workspace.createFileSystemWatcher('**', false, true, false);
    this.#subscriptions = [
      watcher,
      watcher.onDidCreate(({ fsPath }) => {
        this.#note(fsPath, this.#changes.created);
      }),
      watcher.onDidDelete(({ fsPath }) => {
        this.#note(fsPath, this.#changes.deleted);
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#inBackground(this.refresh());
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('files.exclude')) this.#inBackground(this.refresh());
      }),
    ];
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
    this.#add(files);
    this.#publish();
  }

  #note(path: string, others: Set<string>): void {
    if (isCheckpointName(basename(path))) this.#changes.folders.add(dirname(path));
    else others.add(path);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changes = this.#changes;
      this.#changes = new Changes();
      this.#inBackground(this.#apply(changes));
    }, SETTLE_MS);
  }

  async #apply({ folders, created, deleted }: Changes): Promise<void> {
    for (const folder of [...this.#folders.keys()].filter((each) => isWithin(each, deleted))) {
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      const files = await findIn(folder, FILES);
      this.#folders.delete(folder);
      this.#add(files);
    }
    for (const path of [...created].slice(0, MOST_NEW_FOLDERS)) {
      if (await isFolder(path)) this.#add(await findIn(path, `**/${FILES}`));
    }
    this.#publish();
  }

  /** @param files all those of the folders they are in. */
  #add(files: readonly vscode.Uri[]): void {
    const byFolder = new Map<string, string[]>();
    for (const { scheme, fsPath } of files) {
      if (scheme !== 'file') continue;
      const names = byFolder.get(dirname(fsPath));
      if (names) names.push(basename(fsPath));
      else byFolder.set(dirname(fsPath), [basename(fsPath)]);
    }
    for (const [folder, names] of byFolder) this.#folders.set(folder, checkpointFiles(names));
  }

  #publish(): void {
    const folders = [...this.#folders].filter(([, names]) => standForOne(names)).map(([folder]) => folder);
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.checkpointFolders, spellings(folders));
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }
}

async function findIn(folder: string, pattern: string): Promise<vscode.Uri[]> {
  return vscode.workspace.findFiles(new vscode.RelativePattern(vscode.Uri.file(folder), pattern));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Whether `folder` or one it lies in is among `others`. */
function isWithin(folder: string, others: ReadonlySet<string>): boolean {
  return others.has(folder) || (dirname(folder) !== folder && isWithin(dirname(folder), others));
}

/**
 * The explorer compares with the path as the window's own system writes it: a window on Windows shows a remote
 * `/runs/a` as `\runs\a`.
 */
function spellings(folders: readonly string[]): string[] {
  if (vscode.env.remoteName === undefined) return [...folders];
  return folders.flatMap((folder) => [folder, folder.replaceAll('/', '\\')]);
}
