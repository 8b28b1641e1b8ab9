/**
 * Which runs are watched, and what of them is remembered with the workspace: the checkpoints that were analyzed stay in their run when
 * the trainer deletes them.
 */
import * as v from 'valibot';
import { inOrder } from '../../core/run/runWatch';
import type { RunCheckpoint, TrainingRun } from '../../core/run/trainingRun';
import { checkpointSchema } from '../../protocol/analysis';
import { RUN_ORDERS } from '../../protocol/run';
import type { Described } from '../../worker/cachedAnalyses';
import { Emitter, type Listen } from '../emitter';
import type { Memory } from '../runs/choices';
import { foundSchema } from '../runs/foundCheckpoint';
import type { ListedRun, RunList } from '../runs/listedRun';

const KEY = 'neuromfa.watched';

const analyzedSchema = v.object({
  ...foundSchema.entries,
  /** What its stored results are found by. */
  described: v.object({ checkpoint: checkpointSchema, state: v.nullable(v.string()) }),
});
/** A checkpoint as it was when it was analyzed. */
export type AnalyzedCheckpoint = v.InferOutput<typeof analyzedSchema>;

const watchedSchema = v.object({
  folder: v.string(),
  /** Of the run; null while there is none in the folder. */
  id: v.nullable(v.string()),
  runName: v.string(),
  orderedBy: v.picklist(RUN_ORDERS),
  /** Whether it is watched now: what was deleted before stays when it is watched no longer. */
  active: v.boolean(),
  analyzed: v.array(analyzedSchema),
});
export type WatchedRun = v.InferOutput<typeof watchedSchema>;

/** Where runs come from that are found among files. */
interface FoundRuns {
  readonly runs: readonly TrainingRun[];
  readonly onChange: Listen<void>;
}

export class WatchedRuns implements RunList {
  readonly #changes = new Emitter<void>();
  readonly onChange = this.#changes.event;
  #all: WatchedRun[];
  /** By the id of a run, its checkpoints when it was looked at last. */
  readonly #seen = new Map<string, readonly RunCheckpoint[]>();

  constructor(
    private readonly found: FoundRuns,
    private readonly memory: Memory,
  ) {
    // Perhaps of another version.
    const parsed = v.safeParse(v.array(watchedSchema), memory.get(KEY));
    this.#all = parsed.success ? parsed.output : [];
    found.onChange(() => {
      this.#changes.fire();
    });
  }

  /** The runs that were found, with what is remembered of those that are or were watched. */
  get runs(): readonly ListedRun[] {
    const found = this.found.runs;
    const ids = new Set(found.map(({ id }) => id));
    // A trainer may have deleted all but one of the checkpoints.
    const more = this.active.flatMap((each) =>
      each.id === null || ids.has(each.id) ? [] : this.#listed(each, each.id),
    );
    return [
      ...found.map((run) => {
        const watched = this.#all.find(({ id }) => id === run.id);
        return watched ? this.#listed(watched, run.id, run) : run;
      }),
      ...more.filter(({ checkpoints }) => checkpoints.length > 0),
    ];
  }

  /** Those that are watched now. */
  get active(): readonly WatchedRun[] {
    return this.#all.filter(({ active }) => active);
  }

  /** What a checkpoint was when it was analyzed; undefined where nothing is remembered. */
  remembered(path: string): Described | undefined {
    return this.#all.flatMap(({ analyzed }) => analyzed).find((each) => each.path === path)?.described;
  }

  /** Watches a run, or a folder in which there is none yet. */
  async start(run: Pick<WatchedRun, 'folder' | 'id' | 'runName' | 'orderedBy'>): Promise<void> {
    const same = this.#of(run);
    if (same) same.active = true;
    else this.#all.push({ ...run, active: true, analyzed: [] });
    await this.#changed();
  }

  /** Watches it no longer. What has been deleted stays in it, unless all of it has. */
  async stop(watched: WatchedRun): Promise<void> {
    watched.active = false;
    if (watched.id !== null) this.#seen.delete(watched.id);
    const there = this.found.runs.some(({ id }) => id === watched.id);
    if (!there || watched.analyzed.length === 0) this.#all = this.#all.filter((each) => each !== watched);
    await this.#changed();
  }

  /** This is what the run has now. */
  async saw(watched: WatchedRun, { checkpoints, ...run }: TrainingRun): Promise<void> {
    const { id } = run;
    const before = JSON.stringify(watched.id === null ? [] : this.#seen.get(watched.id));
    this.#seen.set(id, checkpoints);
    if (watched.id === id && before === JSON.stringify(checkpoints)) return;
    // What was written anew is another checkpoint.
    const there = new Map(checkpoints.map((each) => [each.path, each]));
    const analyzed = watched.analyzed.filter((each) => {
      const now = there.get(each.path);
      return !now || (now.modified === each.modified && now.bytes === each.bytes);
    });
    watched.id = id;
    watched.runName = run.name;
    watched.orderedBy = run.orderedBy;
    watched.analyzed = analyzed;
    await this.#changed();
  }

  /** A checkpoint has been analyzed. */
  async remember(watched: WatchedRun, checkpoint: AnalyzedCheckpoint): Promise<void> {
    const others = watched.analyzed.filter(({ path }) => path !== checkpoint.path);
    watched.analyzed = [...others, checkpoint];
    await this.memory.update(KEY, this.#all);
  }

  /** Nothing is left of what was deleted of all runs, whose results have been cleared, or of these that are watched no longer. */
  async forgetDeleted(ids?: readonly string[]): Promise<void> {
    for (const watched of this.#all) {
      if (ids && (watched.active || watched.id === null || !ids.includes(watched.id))) continue;
      const there = new Set(this.#there(watched).map(({ path }) => path));
      watched.analyzed = watched.analyzed.filter(({ path }) => there.has(path));
    }
    await this.#changed();
  }

  #of({ id, folder }: Pick<WatchedRun, 'id' | 'folder'>): WatchedRun | undefined {
    return this.#all.find((each) => (id === null ? each.folder === folder : each.id === id));
  }

  #there({ id }: WatchedRun): readonly { path: string }[] {
    if (id === null) return [];
    return this.#seen.get(id) ?? this.found.runs.find((run) => run.id === id)?.checkpoints ?? [];
  }

  #listed(watched: WatchedRun, id: string, found?: TrainingRun): ListedRun {
    const { runName, folder, orderedBy, active, analyzed } = watched;
    const run = found ?? { name: runName, path: folder, orderedBy };
    const there = this.#seen.get(id) ?? found?.checkpoints ?? [];
    const paths = new Set(there.map(({ path }) => path));
    const deleted = analyzed
      .filter(({ path }) => !paths.has(path))
      .map((each) => ({ ...each, deleted: true as const }));
    const checkpoints = deleted.length === 0 ? there : inOrder([...there, ...deleted], run.orderedBy);
    return { ...run, id, checkpoints, ...(active && { watched: true }) };
  }

  async #changed(): Promise<void> {
    this.#changes.fire();
    await this.memory.update(KEY, this.#all);
  }
}
