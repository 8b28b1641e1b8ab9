/** The Spectrum panel: combines model, figures and controls and updates them together. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Mode } from '../../src/protocol/analysis';
import { elsewhereText } from '../../src/protocol/elsewhere';
import { STALE, type ExportFormat, type SpectrumItem, type SpectrumModel } from '../../src/protocol/panel';
import { banner } from '../components/banner';
import { ChartShelf } from '../components/chartShelf';
import { toolButton } from '../components/controls';
import { exportControls, groundTheme, type ExportControls } from '../components/exportControls';
import { modeChoice } from '../components/modeChoice';
import { nullsSwitch } from '../components/nullsSwitch';
import { SettingsDrawer } from '../components/settingsDrawer';
import type { SettingsActions } from '../components/settingsForm';
import type { FigureOutput } from '../components/figureMenu';
import { figureOutput } from '../components/figureOutput';
import { field } from '../components/field';
import { select } from '../components/select';
import { SubsetControl, type SubsetActions } from '../components/subsetControl';
import { headline } from '../components/headline';
import { ItemRows } from '../components/itemRows';
import {
  cancelledState,
  emptyPanel,
  failedState,
  noSpectrumState,
  progressLine,
  progressText,
  runningState,
} from '../components/states';
import { statusLine, type Said } from '../components/statusLine';
import { tabs, type Tabs } from '../components/tabs';
import { topBar } from '../components/topBar';
import { cautions } from '../components/cautions';
import { inOrder, partsOf } from '../data/comparable';
import type { Exported } from '../exporting/exported';
import { h } from '../dom';
import { styleItems } from '../figures/styles';
import { setWords, t, thrownText } from '../l10n';
import { onThemeChange, readTheme, type Theme } from '../theme';
import { exportTab, hasPicture } from './exports';
import { Model } from './model';
import { numbers } from './numbers';
import { notes, sentences, staleText } from './sentences';
import { strip } from './strip';
import { tabContent } from './tabContent';
import type { PanelMemory } from './memory';
import { figuresOf, hasTable, tableOf, TABS, type TabId } from './views';
import { wordsOf } from '../words/facts';

/** What the panel asks of the extension host. */
export interface PanelActions extends SubsetActions, SettingsActions {
  /** Resolves with the file's path, or null when the user cancels. */
  save: (file: Exported) => Promise<string | null>;
  analyze: (path: string) => void;
  setMode: (mode: Mode) => void;
  setNulls: (on: boolean) => void;
  openCheckpoint: (path: string) => void;
  /** Shows a checkpoint in the explorer. */
  reveal: (path: string) => void;
  cancel: () => void;
  showLog: () => void;
  /** Opens the guide at a symbol or a chart. */
  explain: (topic: string) => void;
  report: (error: unknown) => void;
}

export class SpectrumPanel {
  readonly #model = new Model();
  readonly #charts: ChartShelf;
  readonly #output: FigureOutput;
  readonly #subset: SubsetControl;
  readonly #settings: SettingsDrawer;
  readonly #details = h('div', { class: 'details' });
  #said: Said = { text: '', fault: false };
  readonly #queue = h('div', { class: 'queue', hidden: true });
  #theme: Theme = readTheme();
  #tabs: Tabs | null = null;
  #exports: ExportControls | null = null;
  #rows: ItemRows | null = null;
  /** What is on the page, in its present state. */
  #content: () => unknown = () => nothing;

  constructor(
    private readonly parent: HTMLElement,
    private readonly actions: PanelActions,
    private readonly memory: PanelMemory,
  ) {
    this.#output = figureOutput({
      file: (format, figure) => this.#file(format, figure),
      table: () => {
        const { tab, ...choices } = memory.choices;
        return tableOf(tab, this.#model.drawable, choices);
      },
      save: (file) => this.#save(file),
      say: (text) => {
        this.#say(text);
      },
      fail: (error) => {
        this.fail(error);
      },
      reveal: ({ path }) => {
        actions.reveal(path);
      },
    });
    this.#charts = new ChartShelf({
      button: toolButton,
      memory,
      explain: actions.explain,
      output: this.#output,
      open: ({ path }) => {
        actions.openCheckpoint(path);
      },
    });
    this.#subset = new SubsetControl(actions);
    this.#settings = new SettingsDrawer(actions, memory, false);
    document.body.dataset['panel'] = 'spectrum';
    this.#draw();
    onThemeChange(() => {
      this.#theme = readTheme();
      this.#render();
    });
  }

  show(model: SpectrumModel): void {
    setWords(model.l10n);
    this.#model.show(model);
    this.#render();
  }

  update(item: SpectrumItem): void {
    if (this.#model.update(item)) this.#render();
    else this.#draw();
  }

  /** Tells the user about a failure inside the panel. */
  fail(error: unknown): void {
    this.#say(thrownText(error), true);
    this.actions.report(error);
  }

  #render(): void {
    const drawable = this.#model.drawable;
    const { asked, items } = this.#model;
    this.#subset.show(
      drawable.length > 0 ? partsOf(drawable) : items.map(({ name }) => ({ name, subset: asked })),
      asked,
    );
    this.#content = drawable.length > 0 ? this.#results() : this.#states();
    this.#draw();
    this.#drawTab();
    this.memory.restore();
    document.body.dataset['ready'] = 'true';
  }

  /** Shows how far the analyses have come; charts and controls stay as they are. */
  #draw(): void {
    if (this.#model.items.length > 1) this.#showRows();
    this.#drawQueue();
    render(
      html`<div
        class="panel"
        data-testid="panel"
        data-state=${this.#model.state}
        ?data-outdated=${this.#model.outdated}
      >
        ${this.#content()} ${statusLine(this.#said)}
      </div>`,
      this.parent,
    );
  }

  /** Without a figure, one item gets the whole page, and several get their rows. */
  #states(): () => unknown {
    const { items } = this.#model;
    this.#charts.show([]);
    this.#tabs = null;
    if (items.length === 0) return emptyPanel;
    const bar = this.#bar([]);
    if (items.length === 1) return () => html`${bar}${this.#singleState(this.#model.items[0]!)}`;
    return () => html`
      <h1 class="visually-hidden">${t('Spectrum')}</h1>
      ${bar}${this.#progressBar()}${this.#rows?.element}
    `;
  }

  #singleState({ name, path, state }: SpectrumItem): TemplateResult {
    const { cancel, showLog, openSettings, analyze } = this.actions;
    const retry = (): void => {
      analyze(path);
    };
    switch (state.kind) {
      case 'waiting':
        return runningState(name, null, cancel, state.elsewhere && elsewhereText(state.elsewhere, t));
      case 'running':
        return runningState(name, state.progress, cancel);
      case 'failed':
        return failedState(name, state.error, { retry, showLog });
      case 'cancelled':
        return cancelledState(name, retry);
      case 'done':
        return noSpectrumState(
          name,
          state.result.summary.reason ? wordsOf(state.result.summary.reason) : t('no sample is left'),
          openSettings,
        );
    }
  }

  #results(): () => unknown {
    const drawable = this.#model.drawable;
    const several = this.#model.items.length > 1;
    this.#drawDetails();
    const [first, ...more] = sentences(drawable);
    const above = [
      ...headline([first], this.memory),
      this.#bar([...new Set(drawable.flatMap(notes))]),
      ...this.#staleNotes(),
    ];
    const { element } = this.#openTabs();
    const ofOne = several ? nothing : numbers(drawable[0]!.result);
    return () => html`
      ${above}${this.#ended()}${this.#model.state === 'partial' ? this.#progressBar() : nothing}
      ${element}${ofOne}
      ${more.length > 0 ? html`<p class="note" data-testid="more">${more.join(' ')}</p>` : nothing}
      <div class="facts">${several ? this.#rows?.element : nothing}${this.#details}</div>
    `;
  }

  #bar(warnings: readonly string[]): HTMLElement {
    const ways = this.#model.drawable.length > 0 ? [this.#openExports().element] : [];
    return topBar(
      t('Spectrum'),
      [
        modeChoice(this.#model.askedMode, this.actions.setMode),
        nullsSwitch(this.#model.nulls, this.actions.setNulls),
        this.#subset.element,
        this.#settings.show(this.#model.settings, this.#model.askedMode),
        cautions(warnings, this.memory),
      ],
      [
        this.#queue,
        ...ways,
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

  /** The progress of the successor of an outdated figure. */
  #drawQueue(): void {
    const { items, outdated, state } = this.#model;
    const states = items.map((item) => item.state);
    const [progress = null] = states.flatMap((each) => (each.kind === 'running' ? [each.progress] : []));
    const away = states.flatMap((each) =>
      each.kind === 'waiting' && each.elsewhere ? [elsewhereText(each.elsewhere, t)] : [],
    );
    this.#queue.hidden = !outdated || state !== 'running';
    render(
      this.#queue.hidden
        ? nothing
        : progressLine(
            progress,
            progress ? progressText(progress) : (away[0] ?? t('Waiting')),
            this.actions.cancel,
          ),
      this.#queue,
    );
  }

  /** Why an outdated figure has no successor. */
  #ended(): TemplateResult | typeof nothing {
    if (!this.#model.outdated || this.#model.state === 'running') return nothing;
    const item = this.#model.items.find(({ state }) => state.kind === 'failed' || state.kind === 'cancelled');
    return item ? this.#singleState(item) : nothing;
  }

  #openExports(): ExportControls {
    this.#exports ??= exportControls(
      this.memory.choices.ground,
      (ground) => {
        this.memory.choose({ ground });
      },
      (format) => {
        void this.#export(format);
      },
    );
    return this.#exports;
  }

  /** Says what has changed since, and offers to analyze again. */
  #staleNotes(): HTMLElement[] {
    const { stale } = this.#model;
    return STALE.flatMap((why) => {
      const items = stale.filter(({ state }) => state.kind === 'done' && state.stale === why);
      if (items.length === 0) return [];
      const again = {
        label: t('Analyze Again'),
        testId: `analyze-${why}`,
        run: () => {
          for (const { path } of items) this.actions.analyze(path);
        },
      };
      const names = items.map(({ name }) => name).join(', ');
      return [banner('stale', staleText(why, names), why === 'deleted' ? undefined : again)];
    });
  }

  #progressLine(): string {
    const items = this.#model.items;
    const count = (...kinds: string[]): number =>
      items.filter(({ state }) => kinds.includes(state.kind)).length;
    const [failed, open] = [count('failed'), count('running', 'waiting')];
    return [
      t('{0} of {1} checkpoints analyzed', count('done'), items.length),
      ...(failed > 0 ? [t('{0} failed', failed)] : []),
      ...(open > 0 ? [t('{0} remaining', open)] : []),
    ].join(' · ');
  }

  /** The progress of several checkpoints, and a button that stops them. */
  #progressBar(): TemplateResult {
    const busy = this.#model.items.some(({ state }) => state.kind === 'running' || state.kind === 'waiting');
    return html`<div class="progress">
      <p data-testid="progress-line">${this.#progressLine()}</p>
      ${
        busy
          ? html`<vscode-button data-testid="cancel" secondary @click=${this.actions.cancel}
              >${t('Cancel')}</vscode-button
            >`
          : nothing
      }
    </div>`;
  }

  #showRows(): void {
    const { series } = styleItems(this.#model.drawable, this.#theme);
    const place = new Map(series.map(({ item }, index) => [item.path, index]));
    const rows = this.#model.items
      .map((item) => ({ item, style: series[place.get(item.path) ?? -1]?.style }))
      .sort((a, b) => (place.get(a.item.path) ?? Infinity) - (place.get(b.item.path) ?? Infinity) || 0);
    this.#rows ??= new ItemRows({ retry: this.actions.analyze, showLog: this.actions.showLog });
    this.#rows.show(rows);
  }

  #openTabs(): Tabs {
    const titles: Record<TabId, string> = {
      spectrum: 'f(α)',
      exponents: 'τ(q), D(q)',
      fit: t('log–log fit'),
      nfd: 'NFD',
      layers: t('Layers'),
      table: t('Table'),
    };
    this.#tabs ??= tabs(
      t('Views'),
      TABS.map((id) => ({ id, title: titles[id] })),
      this.memory.choices.tab,
      (id) => {
        this.memory.choose({ tab: id as TabId });
        this.#drawTab();
        this.memory.restore();
      },
    );
    return this.#tabs;
  }

  /** The provenance of one item's numbers; with several items there is a choice. */
  #drawDetails(): void {
    const items = inOrder(this.#model.drawable);
    const shown = items.find(({ path }) => path === this.memory.choices.detailsOf) ?? items.at(-1)!;
    const choice = select(
      t('Details of'),
      'details-choice',
      items.map(({ path, name }) => ({ value: path, label: name })),
      shown.path,
      (path) => {
        this.memory.choose({ detailsOf: path });
        this.#drawDetails();
        this.memory.restore();
      },
    );
    render(
      html`${items.length > 1 ? field(t('Details of'), choice) : nothing}${strip(shown.result)}`,
      this.#details,
    );
  }

  #drawTab(): void {
    const items = this.#model.drawable;
    if (!this.#tabs || items.length === 0) return;
    const { tab, ...choices } = this.memory.choices;
    const figures = figuresOf(tab, items, choices, this.#theme);
    const views = this.#charts.show(figures);
    const { choices: controls, content } = tabContent(tab, items, choices, views, {
      theme: this.#theme,
      choose: (choices) => {
        this.memory.choose(choices);
        this.#drawTab();
        this.memory.restore();
      },
      setMode: this.actions.setMode,
      setNulls: this.actions.setNulls,
      output: this.#output,
    });
    render(controls, this.#tabs.choices);
    render(content, this.#tabs.panel);
    this.#openExports().offer({ picture: hasPicture(tab, items), table: hasTable(tab, items) });
  }

  #export(format: ExportFormat): Promise<void> {
    return this.#save(this.#file(format));
  }

  #file(format: ExportFormat, figure?: string): Promise<Exported> {
    const { tab, ground, ...choices } = this.memory.choices;
    return exportTab(format, tab, this.#model.drawable, choices, groundTheme(ground), figure);
  }

  #say(text: string, fault = false): void {
    this.#said = { text, fault };
    this.#draw();
  }

  async #save(file: Promise<Exported>): Promise<void> {
    try {
      const path = await this.actions.save(await file);
      this.#say(path === null ? '' : t('Saved to {0}', path));
    } catch (error) {
      this.fail(error);
    }
  }
}
