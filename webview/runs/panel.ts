/** The Trends and the Emergence panel: one page, put together from model, figures and controls. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { tally } from '../data/runTally';
import type { Mode } from '../../src/protocol/analysis';
import type { ExportFormat } from '../../src/protocol/panel';
import { visibleOf, type Look } from '../../src/protocol/looks';
import type { BaselineChoice, EmergenceSource } from '../../src/protocol/run';
import type { QueueProgress, Run, RunCheckpoint, RunsModel, RunView } from '../../src/protocol/trends';
import { ChartShelf } from '../components/chartShelf';
import { banner } from '../components/banner';
import { toolButton } from '../components/controls';
import { figureOutput } from '../components/figureOutput';
import { headline } from '../components/headline';
import { exportControls, groundTheme, type ExportControls } from '../components/exportControls';
import { modeChoice } from '../components/modeChoice';
import { nullsSwitch } from '../components/nullsSwitch';
import { SettingsDrawer } from '../components/settingsDrawer';
import type { SettingsActions } from '../components/settingsForm';
import { queueLine } from '../components/queueLine';
import { SubsetControl, type SubsetActions } from '../components/subsetControl';
import { noResultsState, noRunsState } from '../components/states';
import { statusLine, type Said } from '../components/statusLine';
import { tabs, type Tabs } from '../components/tabs';
import { topBar } from '../components/topBar';
import { cautions } from '../components/cautions';
import { outdated, partsOfRuns, shownRuns, type ShownRun, type StyleOf } from '../data/shownRuns';
import { h } from '../dom';
import type { Exported } from '../exporting/exported';
import { seriesStyle, type SeriesStyle } from '../figures/styles';
import { setWords, t, thrownText } from '../l10n';
import { onThemeChange, readTheme, type Theme } from '../theme';
import {
  deletedText,
  emergenceSentences,
  goneText,
  incomparable,
  otherVersionText,
  uncheckedText,
  overwrittenText,
  runNotes,
  trendsSentences,
} from '../words/runs';
import { CheckpointList, type CheckpointActions, type CheckpointOf } from './checkpointList';
import { nextOrder } from './checkpointOrder';
import { exportRuns } from './exports';
import { runFacts } from './facts';
import { isolated, toggled } from './looks';
import { runList, updateRunLine, type RunListActions } from './runList';
import { runTabContent } from './tabContent';
import type { RunsMemory } from './memory';
import { hasPicture, RUN_TABS, runFigures, runTable, type RunTab } from './views';

/** What the panel asks of the extension host. */
export interface RunsPanelActions extends SubsetActions, SettingsActions {
  /** Resolves with the file's path, or null when the user backed out. */
  save: (file: Exported) => Promise<string | null>;
  /** Everything about these runs as one HTML file; resolves as `save` does. */
  saveReport: () => Promise<string | null>;
  setBaseline: (baseline: BaselineChoice) => void;
  setEmergenceFrom: (source: EmergenceSource) => void;
  setNulls: (on: boolean) => void;
  setMode: (mode: Mode) => void;
  pickMetrics: (run: string) => void;
  findMetrics: (run: string) => void;
  specify: (run: string) => void;
  stopSpecifying: (run: string) => void;
  analyzeRun: (run: string) => void;
  analyzeMissing: () => void;
  analyzeCheckpoint: (run: string, path: string) => void;
  openCheckpoint: (run: string, path: string) => void;
  compareCheckpoints: (pair: readonly [CheckpointOf, CheckpointOf]) => void;
  openView: (view: RunView) => void;
  /** Analyzes each new checkpoint of these runs once it is whole, or no longer. */
  watch: (on: boolean) => void;
  addRun: () => void;
  /** Leaves deleted checkpoints out. */
  leaveOut: () => void;
  removeRun: (run: string) => void;
  setLooks: (looks: Record<string, Look>) => void;
  renameRun: (run: string) => void;
  /** Shows the files of a checkpoint in the explorer. */
  reveal: (run: string, path: string) => void;
  cancel: () => void;
  showLog: () => void;
  /** Opens the guide at a symbol or a chart. */
  explain: (topic: string) => void;
  report: (error: unknown) => void;
}

export class RunsPanel {
  #said: Said = { text: '', fault: false };
  readonly #queue = h('div', { class: 'queue', hidden: true });
  readonly #charts: ChartShelf;
  readonly #subset: SubsetControl;
  readonly #settings: SettingsDrawer;
  readonly #checkpointActions: CheckpointActions;
  readonly #runActions: RunListActions;
  #theme: Theme = readTheme();
  #model: RunsModel | null = null;
  #tabs: Tabs | null = null;
  #exports: ExportControls | null = null;
  #content: TemplateResult | null = null;
  #checkpoints: CheckpointList | null = null;
  #frame: number | null = null;

  constructor(
    private readonly parent: HTMLElement,
    private readonly actions: RunsPanelActions,
    private readonly memory: RunsMemory,
  ) {
    this.#charts = new ChartShelf({
      button: toolButton,
      memory,
      explain: actions.explain,
      open: ({ run, path }) => {
        actions.openCheckpoint(run, path);
      },
      output: figureOutput({
        file: (format, figure) => this.#file(format, figure),
        table: () => {
          const { choices } = this.memory;
          const { view = 'trends', across } = this.#model ?? {};
          return runTable(view, this.#tab, this.#shown(this.#theme), choices, across);
        },
        save: (file) => this.#save(async () => actions.save(await file)),
        say: (text) => {
          this.#say(text);
        },
        fail: (error) => {
          this.fail(error);
        },
        reveal: ({ run, path }) => {
          actions.reveal(run, path);
        },
      }),
      legend: {
        hidden: () => this.#hiddenRuns(),
        toggle: (run) => {
          actions.setLooks(toggled(this.#model?.runs ?? [], run));
        },
        isolate: (run) => {
          actions.setLooks(isolated(this.#model?.runs ?? [], run));
        },
      },
    });
    this.#checkpointActions = {
      sort: (column) => {
        this.memory.choose({ order: nextOrder(this.memory.choices.order, column) });
        this.#drawTab();
      },
      tick: (path, on) => {
        const others = this.memory.choices.ticked.filter((each) => each !== path);
        // The third takes the place of the first.
        this.memory.choose({ ticked: on ? [...others.slice(-1), path] : others });
        this.#drawTab();
      },
      compare: actions.compareCheckpoints,
      open: actions.openCheckpoint,
      analyze: actions.analyzeCheckpoint,
      showLog: actions.showLog,
    };
    this.#runActions = {
      analyze: actions.analyzeRun,
      remove: actions.removeRun,
      add: actions.addRun,
      rename: actions.renameRun,
      setLooks: actions.setLooks,
    };
    this.#subset = new SubsetControl(actions);
    this.#settings = new SettingsDrawer(actions, memory, true);
    this.#draw();
    onThemeChange(() => {
      this.#theme = readTheme();
      this.#render();
    });
  }

  show(model: RunsModel): void {
    setWords(model.l10n);
    this.#model = model;
    document.body.dataset['panel'] = model.view;
    this.#render();
  }

  /** One checkpoint has moved on without a result. */
  updateCheckpoint(runId: string, checkpoint: RunCheckpoint): void {
    const run = this.#model?.runs.find(({ id }) => id === runId);
    const index = run?.checkpoints.findIndex(({ path }) => path === checkpoint.path) ?? -1;
    if (!this.#model || !run || index < 0) return;
    const before = run.checkpoints[index]!.state.kind;
    run.checkpoints[index] = checkpoint;
    if (this.#tab === 'checkpoints' && this.#tabs) this.#showCheckpoints();
    // Counts and buttons of the run follow its states, not their progress.
    if (before !== checkpoint.state.kind) this.#drawRunLine(runId);
  }

  progress(progress: QueueProgress): void {
    if (!this.#model) return;
    this.#model.progress = progress;
    this.#drawQueue();
  }

  /** Tells the user about something that went wrong inside the panel. */
  fail(error: unknown): void {
    this.#say(thrownText(error), true);
    this.actions.report(error);
  }

  get #tab(): RunTab {
    return this.memory.choices.tabs[this.#model?.view ?? 'trends'];
  }

  #shown(theme: Theme): ShownRun[] {
    return shownRuns(this.#model?.runs ?? [], (place, hue) => seriesStyle(place, theme, hue));
  }

  /** Runs that are hidden while others are not: legends name them, so that they can be shown again. */
  #hiddenRuns(): { id: string; name: string; style: SeriesStyle }[] {
    const runs = this.#model?.runs ?? [];
    const shown = new Set(this.#shown(this.#theme).map(({ id }) => id));
    return runs.flatMap(({ id, name, look }, place) =>
      look?.hidden && !shown.has(id) ? [{ id, name, style: seriesStyle(place, this.#theme, look.hue) }] : [],
    );
  }

  #render(): void {
    const model = this.#model;
    if (!model) return;
    const runs = this.#shown(this.#theme);
    this.#showSubset(model, runs);
    this.#content = runs.length > 0 ? this.#results(model, runs) : this.#states(model);
    this.#draw();
    this.#drawQueue();
    this.#drawTab();
    this.memory.restore();
    document.body.dataset['ready'] = 'true';
  }

  /** Shows what has been made for the page. */
  #draw(): void {
    const runs = this.#model?.runs ?? [];
    render(
      html`<div
        class="panel"
        data-testid="panel"
        data-state=${stateOf(runs)}
        ?data-outdated=${outdated(runs)}
      >
        ${this.#content} ${statusLine(this.#said)}
      </div>`,
      this.parent,
    );
  }

  #states(model: RunsModel): TemplateResult {
    const { runs } = model;
    this.#charts.show([]);
    this.#tabs = null;
    if (runs.length === 0) return noRunsState(this.actions.addRun);
    return html`${this.#bar(model, [])}
    ${noResultsState(this.actions.analyzeMissing, this.actions.openSettings)}${this.#runs(runs)}`;
  }

  #results(model: RunsModel, shown: readonly ShownRun[]): TemplateResult {
    const { view, runs } = model;
    const [first, ...more] = view === 'trends' ? trendsSentences(shown) : emergenceSentences(shown);
    const problems = runs.flatMap(({ name, baselineProblem }) =>
      baselineProblem === null ? [] : [t('{0} has no E: {1}', name, baselineProblem)],
    );
    const unrefined = runs.flatMap(({ name, unrefined }) =>
      unrefined
        ? [
            t(
              '{0}: the settings ask for fixed radii, common neurons or automatic samples. The numbers shown are without them until they are analyzed.',
              name,
            ),
          ]
        : [],
    );
    const notes = [
      ...unrefined,
      ...(view === 'emergence' ? problems : []),
      ...incomparable(shown, view),
      ...runNotes(shown),
    ];
    return html`${headline([first], this.memory)}${this.#bar(model, notes)}
    ${this.#staleNotes(model, unrefined.length > 0)}${this.#openTabs(view).element}${this.#runs(runs)}
    ${more.map((sentence) => html`<p class="note" data-testid="more">${sentence}</p>`)}
    ${runFacts(shown, view === 'emergence')}`;
  }

  /** What is shown and is not of now. */
  #staleNotes({ runs, progress }: RunsModel, unrefined: boolean): HTMLElement[] {
    const analyze = { label: t('Analyze'), testId: 'analyze-missing', run: this.actions.analyzeMissing };
    const overwritten = overwrittenText(runs);
    const others = otherVersionText(runs);
    const unchecked = uncheckedText(runs);
    const deleted = deletedText(runs);
    const gone = goneText(runs);
    // As long as a run is watched, what its trainer deletes stays.
    const canLeaveOut = deletedText(runs.filter(({ watched }) => !watched)) !== null;
    const leaveOut = { label: t('Leave Out'), testId: 'leave-out', run: this.actions.leaveOut };
    const state = stateOf(runs);
    return [
      // Earlier figures stand where there are none of now.
      ...(outdated(runs) && state === 'empty'
        ? [
            banner(
              'stale',
              t('These are earlier results. Nothing is analyzed yet with the current settings.'),
              analyze,
            ),
          ]
        : []),
      // The plain numbers stand until those that the settings ask for are there.
      ...(unrefined && state === 'done' && progress === null
        ? [
            banner(
              'unrefined',
              t('These numbers do not reflect the settings for runs (radii, neurons, samples) yet.'),
              analyze,
            ),
          ]
        : []),
      ...(overwritten === null ? [] : [banner('stale', overwritten, analyze)]),
      ...(deleted === null ? [] : [banner('stale', deleted, canLeaveOut ? leaveOut : undefined)]),
      ...(gone === null ? [] : [banner('stale', gone)]),
      ...(others === null ? [] : [banner('stale', others)]),
      ...(unchecked === null ? [] : [banner('unchecked', unchecked)]),
    ];
  }

  #bar({ view, nulls, runs, askedMode, settings }: RunsModel, notes: readonly string[]): HTMLElement {
    // Results without checkpoints are of what they are of.
    const fixed = runs.every(({ readOnly }) => readOnly);
    const other: RunView = view === 'trends' ? 'emergence' : 'trends';
    return topBar(
      view === 'trends' ? t('Trends') : t('Emergence'),
      [
        ...(fixed
          ? []
          : [modeChoice(askedMode, this.actions.setMode), nullsSwitch(nulls, this.actions.setNulls)]),
        this.#subset.element,
        fixed ? null : this.#settings.show(settings, askedMode),
        cautions(notes, this.memory),
      ],
      [
        this.#queue,
        runs.every(({ readOnly, remote }) => readOnly || remote)
          ? null
          : watchButton(runs, this.actions.watch),
        toolButton({
          icon: 'graph-line',
          label: other === 'trends' ? t('Open Trends') : t('Open Emergence'),
          text: other === 'trends' ? t('Trends') : t('Emergence'),
          testId: 'open-view',
          run: () => {
            this.actions.openView(other);
          },
        }),
        this.#openExports().element,
        toolButton({
          icon: 'settings-gear',
          label: t('Settings'),
          testId: 'open-settings',
          run: this.actions.openSettings,
        }),
      ],
      [this.#subset.form],
    );
  }

  #openExports(): ExportControls {
    const report = (): HTMLElement =>
      toolButton({
        icon: 'file-code',
        label: t('Export a report of everything as one HTML file'),
        text: t('HTML report'),
        testId: 'export-html',
        run: () => {
          void this.#save(this.actions.saveReport);
        },
      });
    this.#exports ??= exportControls(
      this.memory.choices.ground,
      (ground) => {
        this.memory.choose({ ground });
      },
      (format) => {
        void this.#export(format);
      },
      [report()],
    );
    return this.#exports;
  }

  #runs(runs: readonly Run[]): HTMLElement {
    return runList(runs, this.#styleOf, this.#runActions);
  }

  readonly #styleOf: StyleOf = (place, hue) => seriesStyle(place, this.#theme, hue);

  #showSubset({ asked, runs }: RunsModel, shown: readonly ShownRun[]): void {
    const parts = shown.length > 0 ? partsOfRuns(shown) : runs.map(({ name }) => ({ name, subset: asked }));
    const note = t('For all training runs of this workspace, in every view of them.');
    // Results without checkpoints are of what they are of.
    const fixed = runs.every(({ readOnly }) => readOnly);
    this.#subset.show(parts, asked, fixed ? null : note);
  }

  #showCheckpoints(): HTMLElement {
    const visible = visibleOf(this.#model?.runs ?? []).map(({ run }) => run);
    this.#checkpoints ??= new CheckpointList(this.#checkpointActions);
    this.#checkpoints.show(visible, this.memory.choices);
    return this.#checkpoints.element;
  }

  #drawRunLine(id: string): void {
    if (!this.#model) return;
    const { runs } = this.#model;
    this.#draw();
    const list = this.parent.querySelector<HTMLElement>('[data-testid="runs"]');
    if (list) updateRunLine(list, id, runs, this.#styleOf, this.#runActions);
  }

  #drawQueue(): void {
    const progress = this.#model?.progress ?? null;
    this.#queue.hidden = progress === null;
    render(progress ? queueLine(progress, this.actions.cancel) : nothing, this.#queue);
  }

  #openTabs(view: RunView): Tabs {
    const titles: Record<RunTab, string> = {
      trends: t('α₀(t), w(t)'),
      beyond: t('Beyond chance'),
      spectra: t('f(α) by step'),
      quality: t('Fit and neurons'),
      checkpoints: t('Checkpoints'),
      emergence: t('E(t)'),
      parts: t('What E is made of'),
      metrics: t('Against metrics'),
      sensitivity: t('Sensitivity'),
      size: t('E and size'),
      table: t('Table'),
    };
    this.#tabs ??= tabs(
      t('Views'),
      RUN_TABS[view].map((id) => ({ id, title: titles[id] })),
      this.#tab,
      (id) => {
        this.memory.choose({ tabs: { ...this.memory.choices.tabs, [view]: id } });
        this.#drawTab();
      },
    );
    return this.#tabs;
  }

  #drawTab(): void {
    const model = this.#model;
    const runs = this.#shown(this.#theme);
    if (!model || !this.#tabs || runs.length === 0) return;
    const { choices } = this.memory;
    const views = this.#charts.show(runFigures(this.#tab, runs, choices, this.#theme));
    const { controls, content } = runTabContent(this.#tab, views, {
      model,
      runs,
      choices,
      choose: (chosen) => {
        this.memory.choose(chosen);
        this.#drawTab();
      },
      tune: (chosen) => {
        this.memory.choose(chosen);
        this.#drawCharts();
      },
      setBaseline: this.actions.setBaseline,
      setEmergenceFrom: this.actions.setEmergenceFrom,
      setNulls: this.actions.setNulls,
      pickMetrics: this.actions.pickMetrics,
      findMetrics: this.actions.findMetrics,
      specify: this.actions.specify,
      stopSpecifying: this.actions.stopSpecifying,
      checkpoints: this.#checkpointActions,
      checkpointList: () => this.#showCheckpoints(),
      addRun: this.actions.addRun,
    });
    render(controls, this.#tabs.choices);
    render(content, this.#tabs.panel);
    this.memory.restore();
    this.#openExports().offer({ picture: hasPicture(this.#tab, runs, choices), table: true });
  }

  /** Draws the charts of the open tab again, at most once a frame. */
  #drawCharts(): void {
    if (this.#frame !== null) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      const runs = this.#shown(this.#theme);
      if (runs.length > 0) this.#charts.show(runFigures(this.#tab, runs, this.memory.choices, this.#theme));
    });
  }

  #export(format: ExportFormat): Promise<void> {
    return this.#save(async () => this.actions.save(await this.#file(format)));
  }

  #file(format: ExportFormat, figure?: string): Promise<Exported> {
    const theme = groundTheme(this.memory.choices.ground);
    return exportRuns(format, {
      view: this.#model?.view ?? 'trends',
      tab: this.#tab,
      runs: this.#shown(theme),
      choices: this.memory.choices,
      theme,
      ...(figure !== undefined && { figure }),
      ...(this.#model?.across && { across: this.#model.across }),
    });
  }

  #say(text: string, fault = false): void {
    this.#said = { text, fault };
    this.#draw();
  }

  /** Saves and says where; null is a user who backed out. */
  async #save(save: () => Promise<string | null>): Promise<void> {
    try {
      const path = await save();
      this.#say(path === null ? '' : t('Saved to {0}', path));
    } catch (error) {
      this.fail(error);
    }
  }
}

/** Watches all runs of the panel that can be; where all are watched, ends that. */
function watchButton(runs: readonly Run[], watch: (on: boolean) => void): HTMLElement {
  const on = !runs.every(({ readOnly, watched, remote }) => readOnly || (watched ?? remote));
  return toolButton({
    icon: on ? 'eye' : 'eye-closed',
    label: on ? t('Watch: analyze each new checkpoint once it is whole') : t('Stop Watching'),
    text: on ? t('Watch') : t('Stop Watching'),
    testId: on ? 'watch' : 'stop-watching',
    run: () => {
      watch(on);
    },
  });
}

/** The panel as a whole, for its `data-state`. */
function stateOf(runs: readonly Run[]): 'none' | 'running' | 'empty' | 'partial' | 'done' {
  const busy = runs.some((run) => tally(run).busy > 0);
  if (runs.length === 0) return 'none';
  if (runs.every(({ series }) => series === null)) return busy ? 'running' : 'empty';
  return busy ? 'partial' : 'done';
}
