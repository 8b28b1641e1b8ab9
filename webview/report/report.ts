/** The report: first lines, figures, tables and provenance of training runs, for screen and paper. */
import { checkpointCount } from '../../src/protocol/counts';
import type { Report } from '../../src/protocol/report';
import { ChartShelf } from '../components/chartShelf';
import type { ChartView } from '../components/chartView';
import { explanation } from '../components/explanation';
import { swatch } from '../components/swatch';
import { tableView } from '../components/tableView';
import { distinctNames } from '../data/distinctNames';
import { comparesSizes, knowsEmergence, partsOfRuns, type ShownRun } from '../data/shownRuns';
import { h } from '../dom';
import { metricFigures, metricNames } from '../figures/againstMetrics';
import { markParts } from '../figures/partMark';
import { seriesStyle } from '../figures/styles';
import { specificationText } from '../../src/protocol/specificationWords';
import { compact } from '../../src/protocol/format';
import { t } from '../l10n';
import { runFacts } from '../runs/facts';
import {
  axisControl,
  sizeControl,
  smoothControl,
  spectraControls,
  type ControlContext,
} from '../runs/controls';
import { DEFAULT_RUN_CHOICES, runFigures, type RunChoices, type RunTab } from '../runs/views';
import type { Figure } from '../figures/figure';
import { knowsBeyond } from '../figures/beyond';
import { knowsParts } from '../figures/parts';
import { knowsSpecifications, specificationsFigure } from '../figures/specifications';
import { checkpointsTable } from '../tables/checkpoints';
import { acrossTable, correlationsTable } from '../tables/metrics';
import { beyondTable, partsTable } from '../tables/nulls';
import { emergenceTable, trendsTable } from '../tables/runs';
import { specificationsTable } from '../tables/specifications';
import type { Table } from '../tables/table';
import { DARK, LIGHT, type Theme } from '../theme';
import { methodsParagraph } from '../words/methods';
import { acrossLine, metricLines } from '../words/metrics';
import { modelName } from '../words/model';
import { emergenceHeadline, incomparable, runNotes, trendsHeadline } from '../words/runs';
import { partSentence } from '../words/subset';
import { BIBTEX } from './bibtex';
import { copyable } from './copyable';
import { plainButton } from './plainButton';

/** The runs of a report, with the names and styles that they have everywhere in it. */
export function reportRuns({ runs }: Report, theme: Theme): ShownRun[] {
  const names = distinctNames(runs.map(({ series }) => series.run));
  return runs.map(({ series, spectra, style }, index) => ({
    id: `${index}`,
    name: names[index]!,
    series,
    spectra,
    style: seriesStyle(style?.place ?? index, theme, style?.hue),
  }));
}

/** The background of figures. */
export type Ground = 'dark' | 'light' | 'paper';

/**
 * Sizes of figures for paper, in CSS pixels: two in a row, or one. On A4 they shrink to three quarters and to six
 * sevenths: large enough to read their words, small enough to fit an axis title.
 */
const ON_PAPER = { half: { width: 440, height: 330 }, whole: { width: 800, height: 360 } };

export class ReportPage {
  readonly #charts = new ChartShelf({ button: plainButton });
  readonly #runList = h('ul', { class: 'report-runs' });
  readonly #trends = h('section', { class: 'choices' });
  readonly #spectra = h('section', { class: 'choices' });
  readonly #figures: Record<
    'over' | 'metrics' | 'nulls' | 'spectra' | 'quality' | 'sensitivity',
    HTMLElement
  > = {
    over: h('div', { class: 'figures' }),
    metrics: h('div', { class: 'figures' }),
    nulls: h('div', { class: 'figures' }),
    spectra: h('div', { class: 'figures spectra' }),
    quality: h('div', { class: 'figures' }),
    sensitivity: h('div', { class: 'figures sensitivity' }),
  };
  #choices: RunChoices = DEFAULT_RUN_CHOICES;

  constructor(
    parent: HTMLElement,
    private readonly report: Report,
    private ground: Ground,
  ) {
    document.body.dataset['panel'] = 'report';
    parent.append(this.#page());
    this.#drawControls();
    this.#draw();
    document.body.dataset['ready'] = 'true';
  }

  /** Draws everything again. */
  draw(ground: Ground): void {
    this.ground = ground;
    this.#draw();
  }

  get #theme(): Theme {
    return this.ground === 'dark' ? DARK : LIGHT;
  }

  get #runs(): ShownRun[] {
    return reportRuns(this.report, this.#theme);
  }

  #page(): HTMLElement {
    const runs = this.#runs;
    const warnings = [...incomparable(runs, 'trends'), ...runNotes(runs)];
    const part = partSentence(partsOfRuns(runs));
    const names = runs.map(({ name }) => name).join(', ');
    document.title = t('NeuroMFA: {0}', names);
    return h(
      'main',
      { class: 'panel report', 'data-testid': 'report' },
      h('h1', {}, names),
      h('p', { class: 'headline', 'data-testid': 'headline' }, trendsHeadline(runs)),
      h('p', { class: 'headline', 'data-testid': 'emergence-headline' }, emergenceHeadline(runs)),
      part !== null && h('p', { 'data-testid': 'part' }, part),
      this.#runList,
      ...warnings.map((warning) => h('p', { class: 'note warning', 'data-testid': 'warning' }, warning)),
      h('h2', {}, t('Over training')),
      this.#trends,
      this.#figures.over,
      ...this.#nulls(),
      ...this.#metrics(),
      h('h2', {}, t('Spectra')),
      this.#spectra,
      this.#figures.spectra,
      h('h2', {}, t('Fit and neurons')),
      this.#figures.quality,
      ...this.#sensitivity(),
      h(
        'section',
        { class: 'report-tables' },
        h('h2', {}, t('Tables')),
        h('p', { class: 'quiet on-screen' }, t('Only expanded tables are printed.')),
        ...tablesOf(runs).map(foldedTable),
      ),
      h('h2', {}, t('Provenance')),
      runFacts(runs),
      foldedTable(checkpointsTable(runs)),
      copyable(t('Methods'), methodsParagraph(runs), 'methods'),
      copyable('BibTeX', BIBTEX, 'bibtex', true),
      explanation(),
      h(
        'p',
        { class: 'quiet' },
        t('Report made {0} UTC.', this.report.created.slice(0, 16).replace('T', ' ')),
      ),
    );
  }

  /** Metrics beside the runs; empty where there are none. */
  #metrics(): HTMLElement[] {
    const runs = this.#runs;
    if (metricNames(runs).length === 0) return [];
    const { across } = this.report;
    return [
      h('h2', {}, t('Against metrics')),
      ...[...metricLines(runs), ...(across ? [acrossLine(across)] : [])].map((line) =>
        h('p', { 'data-testid': 'metrics-line' }, line),
      ),
      this.#figures.metrics,
      foldedTable(correlationsTable(runs)),
      ...(across ? [foldedTable(acrossTable(across))] : []),
    ];
  }

  /** The figures of the report's first part: E, and sizes where there are several. */
  get #overTabs(): RunTab[] {
    const runs = this.#runs;
    if (!knowsEmergence(runs)) return ['trends'];
    return comparesSizes(runs) ? ['trends', 'emergence', 'size'] : ['trends', 'emergence'];
  }

  #nulls(): HTMLElement[] {
    const known = this.#runs.some((run) => knowsParts(run) || knowsBeyond(run));
    return known ? [h('h2', {}, t('Null models')), this.#figures.nulls] : [];
  }

  #sensitivity(): HTMLElement[] {
    const specified = this.#runs.filter(knowsSpecifications);
    if (specified.length === 0) return [];
    const said = specified.map(({ name, series }) => {
      const text = specificationText(series.specifications ?? [], t);
      return h(
        'p',
        { 'data-testid': 'specification-text' },
        this.#runs.length > 1 ? `${name}: ${text}` : text,
      );
    });
    return [h('h2', {}, t('Sensitivity')), ...said, this.#figures.sensitivity];
  }

  #draw(): void {
    const runs = this.#runs;
    this.#runList.replaceChildren(...runs.map(runItem));
    const groups = {
      over: this.#overTabs.flatMap((tab) => runFigures(tab, runs, this.#choices, this.#theme)),
      metrics: markParts(metricFigures(runs, this.#theme), partsOfRuns(runs)),
      nulls: [
        ...ofEach(runs.filter(knowsParts), (run) => runFigures('parts', [run], this.#choices, this.#theme)),
        ...runFigures('beyond', runs, this.#choices, this.#theme),
      ],
      spectra: runFigures('spectra', runs, this.#choices, this.#theme),
      quality: runFigures('quality', runs, this.#choices, this.#theme),
      sensitivity: ofEach(runs.filter(knowsSpecifications), (run) => [
        specificationsFigure(run, this.#theme),
      ]),
    };
    const views = this.#charts.show(Object.values(groups).flat());
    let at = 0;
    for (const [name, figures] of Object.entries(groups) as [keyof typeof groups, unknown[]][]) {
      const own = views.slice(at, at + figures.length);
      const elements = own.map(({ element }) => element);
      const place = this.#figures[name];
      if (elements.some((element) => element.parentElement !== place)) place.replaceChildren(...elements);
      for (const [index, view] of own.entries())
        this.#fit(view, name === 'sensitivity' || (index % 2 === 0 && index === own.length - 1));
      at += figures.length;
    }
  }

  /** @param alone whether there is no other figure beside it. */
  #fit(view: ChartView, alone: boolean): void {
    view.element.classList.toggle('alone', alone);
    view.fix(this.ground === 'paper' ? ON_PAPER[alone ? 'whole' : 'half'] : null);
  }

  #drawControls(): void {
    const context: ControlContext = {
      runs: this.#runs,
      choices: this.#choices,
      choose: (choices) => {
        const focused = document.activeElement?.getAttribute('data-testid');
        this.#choices = { ...this.#choices, ...choices };
        this.#drawControls();
        this.#draw();
        if (focused) document.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
      },
      tune: (choices) => {
        this.#choices = { ...this.#choices, ...choices };
        this.#draw();
      },
    };
    const size = this.#overTabs.includes('size') ? sizeControl(context) : null;
    this.#trends.replaceChildren(
      ...[axisControl(context), smoothControl(context), size].filter((control) => control !== null),
    );
    this.#spectra.replaceChildren(...spectraControls(context).filter((control) => control !== null));
  }
}

/** Figures of one run after the other; each has an id of its own. */
const ofEach = (runs: readonly ShownRun[], of: (run: ShownRun) => Figure[]): Figure[] =>
  runs.flatMap((run) => of(run).map((figure) => ({ ...figure, id: `${figure.id}-${run.id}` })));

function tablesOf(runs: readonly ShownRun[]): Table[] {
  return [
    trendsTable(runs),
    emergenceTable(runs),
    ...(runs.some(knowsBeyond) ? [beyondTable(runs)] : []),
    ...(runs.some(knowsParts) ? [partsTable(runs)] : []),
    ...(runs.some(knowsSpecifications) ? [specificationsTable(runs)] : []),
  ];
}

function runItem({ name, style, series }: ShownRun): HTMLElement {
  const { checkpoint } = series.points[0]!;
  const facts = [
    series.run.path,
    checkpointCount(series.points.length, t),
    t('{0} parameters', compact(checkpoint.parameters)),
    modelName(checkpoint),
    checkpoint.dtype,
  ];
  return h(
    'li',
    {},
    swatch(style),
    h('strong', {}, name),
    ' ',
    h('span', { class: 'path' }, facts.join(' · ')),
  );
}

const foldedTable = (table: Table): HTMLElement =>
  h('details', { 'data-testid': `details-${table.id}` }, h('summary', {}, table.title), tableView(table));
