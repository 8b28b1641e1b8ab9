/**
 * Every checkpoint of the runs: its state or its numbers, the way to its spectrum, and the way to analyze it. Headings sort;
 * two that are ticked can be compared.
 */
import { elsewhereText } from '../../src/protocol/elsewhere';
import type { RunPoint } from '../../src/protocol/run';
import type { Run, RunCheckpoint } from '../../src/protocol/trends';
import { cellText } from '../components/cellText';
import { toolButton } from '../components/controls';
import { exchange } from '../components/exchange';
import { symbol } from '../components/hint';
import { linkButton } from '../components/linkButton';
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
): HTMLElement {
  const [a, b] = inOrder(runs, null).filter(
    (each) => canCompare(each) && ticked.includes(each.checkpoint.path),
  );
  if (!a || !b)
    return h('span', { class: 'note', 'data-testid': 'tick-two' }, t('Tick two checkpoints to compare them'));
  const of = ({ run, checkpoint }: typeof a): CheckpointOf => ({ run: run.id, path: checkpoint.path });
  // Those of two runs may have the same names.
  const name = ({ run, checkpoint }: typeof a): string =>
    a.run === b.run ? checkpoint.name : `${run.name} ${checkpoint.name}`;
  const text = t('Compare {0} with {1}', name(a), name(b));
  return toolButton({
    ...{ icon: 'diff', label: text, text, testId: 'compare-ticked' },
    run: () => {
      compare([of(a), of(b)]);
    },
  });
}

const canCompare = ({ run, checkpoint }: { run: Run; checkpoint: RunCheckpoint }): boolean =>
  !run.readOnly && !checkpoint.deleted;

/** The table; rows are refreshed one by one with {@link updateCheckpointRow}. */
export function checkpointList(
  runs: readonly Run[],
  table: CheckpointTable,
  actions: CheckpointActions,
): HTMLElement {
  const several = runs.length > 1;
  const { order } = table;
  /** @param name what the button that sorts calls the column. */
  const number = (column: CheckpointColumn, name: string, content: HTMLElement | string): HTMLElement => {
    const own = order?.column === column ? order : null;
    const direction = own ? (own.descending ? 'descending' : 'ascending') : 'none';
    const icon = { descending: 'arrow-down', ascending: 'arrow-up', none: 'arrow-swap' }[direction];
    const sort = toolButton({
      ...{ icon, label: t('Sort by {0}', name), testId: `sort-${column}` },
      run: () => {
        actions.sort(column);
      },
    });
    return h(
      'th',
      {
        scope: 'col',
        class: column === 'step' ? 'number above at-step' : 'number',
        'aria-sort': direction,
      },
      ...(column === 'step' ? [cellText(content, ' ', sort)] : [content, ' ', sort]),
    );
  };
  return h(
    'div',
    {
      class: 'table-scroll stacked',
      tabindex: 0,
      role: 'region',
      'aria-label': t('Checkpoints'),
      'data-testid': 'checkpoints',
    },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h(
            'th',
            { scope: 'col', class: 'above tick' },
            h('span', { class: 'visually-hidden' }, t('Compare')),
          ),
          several && h('th', { scope: 'col', class: 'above at-run' }, cellText(t('run'))),
          number('step', t('step'), t('step')),
          h('th', { scope: 'col', class: 'above at-checkpoint' }, cellText(t('checkpoint'))),
          number('alpha0', 'α₀', symbol('alpha0')),
          number('width', 'w', symbol('width')),
          number('emergence', 'E', symbol('emergence')),
          number('r2', 'R²', h('span', {}, symbol('r2'), ' ≥')),
          number('neurons', t('neurons kept'), t('neurons kept')),
          h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, t('Actions'))),
        ),
      ),
      h(
        'tbody',
        {},
        inOrder(runs, order).map(({ run, checkpoint, point }) =>
          row(run, checkpoint, point, { several, ticked: table.ticked, actions }),
        ),
      ),
    ),
  );
}

function row(
  run: Run,
  checkpoint: RunCheckpoint,
  point: RunPoint | undefined,
  { several, ticked, actions }: { several: boolean; ticked: readonly string[]; actions: CheckpointActions },
): HTMLElement {
  const { path, name, step, state, deleted } = checkpoint;
  return h(
    'tr',
    { 'data-testid': 'checkpoint', 'data-run': run.id, 'data-path': path, 'data-state': state.kind },
    h(
      'td',
      { class: 'above tick' },
      canCompare({ run, checkpoint }) && tickBox(checkpoint, ticked.includes(path), actions),
    ),
    several && h('td', { class: 'above at-run', title: run.name }, cellText(run.name)),
    h('td', { class: 'number above at-step' }, cellText(step === null ? NOTHING : integer(step))),
    h(
      'th',
      { scope: 'row', class: 'above at-checkpoint', title: path },
      cellText(
        run.readOnly || deleted
          ? deleted
            ? t('{0} (deleted)', name)
            : name
          : linkButton(
              name,
              'open-checkpoint',
              () => {
                actions.open(run.id, path);
              },
              t('Open the spectrum of {0}', name),
            ),
      ),
    ),
    ...(point ? numbers(point, run) : [h('td', { colspan: 5, class: 'quiet' }, stateText(checkpoint))]),
    h('td', { class: 'row-actions' }, ...rowActions(run, checkpoint, actions)),
  );
}

function tickBox({ path, name }: RunCheckpoint, on: boolean, { tick }: CheckpointActions): HTMLElement {
  const box = h('input', {
    type: 'checkbox',
    'aria-label': t('Compare {0}', name),
    'data-testid': 'tick',
    checked: on,
  });
  box.addEventListener('change', () => {
    tick(path, box.checked);
  });
  return box;
}

function numbers({ alpha0, width, emergence, r2Min, nodesKept }: RunPoint, { series }: Run): HTMLElement[] {
  const { mode } = series!.settings;
  return [
    measured(alpha0, mode),
    measured(width, mode),
    decimal(emergence.value),
    atLeast(r2Min),
    percent(nodesKept),
  ].map((text) => h('td', { class: 'number' }, text));
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
): HTMLElement[] {
  if (
    readOnly ||
    deleted ||
    state.kind === 'queued' ||
    state.kind === 'running' ||
    state.kind === 'elsewhere'
  )
    return [];
  const words = { missing: t('Analyze'), failed: t('Try Again'), done: t('Analyze Again') }[state.kind];
  const again = linkButton(
    words,
    'analyze-checkpoint',
    () => {
      analyze(id, path);
    },
    `${words}: ${name}`,
  );
  return state.kind === 'failed' ? [again, linkButton(t('Show Log'), 'show-log', showLog)] : [again];
}

/** Puts one row in its place again. */
export function updateCheckpointRow(
  list: HTMLElement,
  runs: readonly Run[],
  run: Run,
  checkpoint: RunCheckpoint,
  { ticked }: CheckpointTable,
  actions: CheckpointActions,
): void {
  const old = [...list.querySelectorAll<HTMLElement>('tr[data-path]')].find(
    ({ dataset }) => dataset['run'] === run.id && dataset['path'] === checkpoint.path,
  );
  const point = run.series?.points.find((each) => each.checkpoint.path === checkpoint.path);
  if (old) exchange(old, row(run, checkpoint, point, { several: runs.length > 1, ticked, actions }));
}
