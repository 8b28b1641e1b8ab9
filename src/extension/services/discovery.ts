/**
 * The workspace's checkpoints and training runs. Context keys tell the explorer which folders hold one, so that it offers
 * the analysis there and nowhere else.
 *
 * Searches go through `findFiles`, which respects `files.exclude`; a change searches only the folder it happened in.
 */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import pLimit from 'p-limit';
import { isCheckpointName, SURE_NAMES } from '../../core/checkpoint/formats/names';
import { LAYOUT_NAMES, recognize } from '../../core/checkpoint/layouts';
import { inBatches } from '../../core/batches';
import type { FoundFile } from '../../core/storage/walkFolder';
import { unreadableRuns } from '../../core/run/unreadableRuns';
import { isNote, NOTE_NAMES } from '../../core/run/notes';
import { readNotes } from '../../core/run/readNotes';
import { RunIndex } from '../../core/run/runIndex';
import type { NeuroMfaError } from '../../protocol/errors';
import { duration } from '../../protocol/format';
import type { TrainingRun } from '../../core/run/trainingRun';
import { Emitter } from '../emitter';
import { CONTEXT_KEYS } from '../ids';
import type { Log } from './analyses';

/** Checkpoints, and the notes beside them that give steps. */
const FILES = [...SURE_NAMES, '*.safetensors.index.*.json', '*.SAFETENSORS', ...NOTE_NAMES, ...LAYOUT_NAMES];
/** References of Hugging Face's cache may have any name. */
const ANYWHERE = `{${[...FILES, 'models--*/refs/**'].map((name) => `**/${name}`).join(',')}}`;

/** Each search is a process. */
const SEARCHES_AT_A_TIME = 4;

/** Copying a checkpoint causes many events; they are handled together. */
const SETTLE_MS = 300;

/**
 * A new entry may be a folder that was moved here as a whole, for which no events of its files arrive. That is one
 * event; a flood of new entries is something else being written, whose files are reported one by one.
 */
const MAX_NEW_FOLDERS = 100;

/** Events since the last search. */
class Changes {
  /** Checkpoints and notes that were written. */
  readonly written = new Set<string>();
  /** Other new entries. */
  readonly created = new Set<string>();
  readonly deleted = new Set<string>();
}

export class Discovery implements vscode.Disposable {
  readonly #changed = new Emitter<void>();
  /** Called after every search whose result may differ from the previous one. */
  readonly onChange = this.#changed.event;
  readonly #rewritten = new Emitter<readonly string[]>();
  /** Called with checkpoints whose files have changed. */
  readonly onRewritten = this.#rewritten.event;
  readonly #subscriptions: vscode.Disposable[];
  #index = new RunIndex();
  /** The stamp of each file when it was last examined. */
  #stamps = new Map<string, string>();
  #changes = new Changes();
  #timer: NodeJS.Timeout | undefined;
  /** Searches run one after the other. */
  #search: Promise<void> = Promise.resolve();

  constructor(private readonly log: Log) {
    const watcher = vscode.workspace.createFileSystemWatcher('**');
    this.#subscriptions = [
      watcher,
      watcher.onDidCreate(({ fsPath }) => {
        this.#note(fsPath, isOurs(fsPath) ? 'written' : 'created');
      }),
      watcher.onDidChange(({ fsPath }) => {
        if (isOurs(fsPath)) this.#note(fsPath, 'written');
      }),
      watcher.onDidDelete(({ fsPath }) => {
        this.#note(fsPath, 'deleted');
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

  /** Absolute paths of the workspace's checkpoints, in natural order. */
  get checkpoints(): string[] {
    return this.#index.checkpoints
      .map(({ path }) => path)
      .sort(new Intl.Collator(undefined, { numeric: true }).compare);
  }

  /** The workspace's training runs, by folder. */
  get runs(): readonly TrainingRun[] {
    return this.#index.runs;
  }

  /** Runs with checkpoints in unreadable layouts: reasons that name their folders. */
  get held(): readonly NeuroMfaError[] {
    return unreadableRuns(this.#index.others);
  }

  /** Searches the whole workspace anew. */
  refresh(): Promise<void> {
    return this.#oneByOne(async () => {
      const begin = performance.now();
      const files = await vscode.workspace.findFiles(ANYWHERE);
      this.#index = new RunIndex();
      const before = this.#stamps;
      this.#stamps = new Map();
      await this.#take(files, before);
      const elapsed = duration(performance.now() - begin);
      const { checkpoints, runs } = this.#index;
      this.log.info(`Found ${checkpoints.length} checkpoints, ${runs.length} training runs: ${elapsed}`);
    });
  }

  #note(path: string, kind: keyof Changes): void {
    this.#changes[kind].add(path);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changes = this.#changes;
      this.#changes = new Changes();
      this.#inBackground(this.#oneByOne(() => this.#apply(changes)));
    }, SETTLE_MS);
  }

  async #apply({ written, created, deleted }: Changes): Promise<void> {
    this.#index.remove(deleted);
    const found: vscode.Uri[] = [];
    // Not the files themselves, because only the search knows which are excluded.
    const folders = new Set([...written].map((path) => dirname(path)));
    await pLimit(SEARCHES_AT_A_TIME).map([...folders], async (folder) => {
      for (const file of await findIn(folder, '*')) if (isOurs(file.fsPath)) found.push(file);
    });
    await pLimit(SEARCHES_AT_A_TIME).map([...created].slice(0, MAX_NEW_FOLDERS), async (path) => {
      if (!(await isFolder(path))) return;
      for (const file of await findIn(path, ANYWHERE)) found.push(file);
    });
    await this.#take(found, this.#stamps);
  }

  /** Examines files and adds them. @param before their stamps when they were last examined. */
  async #take(files: readonly vscode.Uri[], before: ReadonlyMap<string, string>): Promise<void> {
    const found: FoundFile[] = [];
    await inBatches(files, ({ scheme, fsPath }) => {
      const file = scheme === 'file' ? lookAt(fsPath) : undefined;
      if (file) found.push(file);
    });
    this.#index.add(found);
    await readNotes(this.#index, (reason) => {
      this.log.warn(reason.message);
    });
    const rewritten: string[] = [];
    for (const { path, bytes, modified } of found) {
      const stamp = `${bytes} ${modified}`;
      const former = before.get(path);
      if (former !== undefined && former !== stamp) rewritten.push(path);
      this.#stamps.set(path, stamp);
    }
    this.#publish();
    if (rewritten.length > 0) this.#rewritten.fire(rewritten);
    this.#changed.fire();
  }

  #publish(): void {
    void setContext(CONTEXT_KEYS.checkpointFolders, spellings(this.#index.checkpointFolders));
    void setContext(CONTEXT_KEYS.runFolders, spellings([...new Set(this.runs.map(({ path }) => path))]));
  }

  #oneByOne(search: () => Promise<void>): Promise<void> {
    const done = this.#search.then(search);
    this.#search = done.catch(() => undefined);
    return done;
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
  }
}

function isOurs(path: string): boolean {
  return isCheckpointName(basename(path)) || isNote(path) || recognize(path) !== null;
}

async function findIn(folder: string, pattern: string): Promise<vscode.Uri[]> {
  return vscode.workspace.findFiles(new vscode.RelativePattern(vscode.Uri.file(folder), pattern));
}

/** Undefined where the file does not exist, or is a broken link. */
function lookAt(path: string): FoundFile | undefined {
  try {
    const { size, mtimeMs } = statSync(path);
    return { path, bytes: size, modified: mtimeMs };
  } catch {
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function setContext(key: string, value: unknown): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key, value);
}

/**
 * The explorer compares with paths in the form of the window's system: a window on Windows shows a remote `/runs/a` as
 * `\runs\a`.
 */
function spellings(folders: readonly string[]): string[] {
  if (vscode.env.remoteName === undefined) return [...folders];
  return folders.flatMap((folder) => [folder, folder.replaceAll('/', '\\')]);
}
