/** What the dashboard shows, and what its page may ask for. */
import type { Channel, Handlers } from '../../protocol/rpc';
import {
  dashboardHostMethods,
  dashboardMethods,
  type DashboardHostMethods,
  type DashboardMethods,
  type DashboardModel,
  type RunView,
} from '../../protocol/trends';
import { commonHandlers, type CommonServices } from '../panels/commonHandlers';
import { Conversation } from '../panels/conversation';
import type { RunsContext } from '../panels/runsSession';
import { ResultSearch } from '../runs/resultSearch';
import { Throttle } from '../throttle';

/** It is shown whole, and progress alone reports ten times a second. */
const SHOW_EVERY_MS = 500;

const NAME = 'the dashboard';

export interface DashboardServices extends CommonServices {
  openRuns: (view: RunView, runs: readonly string[]) => void;
  openSampleRun: () => Promise<void>;
  l10n: Record<string, string>;
}

export class DashboardSession {
  readonly #conversation: Conversation<DashboardHostMethods, DashboardMethods>;
  readonly #stops: (() => void)[];
  readonly #search: ResultSearch;
  readonly #show = new Throttle(SHOW_EVERY_MS, () => {
    this.#conversation.tell('show', this.model);
  });

  constructor(
    channel: Channel,
    private readonly context: RunsContext,
    private readonly services: DashboardServices,
  ) {
    this.#conversation = new Conversation(
      NAME,
      channel,
      dashboardHostMethods,
      this.#handlers(),
      dashboardMethods,
      services.log,
    );
    const { runs, scheduler, choices } = context;
    this.#search = new ResultSearch(runs, services.log);
    const changed = (): void => {
      this.#show.request();
    };
    this.#stops = [
      scheduler.onChange(changed),
      runs.onChange((change) => {
        if (change.kind === 'all') this.#load();
        changed();
      }),
      choices.onChange((choice) => {
        if (choice === 'run') this.#load();
        changed();
      }),
    ];
  }

  connect(): void {
    this.#conversation.connect();
  }

  disconnect(): void {
    this.#search.stop();
    this.#conversation.disconnect();
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.#show.dispose();
    this.disconnect();
  }

  get model(): DashboardModel {
    const { runs, scheduler, choices, actions } = this.context;
    const id = this.#runId;
    const run = id === undefined ? undefined : runs.get(id);
    return {
      runs: runs.list.map(({ id: each, name }) => ({ id: each, name })),
      run: (id === undefined ? undefined : runs.model(id)) ?? null,
      baseline: choices.baseline,
      emergenceFrom: choices.emergenceFrom,
      asked: runs.asked,
      nulls: choices.nulls,
      // There is a button beside it that stops what is of this run.
      progress: run && actions.isBusy([run]) ? scheduler.progress : null,
      l10n: this.services.l10n,
    };
  }

  /** The chosen run, as long as there is one; else the first. */
  get #runId(): string | undefined {
    const { runs, choices } = this.context;
    return (runs.list.find(({ id }) => id === choices.run) ?? runs.list[0])?.id;
  }

  /** Stored results come as they are found. */
  #load(): void {
    const id = this.#runId;
    if (!this.#conversation.ready || id === undefined) return;
    this.#search.look([id]);
  }

  #handlers(): Handlers<DashboardHostMethods> {
    const { runs, choices, actions } = this.context;
    const { openRuns, openSampleRun } = this.services;
    return {
      ready: async () => {
        await this.context.found;
        this.#conversation.begin();
        this.#load();
        return this.model;
      },
      select: async ({ run }) => {
        if (runs.get(run)) await choices.setRun(run);
        return null;
      },
      setBaseline: async (baseline) => {
        await choices.setBaseline(baseline);
        const run = this.#runId === undefined ? undefined : runs.get(this.#runId);
        if (run) void actions.analyzeBaselines([run]);
        return null;
      },
      setNulls: async ({ on }) => {
        await choices.setNulls(on);
        const run = this.#runId === undefined ? undefined : runs.get(this.#runId);
        if (run) void actions.analyzeRuns([run]);
        return null;
      },
      setEmergenceFrom: async ({ source }) => {
        await choices.setEmergenceFrom(source);
        return null;
      },
      analyzeRun: ({ run: id }) => {
        const run = runs.get(id);
        if (run) void actions.analyzeRuns([run]);
        return null;
      },
      openView: ({ view }) => {
        if (this.#runId !== undefined) openRuns(view, [this.#runId]);
        return null;
      },
      openSampleRun: async () => {
        await openSampleRun();
        return null;
      },
      cancel: () => {
        const run = this.#runId === undefined ? undefined : runs.get(this.#runId);
        if (run) actions.cancelRuns([run]);
        return null;
      },
      ...commonHandlers(NAME, this.services),
    };
  }
}
