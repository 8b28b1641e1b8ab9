/** Every checkpoint of the runs: its state or its numbers, the way to its spectrum, and the way to analyze it. */
import { elsewhereText } from '../../src/protocol/elsewhere';
import type { RunPoint } from '../../src/protocol/run';
import type { Run, RunCheckpoint } from '../../src/protocol/trends';
import { exchange } from '../components/exchange';
import { symbol } from '../components/hint';
import { linkButton } from '../components/linkButton';
import { shortFault } from '../components/states';
import { h, type Child } from '../dom';
import { atLeast, decimal, integer, measured, NOTHING, percent } from '../../src/protocol/format';
import { t } from '../l10n';

export interface CheckpointActions {
  open: (run: string, path: string) => void;
  analyze: (run: string, path: string) => void;
  showLog: () => void;
}

/** The table; rows are refreshed one by one with {@link updateCheckpointRow}. */
export function checkpointList(runs: readonly Run[], actions: CheckpointActions): HTMLElement {
  const several = runs.length > 1;
  const number = (...content: Child[]): HTMLElement => h('th', { scope: 'col', class: 'number' }, ...content);
  return h(
    'div',
    {
      class: 'table-scroll',
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
          several && h('th', { scope: 'col' }, t('run')),
          number(t('step')),
          h('th', { scope: 'col' }, t('checkpoint')),
          number(symbol('alpha0')),
          number(symbol('width')),
          number(symbol('r2'), ' ≥'),
          number(t('neurons kept')),
          h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, t('Actions'))),
        ),
      ),
      h(
        'tbody',
        {},
        runs.flatMap((run) => rowsOf(run, several, actions)),
      ),
    ),
  );
}

function rowsOf(run: Run, several: boolean, actions: CheckpointActions): HTMLElement[] {
  const points = new Map(run.series?.points.map((point) => [point.checkpoint.path, point]));
  return run.checkpoints.map((checkpoint) =>
    row(run, checkpoint, points.get(checkpoint.path), several, actions),
  );
}

function row(
  run: Run,
  checkpoint: RunCheckpoint,
  point: RunPoint | undefined,
  several: boolean,
  actions: CheckpointActions,
): HTMLElement {
  const { path, name, step, state, deleted } = checkpoint;
  return h(
    'tr',
    { 'data-testid': 'checkpoint', 'data-run': run.id, 'data-path': path, 'data-state': state.kind },
    several && h('td', {}, run.name),
    h('td', { class: 'number' }, step === null ? NOTHING : integer(step)),
    h(
      'th',
      { scope: 'row', title: path },
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
    ...(point ? numbers(point, run) : [h('td', { colspan: 4, class: 'quiet' }, stateText(checkpoint))]),
    h('td', { class: 'row-actions' }, ...rowActions(run, checkpoint, actions)),
  );
}

function numbers({ alpha0, width, r2Min, nodesKept }: RunPoint, { series }: Run): HTMLElement[] {
  const { mode } = series!.settings;
  return [measured(alpha0, mode), measured(width, mode), atLeast(r2Min), percent(nodesKept)].map((text) =>
    h('td', { class: 'number' }, text),
  );
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
  actions: CheckpointActions,
): void {
  const old = [...list.querySelectorAll<HTMLElement>('tr[data-path]')].find(
    ({ dataset }) => dataset['run'] === run.id && dataset['path'] === checkpoint.path,
  );
  const point = run.series?.points.find((each) => each.checkpoint.path === checkpoint.path);
  if (old) exchange(old, row(run, checkpoint, point, runs.length > 1, actions));
}
