/** The user's choices for checkpoints of a workspace, stored with the workspace. */
import * as v from 'valibot';
import { Emitter } from '../emitter';
import type { Memory } from '../runs/choices';

/** More checkpoints than anybody chooses for; the oldest choices are dropped. */
const MAX_KEPT = 10_000;

/** Path of a checkpoint → what was chosen; null is a choice too. */
const cachedSchema = v.record(v.string(), v.nullable(v.string()));

export class PathChoices {
  readonly #changes = new Emitter<readonly string[]>();
  /** Called with checkpoints for which the choice has changed. */
  readonly onChange = this.#changes.event;
  readonly #kept: Map<string, string | null>;

  /** @param key in the memory. */
  constructor(
    private readonly memory: Memory,
    private readonly key: string,
  ) {
    // Perhaps of another version.
    const parsed = v.safeParse(cachedSchema, memory.get(key));
    this.#kept = new Map(parsed.success ? Object.entries(parsed.output) : []);
  }

  /** Undefined where nobody has chosen. */
  of(path: string): string | null | undefined {
    return this.#kept.get(path);
  }

  async choose(paths: readonly string[], choice: string | null): Promise<void> {
    const changed = paths.filter((path) => this.#kept.get(path) !== choice);
    if (changed.length === 0) return;
    for (const path of paths) {
      this.#kept.delete(path);
      this.#kept.set(path, choice);
    }
    for (const path of [...this.#kept.keys()].slice(0, -MAX_KEPT)) this.#kept.delete(path);
    await this.memory.update(this.key, Object.fromEntries(this.#kept));
    this.#changes.fire(changed);
  }
}
