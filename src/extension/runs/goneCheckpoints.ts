/**
 * Adds to runs the checkpoints that have been deleted since they were analyzed: their results keep their place in the run, as in
 * watched runs, until the user removes them. The workspace remembers them, and which checkpoints there were, so that those are found
 * that were deleted while no window was open.
 */
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { inOrder } from '../../core/run/runWatch';
import { Emitter } from '../emitter';
import { Throttle } from '../throttle';
import type { Memory } from './choices';
import type { FormerCheckpoints } from './formerCheckpoints';
import { foundSchema, type FoundCheckpoint } from './foundCheckpoint';
import type { ListedCheckpoint, ListedRun, RunList } from './listedRun';

const KEY = 'neuromfa.gone';
const SEEN_KEY = 'neuromfa.seen';
/** More in one run are not ours. */
const MAX = 1000;
const WRITE_EVERY_MS = 1000;

/** By the id of a run. */
const goneSchema = v.record(v.string(), v.pipe(v.array(foundSchema), v.maxLength(MAX)));

const isSeen = (checkpoint: ListedCheckpoint): checkpoint is ListedCheckpoint & FoundCheckpoint =>
  'modified' in checkpoint;

export interface GoneServices {
  /** Whether a checkpoint has been analyzed. What has not is not missed. */
  hasResult: (path: string) => boolean;
  former: Pick<FormerCheckpoints, 'of' | 'keep' | 'forget'>;
  memory: Memory;
  /** Whether a file is there: a folder that is merely excluded from searches is not deleted. */
  exists?: (path: string) => boolean;
}

export class GoneCheckpoints implements RunList {
  readonly #changes = new Emitter<void>();
  readonly onChange = this.#changes.event;
  /** By the id of a run, its checkpoints at the last look. */
  readonly #seen = new Map<string, readonly FoundCheckpoint[]>();
  /** The same of the window before, until a run is looked at. */
  readonly #before: Map<string, readonly FoundCheckpoint[]>;
  readonly #gone: Map<string, readonly FoundCheckpoint[]>;
  #written = '';
  readonly #writing = new Throttle(WRITE_EVERY_MS, () => {
    void this.writeSeen();
  });

  constructor(
    private readonly list: RunList,
    private readonly services: GoneServices,
  ) {
    this.#gone = read(services.memory, KEY);
    this.#before = read(services.memory, SEEN_KEY);
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
      const isLost = (each: FoundCheckpoint): boolean => !known.has(each.path) && isGone(each);
      const earlier = (this.#before.get(id) ?? []).filter(
        (each) => isLost(each) && former.of(each.path) !== undefined,
      );
      this.#before.delete(id);
      const now = [
        ...earlier,
        ...(this.#seen.get(id) ?? []).filter((each) => isLost(each) && hasResult(each.path)),
      ];
      if (still.length < before.length || now.length > 0) {
        changed = true;
        former.keep(now.map(({ path }) => path));
        const gone = [...still, ...now].slice(-MAX);
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
    this.#writing.request();
  }

  /** Must be called when there are results that there were not. */
  analyzed(): void {
    this.#writing.request();
  }

  /** Has the workspace remember which checkpoints there are that have results. */
  async writeSeen(): Promise<void> {
    const { former, memory } = this.services;
    const seen = Object.fromEntries(
      [...this.#before, ...this.#seen].flatMap(([id, all]) => {
        const analyzed = all.filter(({ path }) => former.of(path) !== undefined).slice(-MAX);
        return analyzed.length > 0 ? [[id, analyzed] as const] : [];
      }),
    );
    const text = JSON.stringify(seen);
    if (text === this.#written) return;
    this.#written = text;
    await memory.update(SEEN_KEY, seen);
  }

  dispose(): void {
    this.#writing.dispose();
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

/** What a window before has written; nothing where it was another version. */
function read(memory: Memory, key: string): Map<string, readonly FoundCheckpoint[]> {
  const parsed = v.safeParse(goneSchema, memory.get(key));
  return new Map(parsed.success ? Object.entries(parsed.output) : []);
}

const placed = ({ path, name, step, epoch, tokens, modified, bytes }: FoundCheckpoint): FoundCheckpoint => ({
  ...{ path, name, step, epoch, tokens, modified, bytes },
});
