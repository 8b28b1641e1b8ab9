/** The panel of a comparison: puts model, figures, tables and controls together. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
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
import { toolButton } from '../components/controls';
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
import { cancelledState, failedState, progressLine, runningState } from '../components/states';
import { tableView } from '../components/tableView';
import { statusLine, type Said } from '../components/statusLine';
import { tabs, type Tabs } from '../components/tabs';
import { topBar } from '../components/topBar';
import type { Analyzed } from '../data/analyzed';
import { h } from '../dom';
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
  #said: Said = { text: '', fault: false };
  readonly #queue = h('div', { class: 'queue', hidden: true });
  readonly #output: FigureOutput;
  readonly #charts: ChartShelf;
  readonly #settings: SettingsDrawer;
  #theme: Theme = readTheme();
  #model: CompareModel | null = null;
  /** Decoded once for each comparison. */
  #spectra: Analyzed[] = [];
  #tabs: Tabs | null = null;
  /** What is on the page, in its present state. */
  #content: () => unknown = () => nothing;
  #exports: ExportControls | null = null;

  constructor(
    private readonly parent: HTMLElement,
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
    this.#draw();
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
    this.#draw();
  }

  fail(error: unknown): void {
    this.#say(thrownText(error), true);
    this.host.report(error);
  }

  #render(): void {
    const model = this.#model;
    if (!model) return;
    const { compared } = model;
    if (!compared) {
      this.#charts.show([]);
      this.#tabs = null;
    }
    this.#content = compared ? this.#results(model, compared) : this.#withoutResults(model);
    this.#draw();
    this.#drawTab();
    this.memory.restore();
    document.body.dataset['ready'] = 'true';
  }

  /** Shows how far the comparison has come; charts and controls stay as they are. */
  #draw(): void {
    const state = this.#model?.state ?? { kind: 'none' };
    const compared = Boolean(this.#model?.compared);
    const meanwhile = compared && state.kind === 'running';
    this.#queue.hidden = !meanwhile;
    render(meanwhile ? progressLine(counted(state), state.what, this.#cancel) : nothing, this.#queue);
    render(
      html`<div
        class="panel"
        data-testid="panel"
        data-state=${state.kind}
        ?data-outdated=${compared && state.kind !== 'done'}
      >
        ${this.#content()} ${statusLine(this.#said)}
      </div>`,
      this.parent,
    );
  }

  readonly #compare = (): void => {
    this.host.tell('compare', null);
  };

  readonly #cancel = (): void => {
    this.host.tell('cancel', null);
  };

  #state({ a, b, state }: CompareModel): TemplateResult | typeof nothing {
    const name = t('{0} and {1}', a.name, b.name);
    switch (state.kind) {
      case 'running':
        return runningState(name, counted(state), this.#cancel, state.what || undefined);
      case 'failed':
        return failedState(
          name,
          state.error,
          { retry: this.#compare, showLog: this.host.showLog },
          t('{0} could not be compared', name),
        );
      case 'cancelled':
        return cancelledState(name, this.#compare);
      case 'done':
        return nothing;
    }
  }

  #withoutResults(model: CompareModel): () => unknown {
    const bar = this.#bar(model);
    return () => html`${bar}${this.#state(model)}`;
  }

  #results(model: CompareModel, compared: Compared): () => unknown {
    const { a, b, state, stale } = model;
    const [first] = compared.tensorSentences;
    const found = compared.figures ? compared.figureSentences : [first ?? ''];
    const ended = state.kind === 'failed' || state.kind === 'cancelled' ? this.#state(model) : nothing;
    const content = html`
      ${headline([t('A: {0}, B: {1}.', a.name, b.name), ' ', found.join(' ')], this.memory)}
      ${this.#bar(model)}${stale ? this.#staleBanner(stale) : nothing}
      ${
        compared.fault
          ? banner('fault', t('α₀ and w are not compared: {0}.', faultIn(compared.fault).cause))
          : nothing
      }
      ${ended}${this.#openTabs(model).element}
      ${compared.figures ? tableView(figuresTable(compared.figures)) : nothing}
      ${compared.notes.map((note) => html`<p class="note" data-testid="note">${note}</p>`)}
      <p class="note">${t('Differences are B minus A. {0}', settingsLine(compared.settings))}</p>
    `;
    return () => content;
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
    const { compared, kind } = model;
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
        this.#queue,
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

  #say(text: string, fault = false): void {
    this.#said = { text, fault };
    this.#draw();
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
    render(
      html`${tab === 'layers' && compared.projections ? this.#figureChoice() : nothing}
      ${tab === 'steps' ? this.#axisChoice(model) : nothing}
      ${figures.length > 0 || hiddenIn(view).length > 0 ? this.#shownChoice() : nothing}`,
      this.#tabs.choices,
    );
    render(
      html`${charts.length > 0 ? html`<div class="figures ${tab}">${charts}</div>` : nothing}
      ${this.#tabContent(tab, compared)}`,
      this.#tabs.panel,
    );
    this.#openExports().offer({ picture: figures.length > 0 || mapOf(view) !== null, table: true });
  }

  /** After a choice inside a tab. */
  #redraw(): void {
    this.#drawTab();
    this.memory.restore();
  }

  #tabContent(tab: CompareTab, compared: Compared): unknown {
    const note = (text: string): TemplateResult => html`<p class="note">${text}</p>`;
    switch (tab) {
      case 'tensors':
        return html`<p class="lead" data-testid="tensors-sentence">${compared.tensorSentences.join(' ')}</p>
          ${tensorTable(compared.tensors, this.memory.choices.order, (order) => {
            this.memory.choose({ order });
            this.#redraw();
          })}`;
      case 'spectra':
        return this.#spectra.length > 0 ? nothing : note(t('Neither has a spectrum.'));
      case 'steps': {
        const { onlyA, onlyB } = compared;
        return html`${tableView(stepsTable(compared))}
        ${onlyA.length > 0 ? note(t('Steps that only A has: {0}.', onlyA.map(integer).join(', '))) : nothing}
        ${onlyB.length > 0 ? note(t('Steps that only B has: {0}.', onlyB.map(integer).join(', '))) : nothing}`;
      }
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

  #layers({ projections }: Compared): TemplateResult {
    if (!projections) {
      const analyze = (): void => {
        this.host.tell('setMode', { mode: 'full' });
      };
      return html`<div class="tab-empty" data-testid="no-layers">
        <p class="lead">${t('Differences of layers need the full network of both.')}</p>
        <p class="note">${t('A sample takes a few neurons per layer and pools them over all layers.')}</p>
        <vscode-button data-testid="layers-full" secondary @click=${analyze}
          >${t('Analyze Full Network')}</vscode-button
        >
      </div>`;
    }
    const { figure } = this.memory.choices;
    const found = changeMap(projections, figure, this.#theme);
    if (!found) return html`<p class="note">${t('No projection has a difference.')}</p>`;
    const { map, scale, beyond, all } = found;
    const title = t('Δ ln of {0}', figureName(figure));
    const table = heatMap(map);
    const popup = heatMenu('layers', table, this.#output);
    const hasNulls = projections.some(
      ({ sdLnAlpha0, sdLnWidth }) => sdLnAlpha0 !== null || sdLnWidth !== null,
    );
    const sentence = hasNulls
      ? t(
          'Cells that differ by more than 2 standard deviations of their null models: {0} of {1}.',
          integer(beyond),
          integer(all),
        )
      : t('Without null models it is unknown which cells differ more than by chance, so none is colored.');
    return html`<p class="lead" data-testid="layers-sentence">${sentence}</p>
      <div class="heat-figure">
        ${heatLegend(title, hasNulls ? scale : null, changeEnds(), popup.element)}${table}
      </div>
      <p class="note">${mapNote()}</p>`;
  }

  #differences({ missing, missingLeftOut, metadata, metadataLeftOut }: Compared): TemplateResult {
    const part = (id: string, title: string, rows: Compared['missing'], left: number, none: string) =>
      html`<h2 class="figure-title">${title}</h2>
        ${rows.length > 0 ? tableView(sidesTable(id, title, rows)) : html`<p class="note">${none}</p>`}
        ${left > 0 ? html`<p class="note">${t('and {0} more', integer(left))}</p>` : nothing}`;
    return html`${part(
      'missing',
      t('Tensors in one of the two, or of another shape or orientation'),
      missing,
      missingLeftOut,
      t('Both have the same tensors, of the same shapes.'),
    )}
    ${part(
      'metadata',
      t('Metadata and configuration that differ'),
      metadata,
      metadataLeftOut,
      t('Metadata and configuration are the same.'),
    )}`;
  }
}

const counted = (state: CompareProgress): { done: number; total: number; bytesRead: number } | null =>
  state.kind === 'running' && state.total > 0 ? { done: state.done, total: state.total, bytesRead: 0 } : null;
