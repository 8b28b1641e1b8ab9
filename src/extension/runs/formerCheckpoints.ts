/**
 * What checkpoints were when a result of them was last seen. The workspace remembers it: the last results of checkpoints that have been
 * deleted or overwritten since, also while no window was open, are found by it.
 */
import { dirname } from 'node:path';
import * as v from 'valibot';
import { checkpointSchema } from '../../protocol/analysis';
import type { Described } from '../../worker/cachedAnalyses';
import { Throttle } from '../throttle';
import type { Memory } from './choices';

const KEY = 'neuromfa.former';
/** Only the latest are remembered. */
const MAX = 1000;
/** All of them are written at once, although a run reports each of its checkpoints. */
const WRITE_EVERY_MS = 1000;

const formerSchema = v.array(
  v.object({
    at: v.string(),
    described: v.object({ checkpoint: checkpointSchema, state: v.nullable(v.string()) }),
  }),
);

export class FormerCheckpoints {
  /** The first are the first to be forgotten. */
  readonly #seen: Map<string, Described>;
  readonly #writing = new Throttle(WRITE_EVERY_MS, () => {
    void this.write();
  });
  /** Whether the workspace remembers less than is known. */
  #unwritten = false;

  constructor(private readonly memory: Memory) {
    // Perhaps of another version.
    const parsed = v.safeParse(formerSchema, memory.get(KEY));
    this.#seen = new Map(parsed.success ? parsed.output.map(({ at, described }) => [at, described]) : []);
  }

  /** Its state when a result was last seen, which may be that of now; undefined where there was none. */
  of(at: string): Described | undefined {
    return this.#seen.get(at);
  }

  /** Records that there is a result of a checkpoint in its present state. */
  saw(at: string, described: Described): void {
    const before = this.#seen.get(at);
    const same =
      before?.state === described.state && before.checkpoint.fingerprint === described.checkpoint.fingerprint;
    if (!same) this.#keep(at, described);
  }

  /** Records that files in these folders have been overwritten. */
  overwritten(folders: ReadonlySet<string>): void {
    this.keep([...this.#seen.keys()].filter((at) => folders.has(dirname(at))));
  }

  /** Records that these checkpoints have changed or gone: they are remembered longer than those that are there. */
  keep(all: readonly string[]): void {
    for (const at of all) {
      const described = this.#seen.get(at);
      if (described) this.#keep(at, described);
    }
  }

  /** Forgets the former state of these checkpoints, or of all. */
  forget(all: readonly string[] = [...this.#seen.keys()]): void {
    const known = all.filter((at) => this.#seen.delete(at));
    if (known.length > 0) this.#request();
  }

  /** Has the workspace remember what is known now. */
  async write(): Promise<void> {
    this.#unwritten = false;
    await this.memory.update(
      KEY,
      [...this.#seen].map(([at, described]) => ({ at, described })),
    );
  }

  /** A window that is reloaded at once remembers all the same. */
  dispose(): void {
    this.#writing.dispose();
    if (this.#unwritten) void this.write();
  }

  #keep(at: string, described: Described): void {
    this.#seen.delete(at);
    this.#seen.set(at, described);
    for (const oldest of [...this.#seen.keys()].slice(0, -MAX)) this.#seen.delete(oldest);
    this.#request();
  }

  #request(): void {
    this.#unwritten = true;
    this.#writing.request();
  }
}
