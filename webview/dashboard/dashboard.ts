/** The dashboard in the side panel: one run at a glance, and the way to its panels. */
import { checkpointCount } from '../../src/protocol/counts';
import type { Estimate, Mode } from '../../src/protocol/analysis';
import type { DashboardModel, Run, RunView } from '../../src/protocol/trends';
import { wordButton } from '../components/controls';
import { hint } from '../components/hint';
import { nullsSwitch } from '../components/nullsSwitch';
import { queueLine } from '../components/queueLine';
import { select } from '../components/select';
import { sparkline, type SparkPoint } from '../components/sparkline';
import { tally } from '../data/runTally';
import { chosenAlpha0, type RunResults } from '../data/shownRuns';
import { h, icon } from '../dom';
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

export class Dashboard {
  readonly #root = h('div', { class: 'dashboard', 'data-testid': 'dashboard', 'data-state': 'none' });
  readonly #status = h('p', { class: 'note', role: 'status', 'data-testid': 'status' });

  constructor(
    parent: HTMLElement,
    private readonly actions: DashboardActions,
  ) {
    document.body.dataset['panel'] = 'dashboard';
    parent.append(this.#root);
  }

  show(model: DashboardModel): void {
    setWords(model.l10n);
    const focused = document.activeElement?.getAttribute('data-testid');
    this.#root.dataset['state'] = model.run ? (model.run.series ? 'done' : 'empty') : 'none';
    this.#root.replaceChildren(
      h('h1', { class: 'visually-hidden' }, model.run?.name ?? t('Dashboard')),
      ...(model.run ? this.#run(model, model.run) : this.#nothing()),
      this.#status,
    );
    if (focused) this.#root.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
    document.body.dataset['ready'] = 'true';
  }

  /** Tells the user about something that went wrong. */
  fail(error: unknown): void {
    this.#status.textContent = thrownText(error);
    this.actions.report(error);
  }

  #nothing(): HTMLElement[] {
    return [
      h('p', { 'data-testid': 'nothing' }, t('No training run is found in this workspace.')),
      h('p', { class: 'note' }, t('Open a folder of checkpoints, or explore the bundled sample run.')),
      h(
        'div',
        { class: 'actions' },
        wordButton(t('Open Sample Run'), 'open-sample', this.actions.openSampleRun),
      ),
    ];
  }

  #run(model: DashboardModel, run: Run): HTMLElement[] {
    const { series } = run;
    return [
      this.#name(model, run),
      h('p', { class: 'note', 'data-testid': 'progress-line' }, progressLine(run)),
      ...[overwrittenText([run]), deletedText([run]), otherVersionText([run])].flatMap((text) =>
        text === null ? [] : [h('p', { class: 'note warning', 'data-testid': 'stale' }, text)],
      ),
      ...this.#part(model, run),
      ...(run.readOnly ? [] : [nullsSwitch(model.nulls, this.actions.setNulls)]),
      ...(series ? this.#measures({ ...run, series }) : []),
      ...(model.progress
        ? [h('div', { class: 'progress' }, ...queueLine(model.progress, this.actions.cancel))]
        : []),
      ...this.#ways(run),
    ];
  }

  #name({ runs }: DashboardModel, run: Run): HTMLElement {
    if (runs.length < 2) return h('p', { class: 'run-name', 'data-testid': 'run-name' }, run.name);
    return select(
      t('Training run'),
      'run-choice',
      runs.map(({ id, name }) => ({ value: id, label: name })),
      run.id,
      this.actions.select,
    );
  }

  /** The part of the network that the numbers are about, or will be. */
  #part({ asked }: DashboardModel, { series }: Run): HTMLElement[] {
    const subset = series ? series.settings.subset : asked;
    if (!subset) return [];
    return [
      h('p', { class: 'note', 'data-testid': 'part' }, t('Part of the network: {0}', subsetName(subset))),
    ];
  }

  #measures(run: RunResults): HTMLElement[] {
    const { points, settings, emergence } = run.series;
    const last = points.at(-1)!;
    const warning = populationWarning([run]);
    return [
      h(
        'div',
        { class: 'measures' },
        this.#measure(
          'emergence',
          'emergence',
          apart(last.emergence.value, last.emergence.ci95),
          points.map(({ emergence: { value, ci95 } }) => ({ value, range: ci95 })),
        ),
        this.#measure(
          'trends',
          emergence.from === 'exact' ? 'alpha0Exact' : 'alpha0',
          estimateText(chosenAlpha0(last, emergence.from), settings.mode),
          points.map((point) => sparkPoint(chosenAlpha0(point, emergence.from))),
        ),
        this.#measure(
          'trends',
          'width',
          estimateText(last.width, settings.mode),
          points.map(({ width }) => sparkPoint(width)),
        ),
      ),
      h(
        'p',
        { class: 'note', 'data-testid': 'quality' },
        t('fit R² ≥ {0} · neurons kept {1}', atLeast(last.r2Min), percent(last.nodesKept)),
      ),
      h('p', { class: 'reading', 'data-testid': 'reading' }, againstBaseline(run)),
      ...(warning === null ? [] : [h('p', { class: 'note warning', 'data-testid': 'warning' }, warning)]),
    ];
  }

  /** A number with its line; opens the panel that tells more. */
  #measure(
    view: RunView,
    id: SymbolId,
    { value, interval }: MeasureText,
    points: readonly SparkPoint[],
  ): HTMLElement {
    const { text, means } = meaning(id);
    const opens = view === 'emergence' ? t('Open Emergence') : t('Open Trends');
    const button = h(
      'button',
      { type: 'button', class: 'measure', 'data-testid': `open-${id}` },
      h('span', { class: 'symbol-name' }, text),
      h(
        'span',
        {},
        h('span', { class: 'value', 'data-testid': id }, value),
        interval !== null && h('span', { class: 'interval' }, interval),
      ),
      sparkline(points),
      icon('chevron-right'),
    );
    button.addEventListener('click', () => {
      this.actions.openView(view);
    });
    return hint(button, `${means}\n${opens}.`, id);
  }

  #ways(run: Run): HTMLElement[] {
    const { missing, failed, done } = tally(run);
    const open = missing + failed;
    if (open === 0 || run.readOnly) return [];
    return [
      h(
        'div',
        { class: 'actions' },
        wordButton(
          done > 0
            ? t('Analyze {0} More', integer(open))
            : open === 1
              ? t('Analyze 1 Checkpoint')
              : t('Analyze {0} Checkpoints', integer(open)),
          'analyze-run',
          () => {
            this.actions.analyzeRun(run.id);
          },
          done > 0,
        ),
      ),
    ];
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
