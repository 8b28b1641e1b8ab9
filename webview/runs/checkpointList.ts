/**
 * Every checkpoint of the runs: its state or its numbers, the way to its spectrum, and the way to analyze it. Headings sort;
 * two that are ticked can be compared.
 */
import { html, nothing, render, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { elsewhereText } from '../../src/protocol/elsewhere';
import type { RunPoint } from '../../src/protocol/run';
import type { Run, RunCheckpoint } from '../../src/protocol/trends';
import { keepingFocus } from '../components/keepingFocus';
import { symbol } from '../components/hint';
import { shortFault } from '../components/states';
import { h } from '../dom';
import { atLeast, decimal, integer, measured, NOTHING, percent } from '../../src/protocol/format';
import { t } from '../l10n';
import { inOrder, type CheckpointColumn, type CheckpointOrder } from './checkpointOrder';

/** How the reader has arranged the table. */
export interface CheckpointTable {
  order: CheckpointOrder | null;
  /** Paths of the checkpoints that are ticked, at most two. */
  ticked: readonly string[];
}

export interface CheckpointActions {
  sort: (column: CheckpointColumn) => void;
  tick: (path: string, on: boolean) => void;
  compare: (pair: readonly [CheckpointOf, CheckpointOf]) => void;
  open: (run: string, path: string) => void;
  analyze: (run: string, path: string) => void;
  showLog: () => void;
}

export interface CheckpointOf {
  run: string;
  path: string;
}

/** What can be done with those that are ticked. */
export function comparing(
  runs: readonly Run[],
  { ticked }: CheckpointTable,
  { compare }: CheckpointActions,
): TemplateResult {
  const [a, b] = inOrder(runs, null).filter(
    (each) => canCompare(each) && ticked.includes(each.checkpoint.path),
  );
  if (!a || !b)
    return html`<span class="note" data-testid="tick-two"
      >${t('Tick two checkpoints to compare them')}</span
    >`;
  const of = ({ run, checkpoint }: typeof a): CheckpointOf => ({ run: run.id, path: checkpoint.path });
  // Those of two runs may have the same names.
  const name = ({ run, checkpoint }: typeof a): string =>
    a.run === b.run ? checkpoint.name : `${run.name} ${checkpoint.name}`;
  const text = t('Compare {0} with {1}', name(a), name(b));
  return html`<button
    type="button"
    class="tool"
    title=${text}
    aria-label=${text}
    data-testid="compare-ticked"
    @click=${() => {
      compare([of(a), of(b)]);
    }}
  >
    <span class="codicon codicon-diff" aria-hidden="true"></span>${text}
  </button>`;
}

const canCompare = ({ run, checkpoint }: { run: Run; checkpoint: RunCheckpoint }): boolean =>
  !run.readOnly && !checkpoint.deleted;

/** The table: the same element for as long as the page is there. */
export class CheckpointList {
  readonly element = h('div', {
    class: 'table-scroll stacked',
    tabindex: 0,
    role: 'region',
    'aria-label': t('Checkpoints'),
    'data-testid': 'checkpoints',
  });
  readonly #alpha0 = symbol('alpha0');
  readonly #width = symbol('width');
  readonly #emergence = symbol('emergence');
  readonly #r2 = symbol('r2');

  constructor(private readonly actions: CheckpointActions) {}

  show(runs: readonly Run[], { order, ticked }: CheckpointTable): void {
    const several = runs.length > 1;
    /** @param name what the button that sorts calls the column. */
    const number = (column: CheckpointColumn, name: string, content: unknown): TemplateResult => {
      const own = order?.column === column ? order : null;
      const direction = own ? (own.descending ? 'descending' : 'ascending') : 'none';
      const icon = { descending: 'arrow-down', ascending: 'arrow-up', none: 'arrow-swap' }[direction];
      const label = t('Sort by {0}', name);
      const sort = html`<button
        type="button"
        class="tool"
        title=${label}
        aria-label=${label}
        data-testid="sort-${column}"
        @click=${() => {
          this.actions.sort(column);
        }}
      >
        <span class="codicon codicon-${icon}" aria-hidden="true"></span>
      </button>`;
      return html`<th
        scope="col"
        class="number at-${column} ${column === 'step' ? 'above' : ''}"
        aria-sort=${direction}
      >
        ${column === 'step' ? html`<div class="cell-text">${content} ${sort}</div>` : html`${content}&nbsp;${sort}`}
      </th>`;
    };
    const table = html`<table>
      <thead>
        <tr>
          <th scope="col" class="above tick"><span class="visually-hidden">${t('Compare')}</span></th>
          ${several ? html`<th scope="col" class="above at-run"><div class="cell-text">${t('run')}</div></th>` : nothing}
          ${number('step', t('step'), t('step'))}
          <th scope="col" class="above at-checkpoint"><div class="cell-text">${t('checkpoint')}</div></th>
          ${number('alpha0', 'α₀', this.#alpha0)}${number('width', 'w', this.#width)}
          ${number('emergence', 'E', this.#emergence)} ${number('r2', 'R²', html`<span>${this.#r2} ≥</span>`)}
          ${number('neurons', t('neurons kept'), t('neurons kept'))}
          <th scope="col"><span class="visually-hidden">${t('Actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          inOrder(runs, order),
          ({ run, checkpoint }) => `${run.id}\n${checkpoint.path}`,
          ({ run, checkpoint, point }) => {
            const isTicked = ticked.includes(checkpoint.path);
            // Hundreds of rows, of which one has moved on.
            return guard([run, checkpoint, point, isTicked, several], () =>
              row(run, checkpoint, point, { several, isTicked, actions: this.actions }),
            );
          },
        )}
      </tbody>
    </table>`;
    keepingFocus('tr', () => {
      render(table, this.element);
    });
  }
}

function row(
  run: Run,
  checkpoint: RunCheckpoint,
  point: RunPoint | undefined,
  { several, isTicked, actions }: { several: boolean; isTicked: boolean; actions: CheckpointActions },
): TemplateResult {
  const { path, name, step, state, deleted } = checkpoint;
  const open = (): void => {
    actions.open(run.id, path);
  };
  return html`<tr data-testid="checkpoint" data-run=${run.id} data-path=${path} data-state=${state.kind}>
    <td class="above tick">
      ${canCompare({ run, checkpoint }) ? tickBox(checkpoint, isTicked, actions) : nothing}
    </td>
    ${several ? html`<td class="above at-run" title=${run.name}><div class="cell-text">${run.name}</div></td>` : nothing}
    <td class="number above at-step">
      <div class="cell-text">${step === null ? NOTHING : integer(step)}</div>
    </td>
    <th scope="row" class="above at-checkpoint" title=${path}>
      <div class="cell-text">
        ${
          run.readOnly || deleted
            ? deleted
              ? t('{0} (deleted)', name)
              : name
            : link(name, 'open-checkpoint', open, t('Open the spectrum of {0}', name))
        }
      </div>
    </th>
    ${point ? numbers(point, run) : html`<td colspan="5" class="quiet">${stateText(checkpoint)}</td>`}
    <td class="row-actions">${rowActions(run, checkpoint, actions)}</td>
  </tr>`;
}

const link = (text: string, testId: string, run: () => void, label?: string): TemplateResult =>
  html`<button
    type="button"
    class="link"
    data-testid=${testId}
    aria-label=${label ?? nothing}
    @click=${run}
    .textContent=${text}
  ></button>`;

const tickBox = ({ path, name }: RunCheckpoint, on: boolean, { tick }: CheckpointActions): TemplateResult =>
  html`<input
    type="checkbox"
    aria-label=${t('Compare {0}', name)}
    data-testid="tick"
    .checked=${live(on)}
    @change=${({ target }: Event) => {
      tick(path, (target as HTMLInputElement).checked);
    }}
  />`;

function numbers(
  { alpha0, width, emergence, r2Min, nodesKept }: RunPoint,
  { series }: Run,
): TemplateResult[] {
  const { mode } = series!.settings;
  return [
    measured(alpha0, mode),
    measured(width, mode),
    decimal(emergence.value),
    atLeast(r2Min),
    percent(nodesKept),
  ].map((text) => html`<td class="number">${text}</td>`);
}

/** What is the matter with a checkpoint that has no numbers. */
function stateText({ state, deleted }: RunCheckpoint): string {
  switch (state.kind) {
    case 'missing':
      if (deleted) return t('deleted before it was analyzed under these settings');
      return state.overwritten
        ? t('overwritten since it was analyzed')
        : t('not analyzed under these settings');
    case 'queued':
      return t('waiting');
    case 'running':
      return t('{0} % done', decimal(100 * state.fraction, 0));
    case 'elsewhere':
      return elsewhereText(state, t);
    case 'failed':
      return shortFault(state.error);
    case 'done':
      return t('no spectrum');
  }
}

function rowActions(
  { id, readOnly }: Run,
  { path, name, state, deleted }: RunCheckpoint,
  { analyze, showLog }: CheckpointActions,
): TemplateResult | typeof nothing {
  if (
    readOnly ||
    deleted ||
    state.kind === 'queued' ||
    state.kind === 'running' ||
    state.kind === 'elsewhere'
  )
    return nothing;
  const words = { missing: t('Analyze'), failed: t('Try Again'), done: t('Analyze Again') }[state.kind];
  const again = link(
    words,
    'analyze-checkpoint',
    () => {
      analyze(id, path);
    },
    `${words}: ${name}`,
  );
  return html`${again}${state.kind === 'failed' ? link(t('Show Log'), 'show-log', showLog) : nothing}`;
}
