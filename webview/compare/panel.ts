/** The panel of a comparison: puts model, figures, tables and controls together. */
import type {
  Compared,
  CompareHostMethods,
  CompareModel,
  CompareProgress,
} from '../../src/protocol/comparePanel';
import { integer } from '../../src/protocol/format';
import type { ExportFormat } from '../../src/protocol/panel';
import { axisChoice } from '../components/axisChoice';
import { banner } from '../components/banner';
import { ChartShelf } from '../components/chartShelf';
import { toolButton, wordButton } from '../components/controls';
import { exportControls, groundTheme, type ExportControls } from '../components/exportControls';
import { field } from '../components/field';
import type { FigureOutput } from '../components/figureMenu';
import { figureOutput } from '../components/figureOutput';
import { heatMenu } from '../components/heatMenu';
import { headline } from '../components/headline';
import { heatLegend } from '../components/heatLegend';
import { heatMap } from '../components/heatMap';
import { modeChoice } from '../components/modeChoice';
import { nullsSwitch } from '../components/nullsSwitch';
import { select } from '../components/select';
import { SettingsDrawer } from '../components/settingsDrawer';
import { cancelledState, failedState, progressBar, runningState } from '../components/states';
import { tableView } from '../components/tableView';
import { tabs, type Tabs } from '../components/tabs';
import { topBar } from '../components/topBar';
import type { Analyzed } from '../data/analyzed';
import { h, type Child } from '../dom';
import { faultIn, setWords, t, thrownText } from '../l10n';
import type { Host } from '../shell/page';
import { onThemeChange, readTheme, type Theme } from '../theme';
import { settingsLine } from '../words/settings';
import type { CompareMemory } from './memory';
import { tensorTable } from './tensorTable';
import { exportView, figuresOf, hiddenIn, mapOf, tableOfView, type ComparisonView } from './exports';
import {
  changeEnds,
  changeMap,
  coursesOf,
  FIGURES,
  figureName,
  figuresTable,
  mapNote,
  SHOWN,
  sideOf,
  sidesTable,
  spectraOf,
  stepsTable,
  tabsOf,
  toggled,
  type CompareTab,
  type Shown,
  type Side,
} from './views';

export class ComparePanel {
  readonly #root = h('div', { class: 'panel', 'data-testid': 'panel', 'data-state': 'none' });
  readonly #status = h('p', { class: 'status', role: 'status', 'data-testid': 'status' });
  readonly #output: FigureOutput;
  readonly #charts: ChartShelf;
  readonly #settings: SettingsDrawer;
  #theme: Theme = readTheme();
  #model: CompareModel | null = null;
  /** Decoded once for each comparison. */
  #spectra: Analyzed[] = [];
  #tabs: Tabs | null = null;
  #exports: ExportControls | null = null;

  constructor(
    parent: HTMLElement,
    private readonly host: Omit<Host<CompareHostMethods>, 'setState' | 'getState'>,
    private readonly memory: CompareMemory,
  ) {
    this.#output = figureOutput({
      file: (format, figure) => exportView(format, this.#view(groundTheme(memory.choices.ground))!, figure),
      table: () => tableOfView(this.#view(this.#theme)!),
      save: (file) => this.#saved(file.then((made) => host.call('save', made))),
      say: (text) => {
        this.#say(text);
      },
      fail: (error) => {
        this.fail(error);
      },
      reveal: ({ path }) => {
        host.tell('reveal', { path });
      },
    });
    this.#charts = new ChartShelf({
      button: toolButton,
      memory,
      output: this.#output,
      open: ({ path }) => {
        host.tell('openCheckpoint', { path });
      },
      explain: (topic) => {
        host.tell('explain', { topic });
      },
      legend: {
        hidden: () => {
          const view = this.#view(this.#theme);
          return view ? hiddenIn(view) : [];
        },
        toggle: (id) => {
          this.#showSides(toggled(memory.choices.shown, this.#sideOf(id)));
        },
        isolate: (id) => {
          this.#showSides(this.#sideOf(id));
        },
      },
    });
    this.#settings = new SettingsDrawer(
      {
        setSettings: (settings) => host.call('setSettings', settings),
        openSettings: () => {
          host.tell('openSettings', null);
        },
      },
      memory,
      false,
    );
    document.body.dataset['panel'] = 'compare';
    parent.append(this.#root);
    onThemeChange(() => {
      this.#theme = readTheme();
      this.#render();
    });
  }

  show(model: CompareModel): void {
    setWords(model.l10n);
    this.#model = model;
    this.#spectra = model.compared ? spectraOf(model.compared) : [];
    this.#render();
  }

  /** Only how far it has come: nothing else is drawn again. */
  progress(state: CompareProgress): void {
    if (!this.#model || state.kind !== 'running') return;
    this.#model.state = state;
    const text = this.#root.querySelector('[data-testid="progress-text"]');
    if (text) text.textContent = state.what;
    this.#root.querySelector('[data-testid="progress"]')?.replaceWith(progressBar(counted(state)));
  }

  fail(error: unknown): void {
    this.#status.textContent = thrownText(error);
    this.#status.classList.add('error-text');
    this.host.report(error);
  }

  #render(): void {
    const model = this.#model;
    if (!model) return;
    const { compared, state } = model;
    this.#root.dataset['state'] = state.kind;
    this.#root.toggleAttribute('data-outdated', compared !== null && state.kind !== 'done');
    if (!compared) {
      this.#charts.show([]);
      this.#tabs = null;
    }
    this.#root.replaceChildren(
      ...(compared ? this.#results(model, compared) : [this.#bar(model), ...this.#states(model)]),
      this.#status,
    );
    this.#drawTab();
    this.memory.restore();
    document.body.dataset['ready'] = 'true';
  }

  #compare = (): void => {
    this.host.tell('compare', null);
  };

  #states({ a, b, state }: CompareModel): HTMLElement[] {
    const name = t('{0} and {1}', a.name, b.name);
    const cancel = (): void => {
      this.host.tell('cancel', null);
    };
    switch (state.kind) {
      case 'running': {
        const running = runningState(name, counted(state), cancel);
        if (state.what) running.querySelector('[data-testid="progress-text"]')!.textContent = state.what;
        return [running];
      }
      case 'failed':
        return [
          failedState(
            name,
            state.error,
            { retry: this.#compare, showLog: this.host.showLog },
            t('{0} could not be compared', name),
          ),
        ];
      case 'cancelled':
        return [cancelledState(name, this.#compare)];
      case 'done':
        return [];
    }
  }

  #results(model: CompareModel, compared: Compared): HTMLElement[] {
    const { a, b, state, stale } = model;
    const [first] = compared.tensorSentences;
    const found = compared.figures ? compared.figureSentences : [first ?? ''];
    const ended = state.kind === 'failed' || state.kind === 'cancelled' ? this.#states(model) : [];
    return [
      ...headline([t('A: {0}, B: {1}.', a.name, b.name), ' ', found.join(' ')], this.memory),
      this.#bar(model),
      ...(stale ? [this.#staleBanner(stale)] : []),
      ...(compared.fault
        ? [banner('fault', t('α₀ and w are not compared: {0}.', faultIn(compared.fault).cause))]
        : []),
      ...ended,
      this.#openTabs(model).element,
      ...(compared.figures ? [tableView(figuresTable(compared.figures))] : []),
      ...compared.notes.map((note) => h('p', { class: 'note', 'data-testid': 'note' }, note)),
      h('p', { class: 'note' }, t('Differences are B minus A. {0}', settingsLine(compared.settings))),
    ];
  }

  #staleBanner(stale: NonNullable<CompareModel['stale']>): HTMLElement {
    const texts = {
      settings: t('The settings have changed since this comparison was made.'),
      weights: t('Another base, or another copy of a model, has been chosen since this comparison was made.'),
      overwritten: t('Checkpoints have been overwritten since they were compared.'),
      deleted: t('Checkpoints that were compared are gone; this is the last comparison.'),
    };
    const again = { label: t('Compare Again'), testId: 'compare-again', run: this.#compare };
    return banner('stale', texts[stale], stale === 'deleted' ? undefined : again);
  }

  #bar(model: CompareModel): HTMLElement {
    const { state, compared, kind } = model;
    const meanwhile: Child[] =
      compared && state.kind === 'running'
        ? [
            h(
              'div',
              { class: 'queue' },
              progressBar(counted(state)),
              h('span', { 'data-testid': 'progress-text' }, state.what),
              wordButton(
                t('Cancel'),
                'cancel',
                () => {
                  this.host.tell('cancel', null);
                },
                true,
              ),
            ),
          ]
        : [];
    const tool = (
      icon: string,
      label: string,
      testId: string,
      method: 'swap' | 'openBoth' | 'openSettings',
      text?: string,
    ) =>
      toolButton({
        ...{ icon, label, testId, ...(text !== undefined && { text }) },
        run: () => {
          this.host.tell(method, null);
        },
      });
    return topBar(
      t('Comparison'),
      [
        modeChoice(model.mode, (mode) => {
          this.host.tell('setMode', { mode });
        }),
        nullsSwitch(model.nulls, (on) => {
          this.host.tell('setNulls', { on });
        }),
        this.#settings.show(model.settings, model.mode),
      ],
      [
        ...meanwhile,
        tool('arrow-swap', t('Swap A and B'), 'swap', 'swap', t('Swap')),
        tool(
          'graph-line',
          kind === 'runs' ? t('Open both in Trends') : t('Open both in Spectrum'),
          'open-both',
          'openBoth',
          kind === 'runs' ? t('Trends') : t('Spectrum'),
        ),
        ...(compared ? [this.#openExports().element] : []),
        tool('settings-gear', t('Settings'), 'open-settings', 'openSettings'),
      ],
      [],
    );
  }

  #openExports(): ExportControls {
    this.#exports ??= exportControls(
      this.memory.choices.ground,
      (ground) => {
        this.memory.choose({ ground });
      },
      (format) => {
        void this.#saved(this.#export(format));
      },
      [
        toolButton({
          icon: 'file-code',
          label: t('Export the comparison as one HTML file'),
          text: 'HTML',
          testId: 'export-html',
          run: () => {
            void this.#saved(this.host.call('saveComparison', { format: 'html' }));
          },
        }),
      ],
    );
    return this.#exports;
  }

  /** Tables and JSON are the host's, which has all tensors. */
  async #export(format: ExportFormat): Promise<{ path: string | null }> {
    if (format === 'csv' || format === 'json') return this.host.call('saveComparison', { format });
    const view = this.#view(groundTheme(this.memory.choices.ground))!;
    return this.host.call('save', await exportView(format, view));
  }

  /** What the open tab shows; null before there is a comparison. */
  #view(theme: Theme): ComparisonView | null {
    const model = this.#model;
    if (!model?.compared) return null;
    return { model, compared: model.compared, spectra: this.#spectra, choices: this.memory.choices, theme };
  }

  #say(text: string): void {
    this.#status.classList.remove('error-text');
    this.#status.textContent = text;
  }

  async #saved(saving: Promise<{ path: string | null }>): Promise<void> {
    try {
      const { path } = await saving;
      this.#say(path === null ? '' : t('Saved to {0}', path));
    } catch (error) {
      this.fail(error);
    }
  }

  #openTabs(model: CompareModel): Tabs {
    const titles: Record<CompareTab, string> = {
      tensors: t('Tensors'),
      spectra: t('Spectra'),
      steps: t('By step'),
      layers: t('Layers'),
      differences: t('Differences'),
    };
    this.#tabs ??= tabs(
      t('Views'),
      tabsOf(model).map((id) => ({ id, title: titles[id] })),
      this.memory.choices.tab,
      (id) => {
        this.memory.choose({ tab: id as CompareTab });
        this.#drawTab();
      },
    );
    return this.#tabs;
  }

  #drawTab(): void {
    const model = this.#model;
    const view = this.#view(this.#theme);
    if (!model || !this.#tabs || !view) return;
    const { compared } = view;
    const { tab } = this.memory.choices;
    const figures = figuresOf(view);
    const charts = this.#charts.show(figures).map(({ element }) => element);
    this.#tabs.choices.replaceChildren(
      ...(tab === 'layers' && compared.projections ? [this.#figureChoice()] : []),
      ...(tab === 'steps' ? [this.#axisChoice(model)].filter((each) => each !== null) : []),
      ...(figures.length > 0 || hiddenIn(view).length > 0 ? [this.#shownChoice()] : []),
    );
    this.#tabs.panel.replaceChildren(
      ...(charts.length > 0 ? [h('div', { class: `figures ${tab}` }, ...charts)] : []),
      ...this.#content(tab, compared),
    );
    this.#openExports().offer({ picture: figures.length > 0 || mapOf(view) !== null, table: true });
  }

  /** After a choice inside a tab. */
  #redraw(): void {
    this.#drawTab();
    this.memory.restore();
  }

  #content(tab: CompareTab, compared: Compared): HTMLElement[] {
    const note = (text: string, testId?: string): HTMLElement =>
      h('p', { class: 'note', 'data-testid': testId }, text);
    switch (tab) {
      case 'tensors':
        return [
          h('p', { class: 'lead', 'data-testid': 'tensors-sentence' }, compared.tensorSentences.join(' ')),
          ...tensorTable(compared.tensors, this.memory.choices.order, (order) => {
            this.memory.choose({ order });
            this.#redraw();
          }),
        ];
      case 'spectra':
        return this.#spectra.length > 0 ? [] : [note(t('Neither has a spectrum.'))];
      case 'steps':
        return [
          tableView(stepsTable(compared)),
          ...[
            [
              t('Steps that only A has: {0}.', compared.onlyA.map(integer).join(', ')),
              compared.onlyA,
            ] as const,
            [
              t('Steps that only B has: {0}.', compared.onlyB.map(integer).join(', ')),
              compared.onlyB,
            ] as const,
          ]
            .filter(([, steps]) => steps.length > 0)
            .map(([text]) => note(text)),
        ];
      case 'layers':
        return this.#layers(compared);
      case 'differences':
        return this.#differences(compared);
    }
  }

  #sideOf(id: string): Side {
    return sideOf(this.#model!.compared!, id);
  }

  #showSides(shown: Shown): void {
    this.memory.choose({ shown });
    this.#redraw();
  }

  /** What a click on the legend does, for keys. */
  #shownChoice(): HTMLElement {
    return field(
      t('Shown'),
      select(
        t('Shown'),
        'compare-shown',
        [
          { value: 'both', label: t('A and B') },
          { value: 'a', label: t('A alone') },
          { value: 'b', label: t('B alone') },
        ],
        this.memory.choices.shown,
        (value) => {
          this.#showSides(SHOWN.find((each) => each === value)!);
        },
      ),
    );
  }

  #axisChoice(model: CompareModel): HTMLElement | null {
    return axisChoice(coursesOf(model), this.memory.choices.axis, (axis) => {
      this.memory.choose({ axis });
      this.#redraw();
    });
  }

  #figureChoice(): HTMLElement {
    return field(
      t('Difference of'),
      select(
        t('Difference of'),
        'compare-figure',
        FIGURES.map((value) => ({ value, label: figureName(value) })),
        this.memory.choices.figure,
        (value) => {
          this.memory.choose({ figure: FIGURES.find((each) => each === value)! });
          this.#redraw();
        },
      ),
    );
  }

  #layers({ projections }: Compared): HTMLElement[] {
    if (!projections) {
      return [
        h(
          'div',
          { class: 'tab-empty', 'data-testid': 'no-layers' },
          h('p', { class: 'lead' }, t('Differences of layers need the full network of both.')),
          h(
            'p',
            { class: 'note' },
            t('A sample takes a few neurons per layer and pools them over all layers.'),
          ),
          wordButton(
            t('Analyze Full Network'),
            'layers-full',
            () => {
              this.host.tell('setMode', { mode: 'full' });
            },
            true,
          ),
        ),
      ];
    }
    const { figure } = this.memory.choices;
    const found = changeMap(projections, figure, this.#theme);
    if (!found) return [h('p', { class: 'note' }, t('No projection has a difference.'))];
    const { map, scale, beyond, all } = found;
    const title = t('Δ ln of {0}', figureName(figure));
    const table = heatMap(map);
    const popup = heatMenu('layers', table, this.#output);
    const hasNulls = projections.some(
      ({ sdLnAlpha0, sdLnWidth }) => sdLnAlpha0 !== null || sdLnWidth !== null,
    );
    return [
      h(
        'p',
        { class: 'lead', 'data-testid': 'layers-sentence' },
        hasNulls
          ? t(
              'Cells that differ by more than 2 standard deviations of their null models: {0} of {1}.',
              integer(beyond),
              integer(all),
            )
          : t(
              'Without null models it is unknown which cells differ more than by chance, so none is colored.',
            ),
      ),
      h(
        'div',
        { class: 'heat-figure' },
        heatLegend(title, hasNulls ? scale : null, changeEnds(), popup.element),
        table,
      ),
      h('p', { class: 'note' }, mapNote()),
    ];
  }

  #differences({ missing, missingLeftOut, metadata, metadataLeftOut }: Compared): HTMLElement[] {
    const part = (id: string, title: string, rows: Compared['missing'], left: number, none: string) => [
      h('h2', { class: 'figure-title' }, title),
      rows.length > 0 ? tableView(sidesTable(id, title, rows)) : h('p', { class: 'note' }, none),
      ...(left > 0 ? [h('p', { class: 'note' }, t('and {0} more', integer(left)))] : []),
    ];
    return [
      ...part(
        'missing',
        t('Tensors in one of the two, or of another shape or orientation'),
        missing,
        missingLeftOut,
        t('Both have the same tensors, of the same shapes.'),
      ),
      ...part(
        'metadata',
        t('Metadata and configuration that differ'),
        metadata,
        metadataLeftOut,
        t('Metadata and configuration are the same.'),
      ),
    ];
  }
}

const counted = (state: CompareProgress): { done: number; total: number; bytesRead: number } | null =>
  state.kind === 'running' && state.total > 0 ? { done: state.done, total: state.total, bytesRead: 0 } : null;
