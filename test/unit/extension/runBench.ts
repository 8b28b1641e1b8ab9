/** Everything about runs around an engine whose checkpoints are made up, as one window has it. */
import { Choices, type Memory } from '../../../src/extension/runs/choices';
import { RunActions } from '../../../src/extension/runs/actions';
import { Curves } from '../../../src/extension/runs/curves';
import { RunMetrics } from '../../../src/extension/runs/runMetrics';
import { Findings } from '../../../src/extension/runs/findings';
import { Refinements } from '../../../src/extension/runs/refinements';
import { sentences, type ErrorData } from '../../../src/protocol/errors';
import { PLAIN_RUN, type RunSettings } from '../../../src/protocol/chosenSettings';
import { Runs } from '../../../src/extension/runs/runs';
import type { ListedRun, RunList } from '../../../src/extension/runs/listedRun';
import type { ResultStore } from '../../../src/core/store/resultStore';
import type { Described } from '../../../src/worker/cachedAnalyses';
import { Analyses } from '../../../src/extension/services/analyses';
import { Attention } from '../../../src/extension/services/attention';
import { Emitter } from '../../../src/extension/emitter';
import type { AnalysisSettings, Subset } from '../../../src/protocol/analysis';
import type { ListedProjection, NetworkListing } from '../../../src/protocol/inspectionListing';
import type { Channel } from '../../../src/protocol/rpc';
import { Scheduler } from '../../../src/worker/scheduler';
import { settings } from '../support/analysis';
import { FakeEngine } from './fakeEngine';
import { english as t } from '../../../src/protocol/translate';

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A run of three checkpoints, `/name/step0` to `/name/step20`. */
export function run(name: string, steps: readonly (number | null)[] = [0, 10, 20]): ListedRun {
  return {
    id: `/${name}\n`,
    name,
    path: `/${name}`,
    orderedBy: 'step',
    checkpoints: steps.map((step, index) => ({
      path: `/${name}/${'abc'.charAt(index)}`,
      name: `step${step ?? index}`,
      step,
    })),
  };
}

class List implements RunList {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  constructor(public runs: readonly ListedRun[]) {}

  set(runs: readonly ListedRun[]): void {
    this.runs = runs;
    this.#changed.fire();
  }
}

/** What a bench has in place of its own. */
export interface BenchParts {
  store?: ResultStore;
  lists?: readonly RunList[];
  remembered?: (path: string) => Described | undefined;
}

/** What stands for a translation of errors. */
const inOtherWords = (error: ErrorData): ErrorData => ({ ...error, cause: `translated: ${error.cause}` });

export class PartsBench {
  readonly engine = new FakeEngine();
  readonly scheduler: Scheduler;
  readonly attention = new Attention();
  readonly memory = new Map<string, unknown>();
  readonly choices: Choices;
  readonly findings: Findings;
  readonly list: List;
  readonly analyses: Analyses;
  readonly store: ResultStore | undefined;
  readonly runs: Runs;
  readonly metrics: RunMetrics;
  readonly actions: RunActions;
  readonly found = Promise.resolve();
  /** What was reported as failures. */
  readonly failures: unknown[] = [];
  /** Checkpoints that were asked about as adapters, and whether the answer was to go on. */
  readonly askedBases: (readonly string[])[] = [];
  basesKnown = true;
  settings: AnalysisSettings = settings;
  runSettings: RunSettings = PLAIN_RUN;

  constructor(runs: readonly ListedRun[], { store, lists, remembered }: BenchParts = {}) {
    const memory: Memory = {
      get: (key) => this.memory.get(key),
      update: (key, value) => {
        this.memory.set(key, value);
        return Promise.resolve();
      },
    };
    this.choices = new Choices(memory);
    const none = { of: () => undefined };
    const analyses = (this.analyses = new Analyses(
      ...([this.engine.host(), store, silent, none, () => [], undefined, none, remembered] as const),
    ));
    this.scheduler = new Scheduler((job, options) => analyses.analyze(job, options), {
      rank: this.attention.rank,
      onEnd: ({ failures }) => this.failures.push(...failures.map(({ thrown }) => thrown)),
    });
    this.findings = new Findings(
      analyses,
      this.scheduler,
      () => {
        const { nulls, ...own } = this.choices.own;
        return { ...this.settings, ...own, nulls: nulls ? { draws: 20 } : null };
      },
      silent,
    );
    this.choices.onChange((choice) => {
      if (choice === 'subset' || choice === 'nulls' || choice === 'mode') this.findings.settingsChanged();
    });
    this.list = new List(runs);
    // Made-up results differ by the first letter of what they are of.
    for (const { path, name } of runs.flatMap(({ checkpoints }) => checkpoints)) {
      this.engine.contents.set(path, path.slice(-1) + name);
    }
    const curves = new Curves(analyses, this.scheduler);
    const refinements = new Refinements(analyses, this.scheduler, () => this.runSettings);
    const place = (path: string): string => path.slice(1);
    const metrics = (this.metrics = new RunMetrics(this.engine.host(), this.choices, silent, (error) =>
      sentences(inOtherWords(error.data)),
    ));
    this.runs = new Runs(
      ...([
        lists ?? [this.list],
        this.findings,
        this.choices,
        curves,
        refinements,
        metrics,
        place,
        t,
        inOtherWords,
      ] as const),
    );
    this.actions = new RunActions(
      this.runs,
      this.findings,
      this.scheduler,
      (groups) => {
        this.askedBases.push(...groups);
        return Promise.resolve(this.basesKnown);
      },
      curves,
      refinements,
    );
  }

  /** A network of two blocks, whatever is asked for. */
  listNetwork(): Promise<NetworkListing> {
    const projection = (block: number, role: string): ListedProjection => ({
      name: `layers.${block}.${role}`,
      block,
      role,
      tensors: [],
      sources: 8,
      targets: 8,
      layout: 'out-in',
    });
    const projections = [projection(0, 'mlp.up'), projection(1, 'mlp.down')];
    return Promise.resolve({ blocks: 2, projections, fault: null });
  }

  setSubset(subset: Subset | null): Promise<void> {
    return this.choices.setSubset(subset);
  }
}

export class RunBench extends PartsBench {
  constructor(...runs: ListedRun[]) {
    super(runs);
  }
}

/** The two ends of a channel within one process. */
export function channels(): [Channel, Channel] {
  const ends = [new Emitter<unknown>(), new Emitter<unknown>()] as const;
  const end = (own: 0 | 1): Channel => ({
    // What travels between processes is a copy.
    post: (message) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        ends[own === 0 ? 1 : 0].fire(copy);
      });
    },
    listen: (receive) => ends[own].event(receive),
  });
  return [end(0), end(1)];
}
