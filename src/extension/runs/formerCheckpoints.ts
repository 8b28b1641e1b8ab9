/**
 * What checkpoints were when they were analyzed that have been deleted or overwritten since. It is remembered with the workspace: their last
 * results are found by it, also after a reload.
 */
import { dirname } from 'node:path';
import * as v from 'valibot';
import { checkpointSchema } from '../../protocol/analysis';
import type { Described } from '../../worker/cachedAnalyses';
import type { Memory } from './choices';

const KEY = 'neuromfa.former';
/** The latest are kept. */
const MOST = 1000;

const formerSchema = v.array(
  v.object({
    at: v.string(),
    described: v.object({ checkpoint: checkpointSchema, state: v.nullable(v.string()) }),
  }),
);

export class FormerCheckpoints {
  /** As they were when a result of them was seen last. */
  readonly #seen = new Map<string, Described>();
  readonly #kept: Map<string, Described>;

  constructor(private readonly memory: Memory) {
    // Perhaps of another version.
    const parsed = v.safeParse(formerSchema, memory.get(KEY));
    this.#kept = new Map(parsed.success ? parsed.output.map(({ at, described }) => [at, described]) : []);
  }

  /** What a checkpoint was; undefined where it is still what it was, as far as is known. */
  of(at: string): Described | undefined {
    return this.#kept.get(at);
  }

  /** There is a result of a checkpoint as it is now. */
  saw(at: string, described: Described): void {
    this.#seen.set(at, described);
    this.forget([at]);
  }

  /** Files in these folders have been written again. */
  overwritten(folders: ReadonlySet<string>): void {
    this.keep([...this.#seen.keys()].filter((at) => folders.has(dirname(at))));
  }

  /** These are no longer what they were. */
  keep(all: readonly string[]): void {
    const known = all.filter((at) => this.#seen.has(at));
    for (const at of known) {
      this.#kept.delete(at);
      this.#kept.set(at, this.#seen.get(at)!);
    }
    for (const at of [...this.#kept.keys()].slice(0, -MOST)) this.#kept.delete(at);
    if (known.length > 0) this.#write();
  }

  /** Nothing is left of what these, or all, were. */
  forget(all: readonly string[] = [...this.#kept.keys()]): void {
    const known = all.filter((at) => this.#kept.delete(at));
    if (known.length > 0) this.#write();
  }

  #write(): void {
    void this.memory.update(
      KEY,
      [...this.#kept].map(([at, described]) => ({ at, described })),
    );
  }
}
