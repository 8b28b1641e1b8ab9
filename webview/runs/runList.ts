/** The runs of a panel: legend, how far each has come, and what can be done with it. */
import { checkpointCount } from '../../src/protocol/counts';
import { inOrderOfLooks, type Look } from '../../src/protocol/looks';
import type { Run } from '../../src/protocol/trends';
import { toolButton } from '../components/controls';
import { exchange } from '../components/exchange';
import { menu } from '../components/menu';
import { select } from '../components/select';
import { linkButton } from '../components/linkButton';
import { swatch } from '../components/swatch';
import type { StyleOf } from '../data/shownRuns';
import { tally } from '../data/runTally';
import { h } from '../dom';
import { compact, integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { changed, isAlone, isolated, toggled } from './looks';
import { countLine } from '../words/runs';

export interface RunListActions {
  analyze: (run: string) => void;
  remove: (run: string) => void;
  add: () => void;
  rename: (run: string) => void;
  setLooks: (looks: Record<string, Look>) => void;
}

/** One line per run. */
export function runList(runs: readonly Run[], style: StyleOf, actions: RunListActions): HTMLElement {
  return h(
    'div',
    { class: 'run-list', 'data-testid': 'runs' },
    h(
      'ul',
      { 'aria-label': t('Runs') },
      ...inOrderOfLooks(runs).map((placed) => runLine(placed, style, runs, actions)),
    ),
    linkButton(t('Overlay another run'), 'add-run', actions.add),
  );
}

/** Puts the line of one run in its place again. */
export function updateRunLine(
  list: HTMLElement,
  id: string,
  runs: readonly Run[],
  style: StyleOf,
  actions: RunListActions,
): void {
  const old = [...list.querySelectorAll<HTMLElement>('li[data-run]')].find(
    ({ dataset }) => dataset['run'] === id,
  );
  const placed = inOrderOfLooks(runs).find(({ run }) => run.id === id);
  if (old && placed) exchange(old, runLine(placed, style, runs, actions));
}

/** By the place of a hue in the theme. */
const hueNames = (): string[] => [t('blue'), t('red'), t('green'), t('purple'), t('yellow'), t('neutral')];

/** What can be done about how a run is shown. */
function lookMenu({ id, name, look, gone }: Run, runs: readonly Run[], actions: RunListActions): HTMLElement {
  const several = runs.length > 1;
  const item = (glyph: string, text: string, testId: string, run: () => void): HTMLElement =>
    toolButton({ icon: glyph, label: `${text}: ${name}`, text, testId, run });
  const set = (looks: Record<string, Look>) => (): void => {
    actions.setLooks(looks);
  };
  const colors = select(
    t('Color of {0}', name),
    'run-color',
    [
      { value: '', label: t('color by place') },
      ...hueNames().map((label, hue) => ({ value: String(hue), label })),
    ],
    look?.hue === undefined ? '' : String(look.hue),
    (value) => {
      const { hue: _, ...others } = look ?? {};
      actions.setLooks({ [id]: value === '' ? others : { ...others, hue: Number(value) } });
    },
  );
  const alone = isAlone(runs, id);
  const ofSeveral = several
    ? [
        look?.hidden
          ? item('eye', t('Show'), 'run-hide', set(toggled(runs, id)))
          : item('eye-closed', t('Hide'), 'run-hide', set(toggled(runs, id))),
        item(
          'target',
          alone ? t('Show All Runs') : t('Show Only This Run'),
          'run-isolate',
          set(isolated(runs, id)),
        ),
        look?.pinned
          ? item('pinned', t('Unpin'), 'run-pin', set(changed(runs, id, { pinned: false })))
          : item('pin', t('Pin'), 'run-pin', set(changed(runs, id, { pinned: true }))),
      ]
    : [];
  const rename = item('edit', t('Rename…'), 'run-rename', () => {
    actions.rename(id);
  });
  const items = [...ofSeveral, ...(gone ? [] : [rename]), colors];
  return menu('', 'ellipsis', `look-${id}`, items, t('How {0} is shown', name));
}

function runLine(
  { run, place }: { run: Run; place: number },
  style: StyleOf,
  runs: readonly Run[],
  actions: RunListActions,
): HTMLElement {
  const { analyze, remove } = actions;
  const several = runs.length > 1;
  const { done, busy, failed, missing } = tally(run);
  const last = run.series?.points.at(-1);
  const facts = [
    // Saved results have no folder; the end of the line says what they are.
    ...((run.readOnly && !run.gone) || run.folder === run.name ? [] : [run.folder]),
    done === run.checkpoints.length ? checkpointCount(done, t) : countLine(done, run.checkpoints.length),
    ...(busy > 0 ? [t('{0} remaining', integer(busy))] : []),
    ...(failed > 0 ? [t('{0} failed', integer(failed))] : []),
    ...(run.watched ? [t('watched')] : []),
    ...(last ? [t('{0} parameters', compact(last.checkpoint.parameters))] : []),
    ...(run.look?.pinned && several ? [t('pinned')] : []),
    ...(run.look?.hidden && several ? [t('hidden')] : []),
    ...(run.gone
      ? [t('no longer in the workspace')]
      : run.readOnly
        ? [t('saved results, without checkpoints')]
        : []),
  ];
  const open = missing + failed;
  return h(
    'li',
    {
      'data-testid': 'run',
      'data-run': run.id,
      class: run.look?.hidden && several ? 'hidden-run' : undefined,
    },
    several && swatch(style(place, run.look?.hue)),
    h('span', { class: 'name' }, run.name),
    ' ',
    h('span', { class: 'path' }, facts.join(' · ')),
    ' ',
    open > 0 &&
      !run.readOnly &&
      linkButton(
        done > 0 ? t('Analyze {0} more', integer(open)) : t('Analyze'),
        'analyze-run',
        () => {
          analyze(run.id);
        },
        // It begins with what is seen, so that it can be said to a program that listens.
        done > 0
          ? t('Analyze {0} more of {1}', integer(open), run.name)
          : t('Analyze {0} of {1}', checkpointCount(open, t), run.name),
      ),
    (several || run.gone) &&
      linkButton(
        t('Remove'),
        'remove-run',
        () => {
          remove(run.id);
        },
        t('Remove {0} from this panel', run.name),
      ),
    lookMenu(run, runs, actions),
  );
}
