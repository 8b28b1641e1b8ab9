/**
 * The former state of checkpoints that have been deleted or overwritten since they were analyzed. The workspace remembers it, so that their
 * last results are found after a reload too.
 */
import { dirname } from 'node:path';
import * as v from 'valibot';
import { checkpointSchema } from '../../protocol/analysis';
import type { Described } from '../../worker/cachedAnalyses';
import type { Memory } from './choices';

const KEY = 'neuromfa.former';
/** Only the latest are remembered. */
const MOST = 1000;

const formerSchema = v.array(
  v.object({
    at: v.string(),
    described: v.object({ checkpoint: checkpointSchema, state: v.nullable(v.string()) }),
  }),
);

export class FormerCheckpoints {
  /** Their state when a result of them was last seen. */
  readonly #seen = new Map<string, Described>();
  readonly #kept: Map<string, Described>;

  constructor(private readonly memory: Memory) {
    // Perhaps of another version.
    const parsed = v.safeParse(formerSchema, memory.get(KEY));
    this.#kept = new Map(parsed.success ? parsed.output.map(({ at, described }) => [at, described]) : []);
  }

  /** The former state of a checkpoint; undefined if no change is known. */
  of(at: string): Described | undefined {
    return this.#kept.get(at);
  }

  /** Records that there is a result of a checkpoint in its present state. */
  saw(at: string, described: Described): void {
    this.#seen.set(at, described);
    this.forget([at]);
  }

  /** Records that files in these folders have been overwritten. */
  overwritten(folders: ReadonlySet<string>): void {
    this.keep([...this.#seen.keys()].filter((at) => folders.has(dirname(at))));
  }

  /** Records that these checkpoints have changed or gone. */
  keep(all: readonly string[]): void {
    const known = all.filter((at) => this.#seen.has(at));
    for (const at of known) {
      this.#kept.delete(at);
      this.#kept.set(at, this.#seen.get(at)!);
    }
    for (const at of [...this.#kept.keys()].slice(0, -MOST)) this.#kept.delete(at);
    if (known.length > 0) this.#write();
  }

  /** Forgets the former state of these checkpoints, or of all. */
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
