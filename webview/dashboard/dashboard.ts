/** The dashboard in the side panel: one run at a glance, and the way to its panels. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { checkpointCount } from '../../src/protocol/counts';
import type { Estimate, Mode } from '../../src/protocol/analysis';
import type { DashboardModel, Run, RunView } from '../../src/protocol/trends';
import { hinted } from '../components/hinted';
import { nullsSwitch } from '../components/nullsSwitch';
import { queueLine } from '../components/queueLine';
import { sparkline, type SparkPoint } from '../components/sparkline';
import { tally } from '../data/runTally';
import { chosenAlpha0, type RunResults } from '../data/shownRuns';
import { stepName } from '../figures/stepAxis';
import { atLeast, decimal, estimate, integer, percent, supportedDecimals } from '../../src/protocol/format';
import { setWords, t, thrownText } from '../l10n';
import { meaning, type SymbolId } from '../symbols';
import {
  againstBaseline,
  countLine,
  deletedText,
  otherVersionText,
  overwrittenText,
  populationWarning,
} from '../words/runs';
import { subsetName } from '../words/subset';

/** What the dashboard asks of the extension host. */
export interface DashboardActions {
  select: (run: string) => void;
  analyzeRun: (run: string) => void;
  openView: (view: RunView) => void;
  setNulls: (on: boolean) => void;
  openSampleRun: () => void;
  cancel: () => void;
  report: (error: unknown) => void;
}

interface Measure extends MeasureText {
  /** The panel that tells more. */
  view: RunView;
  id: SymbolId;
  points: readonly SparkPoint[];
}

export class Dashboard {
  #model: DashboardModel | null = null;
  #status = '';

  constructor(
    private readonly parent: HTMLElement,
    private readonly actions: DashboardActions,
  ) {
    document.body.dataset['panel'] = 'dashboard';
    this.#draw();
  }

  show(model: DashboardModel): void {
    setWords(model.l10n);
    this.#model = model;
    this.#draw();
    document.body.dataset['ready'] = 'true';
  }

  /** Tells the user about something that went wrong. */
  fail(error: unknown): void {
    this.#status = thrownText(error);
    this.#draw();
    this.actions.report(error);
  }

  #draw(): void {
    const model = this.#model;
    const run = model?.run;
    render(
      html`<div
        class="dashboard"
        data-testid="dashboard"
        data-state=${run ? (run.series ? 'done' : 'empty') : 'none'}
      >
        <h1 class="visually-hidden">${run?.name ?? t('Dashboard')}</h1>
        ${run ? this.#run(model, run) : model && this.#nothing()}
        <p class="note" role="status" data-testid="status" .textContent=${this.#status}></p>
      </div>`,
      this.parent,
    );
  }

  #nothing(): TemplateResult {
    return html`<p data-testid="nothing">${t('No training run is found in this workspace.')}</p>
      <p class="note">${t('Open a folder of checkpoints, or explore the bundled sample run.')}</p>
      <div class="actions">
        <vscode-button data-testid="open-sample" @click=${this.actions.openSampleRun}
          >${t('Open Sample Run')}</vscode-button
        >
      </div>`;
  }

  #run(model: DashboardModel, run: Run): TemplateResult {
    const { series } = run;
    const subset = series ? series.settings.subset : model.asked;
    return html`${this.#name(model, run)}
      <p class="note" data-testid="progress-line">${progressLine(run)}</p>
      ${[overwrittenText([run]), deletedText([run]), otherVersionText([run])].map((text) =>
        text === null ? nothing : html`<p class="note warning" data-testid="stale">${text}</p>`,
      )}
      ${
        subset
          ? html`<p class="note" data-testid="part">${t('Part of the network: {0}', subsetName(subset))}</p>`
          : nothing
      }
      ${run.readOnly ? nothing : nullsSwitch(model.nulls, this.actions.setNulls)}
      ${series ? this.#results({ ...run, series }) : nothing}
      ${
        model.progress
          ? html`<div class="progress">${queueLine(model.progress, this.actions.cancel)}</div>`
          : nothing
      }
      ${this.#ways(run)}`;
  }

  #name({ runs }: DashboardModel, run: Run): TemplateResult {
    if (runs.length < 2) return html`<p class="run-name" data-testid="run-name">${run.name}</p>`;
    const label = t('Training run');
    return html`<select
      aria-label=${label}
      title=${label}
      data-testid="run-choice"
      @change=${({ target }: Event) => {
        this.actions.select((target as HTMLSelectElement).value);
      }}
    >
      ${repeat(
        runs,
        ({ id }) => id,
        ({ id, name }) => html`<option value=${id} .selected=${live(id === run.id)}>${name}</option>`,
      )}
    </select>`;
  }

  #results(run: RunResults): TemplateResult {
    const { points, settings, emergence } = run.series;
    const last = points.at(-1)!;
    const warning = populationWarning([run]);
    const quality = t('fit R² ≥ {0} · neurons kept {1}', atLeast(last.r2Min), percent(last.nodesKept));
    const measures: Measure[] = [
      {
        view: 'emergence',
        id: 'emergence',
        ...apart(last.emergence.value, last.emergence.ci95),
        points: points.map(({ emergence: { value, ci95 } }) => ({ value, range: ci95 })),
      },
      {
        view: 'trends',
        id: emergence.from === 'exact' ? 'alpha0Exact' : 'alpha0',
        ...estimateText(chosenAlpha0(last, emergence.from), settings.mode),
        points: points.map((point) => sparkPoint(chosenAlpha0(point, emergence.from))),
      },
      {
        view: 'trends',
        id: 'width',
        ...estimateText(last.width, settings.mode),
        points: points.map(({ width }) => sparkPoint(width)),
      },
    ];
    return html`<div class="measures">
        ${repeat(
          measures,
          ({ id }) => id,
          (measure) => this.#measure(measure),
        )}
      </div>
      <p class="note" data-testid="quality">${quality}</p>
      <p class="reading" data-testid="reading">${againstBaseline(run)}</p>
      ${warning === null ? nothing : html`<p class="note warning" data-testid="warning">${warning}</p>`}`;
  }

  /** A number with its line; opens the panel that tells more. */
  #measure({ view, id, value, interval, points }: Measure): TemplateResult {
    const { text, means } = meaning(id);
    const opens = view === 'emergence' ? t('Open Emergence') : t('Open Trends');
    return html`<button
      type="button"
      class="measure"
      data-testid="open-${id}"
      @click=${() => {
        this.actions.openView(view);
      }}
      ${hinted(`${means}\n${opens}.`, id)}
    >
      <span class="symbol-name">${text}</span>
      <span
        ><span class="value" data-testid=${id}>${value}</span>${
          interval === null ? nothing : html`<span class="interval">${interval}</span>`
        }</span
      >
      ${sparkline(points)}<span class="codicon codicon-chevron-right" aria-hidden="true"></span>
    </button>`;
  }

  #ways(run: Run): TemplateResult | typeof nothing {
    const { missing, failed, done } = tally(run);
    const open = missing + failed;
    if (open === 0 || run.readOnly) return nothing;
    const text =
      done > 0
        ? t('Analyze {0} More', integer(open))
        : open === 1
          ? t('Analyze 1 Checkpoint')
          : t('Analyze {0} Checkpoints', integer(open));
    return html`<div class="actions">
      <vscode-button
        data-testid="analyze-run"
        ?secondary=${done > 0}
        @click=${() => {
          this.actions.analyzeRun(run.id);
        }}
        >${text}</vscode-button
      >
    </div>`;
  }
}

/** "18 checkpoints · step 4,000", or how many of them are analyzed. */
function progressLine(run: Run): string {
  const { done, failed } = tally(run);
  const total = run.checkpoints.length;
  // The one that the numbers below belong to, not the last that was found.
  const shown = run.series?.points.at(-1)?.checkpoint.path;
  const last = run.checkpoints.findIndex(({ path }) => path === shown);
  return [
    done === total ? checkpointCount(total, t) : countLine(done, total),
    ...(failed > 0 ? [t('{0} failed', integer(failed))] : []),
    ...(last >= 0 ? [stepName(run.checkpoints[last]!.step, last)] : []),
    ...(run.readOnly ? [t('saved results')] : []),
  ].join(' · ');
}

/** A number and its interval, which gets a line of its own where it does not lie evenly around the number. */
interface MeasureText {
  value: string;
  interval: string | null;
}

function apart(value: number | null, ci95: readonly [number, number] | null): MeasureText {
  if (!ci95) return { value: decimal(value), interval: null };
  const digits = Math.max(3, supportedDecimals((ci95[1] - ci95[0]) / 2));
  return {
    value: decimal(value, digits),
    interval: t('{0} … {1}', decimal(ci95[0], digits), decimal(ci95[1], digits)),
  };
}

const estimateText = (value: Estimate, mode: Mode): MeasureText =>
  mode === 'full' ? apart(value.mean, value.ci95) : { value: estimate(value), interval: null };

const sparkPoint = ({ mean, ci95 }: Estimate): SparkPoint => ({ value: mean, range: ci95 });
