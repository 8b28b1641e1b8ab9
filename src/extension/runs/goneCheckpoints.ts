/**
 * Runs with the checkpoints that have been deleted while this window was open: what was analyzed of them keeps its place in its
 * run, as it does in runs that are watched, until its reader leaves it out.
 */
import { existsSync } from 'node:fs';
import { inOrder } from '../../core/run/runWatch';
import { Emitter } from '../emitter';
import type { ListedCheckpoint, ListedRun, RunList } from './listedRun';

/** As discovery lists it, with what tells its place. */
type Seen = ListedCheckpoint & { epoch: number | null; tokens: number | null; modified: number };

const isSeen = (checkpoint: ListedCheckpoint): checkpoint is Seen => 'modified' in checkpoint;

export class GoneCheckpoints implements RunList {
  readonly #changes = new Emitter<void>();
  readonly onChange = this.#changes.event;
  /** By the id of a run, its checkpoints when it was looked at last. */
  readonly #seen = new Map<string, readonly Seen[]>();
  readonly #gone = new Map<string, readonly Seen[]>();

  /**
   * @param hasResult whether a checkpoint has been analyzed. What has not is not missed.
   * @param exists whether a file is there: a folder that is merely excluded from searches is not deleted.
   */
  constructor(
    private readonly list: RunList,
    private readonly hasResult: (path: string) => boolean,
    private readonly exists: (path: string) => boolean = existsSync,
  ) {
    this.#look();
    list.onChange(() => {
      this.#look();
      this.#changes.fire();
    });
  }

  get runs(): readonly ListedRun[] {
    return this.list.runs.map((run) => this.#withGone(run));
  }

  /** Leaves out what is gone of these runs, or of all. */
  forget(ids: readonly string[] = [...this.#gone.keys()]): void {
    for (const id of ids) this.#gone.delete(id);
    this.#changes.fire();
  }

  #look(): void {
    for (const { id, checkpoints } of this.list.runs) {
      const there = new Set(checkpoints.map(({ path }) => path));
      const before = [...(this.#gone.get(id) ?? []), ...(this.#seen.get(id) ?? [])];
      const gone = before.filter(
        ({ path }) => !there.has(path) && this.hasResult(path) && !this.exists(path),
      );
      if (gone.length > 0) this.#gone.set(id, gone);
      else this.#gone.delete(id);
      this.#seen.set(id, checkpoints.filter(isSeen));
    }
  }

  #withGone(run: ListedRun): ListedRun {
    const there = run.checkpoints.filter(isSeen);
    const paths = new Set(there.map(({ path }) => path));
    const gone = (this.#gone.get(run.id) ?? []).filter(({ path }) => !paths.has(path));
    if (gone.length === 0 || there.length < run.checkpoints.length) return run;
    const deleted = gone.map((each) => ({ ...each, deleted: true as const }));
    return { ...run, checkpoints: inOrder([...there, ...deleted], run.orderedBy) };
  }
}
