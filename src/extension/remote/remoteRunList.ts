/** Runs over the network: those that the user has named in this workspace. They stay listed without a request, until they are closed. */
import * as v from 'valibot';
import type * as vscode from 'vscode';
import { checkpointSchema } from '../../protocol/analysis';
import { count, maybe } from '../../protocol/numbers';
import { duplicatesOf, type RemoteListing } from '../../protocol/remote';
import { RUN_ORDERS } from '../../protocol/run';
import type { Described } from '../../worker/cachedAnalyses';
import { Emitter } from '../emitter';
import type { ListedRun, RunList } from '../runs/listedRun';

/** In the workspace's state. */
const STATE = 'remoteRuns';

const checkpointEntries = {
  at: v.string(),
  name: v.string(),
  step: v.nullable(count),
  epoch: maybe,
  tokens: maybe,
  content: v.optional(v.nullable(v.string()), null),
  config: v.optional(v.nullable(v.string()), null),
  /** What its stored results are found by, without a request. */
  described: v.exactOptional(v.object({ checkpoint: checkpointSchema, state: v.nullable(v.string()) })),
};
const cachedSchema = v.array(
  v.object({
    at: v.string(),
    name: v.string(),
    orderedBy: v.picklist(RUN_ORDERS),
    /** When its server listed what is there, in milliseconds since 1970. */
    asked: v.optional(maybe, null),
    checkpoints: v.pipe(v.array(v.object(checkpointEntries)), v.minLength(1)),
  }),
);
type Kept = v.InferOutput<typeof cachedSchema>[number];

export class RemoteRunList implements RunList {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  #kept: readonly Kept[];
  /** Addresses that the user has named in this window, and whose servers have answered. */
  readonly #named = new Set<string>();
  #runs: readonly ListedRun[];

  constructor(
    private readonly state: Pick<vscode.Memento, 'get' | 'update'>,
    private readonly now: () => number = Date.now,
  ) {
    const stored = v.safeParse(cachedSchema, state.get(STATE) ?? []);
    this.#kept = stored.success ? stored.output : [];
    this.#runs = this.#list();
  }

  get runs(): readonly ListedRun[] {
    return this.#runs;
  }

  /** Lists a run from now on, in place of what was listed of the same address. @returns its id. */
  async add({ at, name, orderedBy, checkpoints, old }: RemoteListing): Promise<string> {
    const own = checkpoints.map(({ at: place, name: called, step, epoch, tokens, content, config }) => ({
      ...{ at: place, name: called, step, epoch, tokens, content, config },
    }));
    if (old === undefined) this.#named.add(at);
    const asked = old ?? this.now();
    await this.#keep([...this.#others(at), { at, name, orderedBy, asked, checkpoints: own }]);
    return at;
  }

  /** What a checkpoint was when it was analyzed; undefined where nothing is remembered. */
  remembered(at: string): Described | undefined {
    return this.#find(at)?.described;
  }

  /**
   * A checkpoint has been analyzed: what it is now is remembered, also where it was another one before.
   * @param fingerprint of the result. @param describe says what the checkpoint is.
   */
  async analyzed(at: string, fingerprint: string, describe: () => Promise<Described>): Promise<void> {
    const known = this.#find(at);
    if (!known || known.described?.checkpoint.fingerprint === fingerprint) return;
    const { checkpoint, state } = await describe();
    known.described = { checkpoint, state };
    await this.state.update(STATE, this.#kept);
  }

  #find(at: string): Kept['checkpoints'][number] | undefined {
    return this.#kept.flatMap(({ checkpoints }) => checkpoints).find((each) => each.at === at);
  }

  /** The run that holds a checkpoint; undefined for what the user has named in no run. */
  runOf(at: string): ListedRun | undefined {
    return this.#runs.find(({ checkpoints }) => checkpoints.some(({ path }) => path === at));
  }

  async remove(id: string): Promise<void> {
    await this.#keep(this.#others(id));
  }

  #list(): ListedRun[] {
    return this.#kept.map((kept) => ({
      ...listed(kept),
      ...(!this.#named.has(kept.at) && { unchecked: kept.asked }),
    }));
  }

  #others(at: string): Kept[] {
    return this.#kept.filter((each) => each.at !== at);
  }

  async #keep(kept: readonly Kept[]): Promise<void> {
    this.#kept = kept;
    this.#runs = this.#list();
    this.#changed.fire();
    await this.state.update(STATE, kept.length > 0 ? kept : undefined);
  }
}

function listed({ at, name, orderedBy, checkpoints }: Kept): ListedRun {
  const duplicates = duplicatesOf(checkpoints);
  return {
    ...{ id: at, path: at, name, orderedBy, remote: true },
    checkpoints: checkpoints.map(({ at: path, name: own, step, epoch, tokens }) => ({
      ...{ path, name: own, step, ...duplicates.get(path) },
      ...(epoch !== null && { epoch }),
      ...(tokens !== null && { tokens }),
    })),
  };
}
