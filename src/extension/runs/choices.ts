/** The users' choices for runs, stored with the workspace and the same in every view. */
import * as v from 'valibot';
import { MODES, subsetSchema, type Mode, type Subset } from '../../protocol/analysis';
import { lookSchema, type Look } from '../../protocol/looks';
import {
  baselineChoiceSchema,
  EMERGENCE_SOURCES,
  type BaselineChoice,
  type EmergenceSource,
} from '../../protocol/run';
import { Emitter } from '../emitter';
import { withNulls, type OwnSettings } from '../ownSettings';

const KEY = 'neuromfa.choices';

/** Where choices are stored: the part of the editor's `Memento` that this needs. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const choicesSchema = v.object({
  baseline: baselineChoiceSchema,
  emergenceFrom: v.picklist(EMERGENCE_SOURCES),
  /** The run of the dashboard; null lets the dashboard choose. */
  run: v.nullable(v.string()),
  /** The part of the network; null for all of it; absent where the settings decide. */
  subset: v.optional(v.nullable(subsetSchema)),
  /** Sampled or full; absent where the settings decide. */
  mode: v.optional(v.picklist(MODES)),
  /** Whether null models are drawn beside every checkpoint. */
  nulls: v.optional(v.boolean(), false),
  /** By the id of a run, the files of metrics that were picked for it; by default those found beside it. */
  metricFiles: v.optional(v.record(v.string(), v.array(v.string())), {}),
  /** By the id of a run. */
  looks: v.optional(v.record(v.string(), lookSchema), {}),
  /** Names of runs in place of their folders' names, by their ids. */
  names: v.optional(v.record(v.string(), v.string()), {}),
});
type Kept = v.InferOutput<typeof choicesSchema>;

const DEFAULTS: Kept = {
  baseline: { kind: 'first' },
  emergenceFrom: 'alpha0',
  run: null,
  nulls: false,
  metricFiles: {},
  looks: {},
  names: {},
};

export class Choices {
  readonly #changes = new Emitter<keyof Kept>();
  /** Called with what has been chosen. */
  readonly onChange = this.#changes.event;
  #kept: Kept;

  constructor(private readonly memory: Memory) {
    // Perhaps of another version.
    const parsed = v.safeParse(choicesSchema, memory.get(KEY));
    this.#kept = parsed.success ? parsed.output : DEFAULTS;
  }

  get baseline(): BaselineChoice {
    return this.#kept.baseline;
  }

  get emergenceFrom(): EmergenceSource {
    return this.#kept.emergenceFrom;
  }

  get run(): string | null {
    return this.#kept.run;
  }

  /** The settings for runs in place of the user's settings. */
  get own(): OwnSettings {
    const { subset, nulls, mode } = this.#kept;
    return withNulls({ ...(subset !== undefined && { subset }), ...(mode && { mode }) }, nulls);
  }

  /** @param subset undefined lets the settings decide. */
  async setSubset(subset: Subset | null | undefined): Promise<void> {
    await this.#set({ subset });
  }

  /** @param mode undefined lets the settings decide. */
  async setMode(mode: Mode | undefined): Promise<void> {
    await this.#set({ mode });
  }

  get nulls(): boolean {
    return this.#kept.nulls;
  }

  async setNulls(nulls: boolean): Promise<void> {
    await this.#set({ nulls });
  }

  /** The files of metrics picked for a run; undefined for those found beside it. */
  metricFiles(run: string): readonly string[] | undefined {
    return this.#kept.metricFiles[run];
  }

  /** @param files undefined for those found beside the run. */
  async setMetricFiles(run: string, files: readonly string[] | undefined): Promise<void> {
    const { [run]: _, ...metricFiles } = this.#kept.metricFiles;
    await this.#set({ metricFiles: { ...metricFiles, ...(files && { [run]: [...files] }) } });
  }

  look(run: string): Look | undefined {
    return this.#kept.looks[run];
  }

  async setLooks(looks: Readonly<Record<string, Look>>): Promise<void> {
    await this.#set({ looks: { ...this.#kept.looks, ...looks } });
  }

  /** The name of a run; undefined for its folder's name. */
  nameOf(run: string): string | undefined {
    return this.#kept.names[run];
  }

  /** @param name empty for its folder's name. */
  async rename(run: string, name: string): Promise<void> {
    const { [run]: _, ...names } = this.#kept.names;
    await this.#set({ names: { ...names, ...(name && { [run]: name }) } });
  }

  async setBaseline(baseline: BaselineChoice): Promise<void> {
    await this.#set({ baseline });
  }

  async setEmergenceFrom(emergenceFrom: EmergenceSource): Promise<void> {
    await this.#set({ emergenceFrom });
  }

  async setRun(run: string): Promise<void> {
    await this.#set({ run });
  }

  async #set(changed: Partial<Kept>): Promise<void> {
    this.#kept = { ...this.#kept, ...changed };
    for (const key of Object.keys(changed) as (keyof Kept)[]) this.#changes.fire(key);
    await this.memory.update(KEY, this.#kept);
  }
}
