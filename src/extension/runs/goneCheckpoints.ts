/**
 * Adds to runs the checkpoints that have been deleted since they were analyzed: their results keep their place in the run, as in
 * watched runs, until the user removes them. The workspace remembers them.
 */
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { inOrder } from '../../core/run/runWatch';
import { Emitter } from '../emitter';
import type { Memory } from './choices';
import type { FormerCheckpoints } from './formerCheckpoints';
import { foundSchema, type FoundCheckpoint } from './foundCheckpoint';
import type { ListedCheckpoint, ListedRun, RunList } from './listedRun';

const KEY = 'neuromfa.gone';
/** More in one run are not ours. */
const MOST = 1000;

/** By the id of a run. */
const goneSchema = v.record(v.string(), v.pipe(v.array(foundSchema), v.maxLength(MOST)));

const isSeen = (checkpoint: ListedCheckpoint): checkpoint is ListedCheckpoint & FoundCheckpoint =>
  'modified' in checkpoint;

export interface GoneServices {
  /** Whether a checkpoint has been analyzed. What has not is not missed. */
  hasResult: (path: string) => boolean;
  former: Pick<FormerCheckpoints, 'keep' | 'forget'>;
  memory: Memory;
  /** Whether a file is there: a folder that is merely excluded from searches is not deleted. */
  exists?: (path: string) => boolean;
}

export class GoneCheckpoints implements RunList {
  readonly #changes = new Emitter<void>();
  readonly onChange = this.#changes.event;
  /** By the id of a run, its checkpoints at the last look. */
  readonly #seen = new Map<string, readonly FoundCheckpoint[]>();
  readonly #gone: Map<string, readonly FoundCheckpoint[]>;

  constructor(
    private readonly list: RunList,
    private readonly services: GoneServices,
  ) {
    // Perhaps of another version.
    const parsed = v.safeParse(goneSchema, services.memory.get(KEY));
    this.#gone = new Map(parsed.success ? Object.entries(parsed.output) : []);
    this.#look();
    list.onChange(() => {
      this.#look();
      this.#changes.fire();
    });
  }

  get runs(): readonly ListedRun[] {
    return this.list.runs.map((run) => this.#withGone(run));
  }

  /** Removes the deleted checkpoints of these runs, or of all runs. */
  forget(ids: readonly string[] = [...this.#gone.keys()]): void {
    this.services.former.forget(ids.flatMap((id) => (this.#gone.get(id) ?? []).map(({ path }) => path)));
    for (const id of ids) this.#gone.delete(id);
    this.#write();
    this.#changes.fire();
  }

  #look(): void {
    const { hasResult, former, exists = existsSync } = this.services;
    let changed = false;
    for (const { id, checkpoints } of this.list.runs) {
      const there = new Set(checkpoints.map(({ path }) => path));
      const isGone = ({ path }: FoundCheckpoint): boolean => !there.has(path) && !exists(path);
      const before = this.#gone.get(id) ?? [];
      const still = before.filter(isGone);
      const known = new Set(still.map(({ path }) => path));
      const now = (this.#seen.get(id) ?? []).filter(
        (each) => !known.has(each.path) && isGone(each) && hasResult(each.path),
      );
      if (still.length < before.length || now.length > 0) {
        changed = true;
        former.keep(now.map(({ path }) => path));
        const gone = [...still, ...now].slice(-MOST);
        if (gone.length > 0) this.#gone.set(id, gone);
        else this.#gone.delete(id);
      }
      this.#seen.set(
        id,
        checkpoints
          .filter(isSeen)
          .filter(({ deleted }) => !deleted)
          .map(placed),
      );
    }
    if (changed) this.#write();
  }

  #write(): void {
    void this.services.memory.update(KEY, Object.fromEntries(this.#gone));
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

const placed = ({ path, name, step, epoch, tokens, modified, bytes }: FoundCheckpoint): FoundCheckpoint => ({
  ...{ path, name, step, epoch, tokens, modified, bytes },
});
