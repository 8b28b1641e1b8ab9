/**
 * What a Trends or an Emergence panel shows, and what its page may ask for: everything but the editor tab, so that it
 * can be tested without one.
 */
import type { Subset } from '../../protocol/analysis';
import type { ChosenSettings, SettingsModel } from '../../protocol/chosenSettings';
import type { Drop } from '../../protocol/drop';
import { NeuroMfaError } from '../../protocol/errors';
import type { NetworkListing } from '../../protocol/inspectionListing';
import { visibleOf } from '../../protocol/looks';
import type { ReportRun } from '../../protocol/report';
import type { Channel, Handlers } from '../../protocol/rpc';
import {
  runsHostMethods,
  runsPanelMethods,
  type Run,
  type RunsHostMethods,
  type RunsModel,
  type RunsPanelMethods,
  type RunView,
} from '../../protocol/trends';
import type { Scheduler } from '../../worker/scheduler';
import type { RunActions } from '../runs/actions';
import type { Choices } from '../runs/choices';
import type { Runs, RunsChange } from '../runs/runs';
import type { ListedRun } from '../runs/listedRun';
import { AcrossShown } from '../runs/acrossShown';
import { ResultSearch } from '../runs/resultSearch';
import type { Attention } from '../services/attention';
import { NetworkChoice } from '../services/networkChoice';
import { Throttle } from '../throttle';
import { commonHandlers, type CommonServices } from './commonHandlers';
import { Conversation } from './conversation';

/** Results that come faster are shown together: a series of many checkpoints is not for free. */
const SHOW_EVERY_MS = 250;

const NAME = 'a panel of training runs';

/** What a panel needs of the editor. */
export interface RunsPanelServices extends CommonServices {
  /** Opens the Spectrum panel of a checkpoint. */
  openCheckpoint: (path: string) => Promise<void>;
  /** Opens the Compare panel of two checkpoints. */
  compare: (a: string, b: string) => Promise<void>;
  /** @throws NeuroMfaError `usage` where nothing that was dropped is a file. */
  filesOf: (drop: Drop) => readonly string[];
  /** Shows files in the explorer. */
  reveal: (path: string) => Promise<void>;
  /** Opens a panel of runs. */
  openRuns: (view: RunView, runs: readonly string[]) => void;
  /** Reads headers only. */
  listNetwork: (path: string) => Promise<NetworkListing>;
  /** Analyzes this part of all runs' networks from now on; null for the whole. */
  setSubset: (subset: Subset | null) => Promise<void>;
  /** The settings as they are now, and changes of them. */
  settings: PageSettings;
  /** Asks for a run that is not among `shown`. */
  pickRun: (shown: readonly string[]) => Promise<ListedRun | undefined>;
  /** Asks for files of metrics, and has the run read them; reports what cannot be read. */
  pickMetrics: (run: ListedRun) => Promise<void>;
  /** Analyzes each new checkpoint of runs once it is whole, or no longer. */
  watch: (runs: readonly ListedRun[], on: boolean) => Promise<void>;
  /** Leaves deleted checkpoints out of runs that are not watched. */
  leaveOut: (runs: readonly string[]) => Promise<void>;
  /** Has the run read those found beside it. */
  findMetrics: (run: ListedRun) => Promise<void>;
  /** Asks what a run is to be called; empty: as its folder. Undefined when the user backed out. */
  askName: (now: string) => Promise<string | undefined>;
  remember: Handlers<RunsHostMethods>['remember'];
  save: Handlers<RunsHostMethods>['save'];
  /** Asks where to save, and writes a report. Null when the user backed out. */
  saveReport: (suggestedName: string, runs: readonly ReportRun[]) => Promise<string | null>;
  l10n: Record<string, string>;
}

/** The settings as pages see them. */
export interface PageSettings {
  read(): SettingsModel;
  /** @throws NeuroMfaError `usage` where they are not valid. */
  write(input: ChosenSettings): Promise<void>;
}

/** Everything about runs that a session works with. */
export interface RunsContext {
  runs: Runs;
  scheduler: Scheduler;
  choices: Choices;
  actions: RunActions;
  /** Settles when the workspace was searched for the first time: until then there is no saying what runs there are. */
  found: Promise<unknown>;
  attention: Attention;
}

export class RunsSession {
  readonly #conversation: Conversation<RunsHostMethods, RunsPanelMethods>;
  readonly #stops: (() => void)[];
  readonly #choice: NetworkChoice;
  readonly #search: ResultSearch;
  readonly #show = new Throttle(SHOW_EVERY_MS, () => {
    this.#conversation.tell('show', this.model);
  });
  #ids: string[];
  readonly #across = new AcrossShown();
  /** The last series of each run, for as long as it has none. */
  readonly #former = new Map<string, NonNullable<Run['former']>>();
  /** What runs with results were like when they were shown last: they may go. */
  readonly #last = new Map<string, Run>();

  /** @param onRunsChanged called when runs are added or removed. */
  constructor(
    readonly view: RunView,
    ids: readonly string[],
    channel: Channel,
    private readonly context: RunsContext,
    private readonly services: RunsPanelServices,
    private readonly onRunsChanged: () => void,
  ) {
    this.#ids = [...ids];
    // All checkpoints of a run have one network.
    this.#choice = new NetworkChoice(services.listNetwork, () =>
      this.runs.flatMap(({ saved, checkpoints }) =>
        saved ? [] : (checkpoints.find(({ deleted }) => !deleted)?.path ?? []),
      ),
    );
    this.#conversation = new Conversation(
      NAME,
      channel,
      runsHostMethods,
      this.#handlers(),
      runsPanelMethods,
      services.log,
    );
    const { runs, scheduler } = context;
    this.#search = new ResultSearch(runs, services.log);
    this.#stops = [
      runs.onChange((change) => {
        this.#runsChanged(change);
      }),
      scheduler.onChange(() => {
        this.#conversation.tell('progress', this.#progress);
      }),
    ];
  }

  /** Listens to a page that is being loaded. */
  connect(): void {
    this.#look();
    this.#conversation.connect();
  }

  disconnect(): void {
    this.context.attention.look(this, []);
    this.#search.stop();
    this.#conversation.disconnect();
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.#show.dispose();
    this.disconnect();
  }

  /** The runs of this panel that exist, in its order. */
  get runs(): ListedRun[] {
    return this.#ids.flatMap((id) => this.context.runs.get(id) ?? []);
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Overlays more runs. */
  add(ids: readonly string[]): void {
    this.#setIds([...new Set([...this.#ids, ...ids])]);
  }

  get model(): RunsModel {
    const { runs, choices } = this.context;
    const shown = this.#ids.flatMap((id) => {
      const run = runs.model(id);
      return run ? [this.#withFormer(run)] : this.#gone(id);
    });
    const across = this.view === 'emergence' ? this.#across.of(shown) : null;
    return {
      view: this.view,
      runs: shown,
      ...(across && { across }),
      askedMode: runs.mode,
      settings: this.services.settings.read(),
      baseline: choices.baseline,
      emergenceFrom: choices.emergenceFrom,
      asked: runs.asked,
      nulls: choices.nulls,
      progress: this.#progress,
      l10n: this.services.l10n,
    };
  }

  /** Of the queue, as long as something of this panel is in it: there is a button beside it that stops that. */
  get #progress(): RunsModel['progress'] {
    const { actions, scheduler } = this.context;
    return actions.isBusy(this.runs) ? scheduler.progress : null;
  }

  #withFormer(run: Run): Run {
    const { id, series, spectra } = run;
    if (series) {
      this.#former.set(id, { series, spectra });
      this.#last.set(id, run);
    }
    const former = this.#former.get(id);
    return series || !former ? run : { ...run, former };
  }

  /** A run that is gone, as it was: nothing of it can be analyzed or opened. */
  #gone(id: string): Run[] {
    const last = this.#last.get(id);
    if (!last) return [];
    const { watched: _, specifying: __, ...run } = last;
    const checkpoints = last.checkpoints.map((each) =>
      ['queued', 'running', 'elsewhere'].includes(each.state.kind)
        ? { ...each, state: { kind: 'missing' as const } }
        : each,
    );
    return [{ ...run, checkpoints, specifying: null, readOnly: true, gone: true }];
  }

  #setIds(ids: string[]): void {
    this.#ids = ids;
    this.onRunsChanged();
    this.#load();
    this.#show.request();
  }

  /** Stored results come as they are found. */
  #load(): void {
    // A page that comes asks for everything.
    if (!this.#conversation.ready) return;
    this.#look();
    this.#search.look(this.#ids);
  }

  #look(): void {
    const shown = this.runs.flatMap(({ checkpoints }) => checkpoints.map(({ path }) => path));
    this.context.attention.look(this, shown);
  }

  #runsChanged(change: RunsChange): void {
    if (change.kind === 'all') {
      this.#load();
      this.onRunsChanged();
      this.#show.request();
    } else if (this.#ids.includes(change.run)) {
      const checkpoint =
        change.kind === 'checkpoint' && this.context.runs.checkpoint(change.run, change.path);
      if (checkpoint) this.#conversation.tell('updateCheckpoint', { run: change.run, checkpoint });
      else this.#show.request();
    }
  }

  #handlers(): Handlers<RunsHostMethods> {
    const { choices, actions } = this.context;
    const { openCheckpoint, openRuns, pickRun, setSubset, save, saveReport } = this.services;
    return {
      ready: async () => {
        await this.context.found;
        this.#conversation.begin();
        this.#load();
        return this.model;
      },
      setBaseline: async (baseline) => {
        await choices.setBaseline(baseline);
        void actions.analyzeBaselines(this.runs);
        return null;
      },
      setNulls: async ({ on }) => {
        await choices.setNulls(on);
        void actions.analyzeRuns(this.runs);
        return null;
      },
      setEmergenceFrom: async ({ source }) => {
        await choices.setEmergenceFrom(source);
        return null;
      },
      analyzeRun: ({ run }) => {
        void actions.analyzeRuns([this.#run(run)]);
        return null;
      },
      specify: ({ run }) => {
        void actions.specify(this.#run(run));
        return null;
      },
      stopSpecifying: ({ run }) => {
        actions.stopSpecifying(this.#run(run));
        return null;
      },
      pickMetrics: async ({ run }) => {
        await this.services.pickMetrics(this.#run(run));
        return null;
      },
      findMetrics: async ({ run }) => {
        await this.services.findMetrics(this.#run(run));
        return null;
      },
      analyzeMissing: () => {
        void actions.analyzeRuns(this.runs);
        return null;
      },
      analyzeCheckpoint: ({ run, path }) => {
        void actions.analyzeCheckpoints(this.#run(run), [path]);
        return null;
      },
      openCheckpoint: async ({ run, path }) => {
        this.#checkpoint(this.#run(run), path);
        await openCheckpoint(path);
        return null;
      },
      compareCheckpoints: async ({ a, b }) => {
        for (const { run, path } of [a, b]) this.#checkpoint(this.#run(run), path);
        await this.services.compare(a.path, b.path);
        return null;
      },
      reveal: async ({ run, path }) => {
        this.#checkpoint(this.#run(run), path);
        await this.services.reveal(path);
        return null;
      },
      openView: ({ view }) => {
        openRuns(view, this.#ids);
        return null;
      },
      watch: async ({ on }) => {
        await this.services.watch(this.runs, on);
        return null;
      },
      drop: (drop) => {
        const files = this.services.filesOf(drop);
        const all = this.context.runs.list;
        const runs = files.flatMap((file) =>
          all.filter(
            ({ path, checkpoints }) => path === file || checkpoints.some((each) => each.path === file),
          ),
        );
        if (runs.length === 0) {
          const next = 'Drop the folder of a run, or a checkpoint of one';
          throw new NeuroMfaError('usage', files[0]!, 'it is no training run of this workspace', next);
        }
        this.add(runs.map(({ id }) => id));
        return null;
      },
      leaveOut: async () => {
        await this.services.leaveOut(this.#ids);
        return null;
      },
      addRun: async () => {
        const run = await pickRun(this.#ids);
        if (run) this.add([run.id]);
        return null;
      },
      removeRun: ({ run }) => {
        this.#setIds(this.#ids.filter((id) => id !== run));
        return null;
      },
      setLooks: async ({ looks }) => {
        // Of runs that are gone as well: they are still drawn.
        for (const run of Object.keys(looks)) if (!this.#ids.includes(run)) this.#run(run);
        await choices.setLooks(looks);
        return null;
      },
      renameRun: async ({ run }) => {
        const { id, name } = this.#run(run);
        const chosen = await this.services.askName(name);
        if (chosen !== undefined) await choices.rename(id, chosen);
        return null;
      },
      outline: () => this.#choice.outline(),
      checkSubset: (input) => this.#choice.check(input),
      setSubset: async (input) => {
        const subset = await this.#choice.subset(input);
        await setSubset(subset);
        void actions.analyzeRuns(this.runs);
        return null;
      },
      setMode: async ({ mode }) => {
        await choices.setMode(mode);
        this.#analyzeIfQuick();
        return null;
      },
      setSettings: async (input) => {
        await this.services.settings.write(input);
        this.#analyzeIfQuick();
        return null;
      },
      cancel: () => {
        actions.cancelRuns(this.runs);
        return null;
      },
      save,
      saveReport: async () => {
        const shown = visibleOf(this.model.runs, ({ series }) => series !== null);
        const runs = shown.flatMap(({ run: { series, spectra, look }, place }): ReportRun[] => {
          const style = { place, ...(look?.hue !== undefined && { hue: look.hue }) };
          return series ? [{ series, spectra, style }] : [];
        });
        const [first] = runs;
        if (!first) throw new NeuroMfaError('usage', NAME, 'it has no results to report', '');
        const what = runs.length === 1 ? first.series.run.name : `${runs.length}-runs`;
        return { path: await saveReport(`${what}-report.html`, runs) };
      },
      remember: this.services.remember,
      ...commonHandlers(NAME, this.services),
    };
  }

  /** Samples take seconds; whole networks may take hours, and wait for the word. */
  #analyzeIfQuick(): void {
    const { runs, actions } = this.context;
    if (runs.mode === 'sampled') void actions.analyzeRuns(this.runs);
    else this.#show.request();
  }

  /** A page may ask only for what it shows. */
  #run(id: string): ListedRun {
    const run = this.runs.find((each) => each.id === id);
    if (!run) throw new NeuroMfaError('usage', id, 'this panel does not show it', '');
    return run;
  }

  #checkpoint(run: ListedRun, path: string): void {
    if (run.saved || !run.checkpoints.some((each) => each.path === path)) {
      throw new NeuroMfaError('usage', path, 'it is no checkpoint of this run', '');
    }
  }
}
