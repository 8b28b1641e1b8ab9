/** What the low-rank adapters of a workspace are added to: chosen once, and kept with the workspace. */
import * as v from 'valibot';
import { Emitter } from '../emitter';
import type { Memory } from '../runs/choices';

const KEY = 'neuromfa.bases';
/** More adapters than a workspace has; those chosen for longest ago are asked about again. */
const MOST_KEPT = 10_000;

/** Path of an adapter → path of its base, or null for its updates alone. */
const keptSchema = v.record(v.string(), v.nullable(v.string()));

export class Bases {
  readonly #changes = new Emitter<readonly string[]>();
  /** Told of adapters for which another base has been chosen. */
  readonly onChange = this.#changes.event;
  readonly #kept: Map<string, string | null>;

  constructor(private readonly memory: Memory) {
    // Perhaps of another version.
    const parsed = v.safeParse(keptSchema, memory.get(KEY));
    this.#kept = new Map(parsed.success ? Object.entries(parsed.output) : []);
  }

  /** Undefined where nobody has chosen. */
  of(path: string): string | null | undefined {
    return this.#kept.get(path);
  }

  /** @param base null for the updates alone. */
  async choose(paths: readonly string[], base: string | null): Promise<void> {
    const changed = paths.filter((path) => this.#kept.get(path) !== base);
    if (changed.length === 0) return;
    for (const path of paths) {
      this.#kept.delete(path);
      this.#kept.set(path, base);
    }
    for (const path of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(path);
    await this.memory.update(KEY, Object.fromEntries(this.#kept));
    this.#changes.fire(changed);
  }
}
