/** The runs of a panel: legend, how far each has come, and what can be done with it. */
import type { Run } from '../../src/protocol/trends';
import { linkButton } from '../components/linkButton';
import { swatch } from '../components/swatch';
import { tally } from '../data/runTally';
import { h } from '../dom';
import type { SeriesStyle } from '../figures/styles';
import { compact, integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { checkpointCount, countLine } from '../words/runs';

export interface RunListActions {
  analyze: (run: string) => void;
  remove: (run: string) => void;
  add: () => void;
}

/** One line per run. */
export function runList(
  runs: readonly Run[],
  style: (index: number) => SeriesStyle,
  actions: RunListActions,
): HTMLElement {
  return h(
    'div',
    { class: 'run-list', 'data-testid': 'runs' },
    h(
      'ul',
      { 'aria-label': t('Runs') },
      ...runs.map((run, index) => runLine(run, style(index), runs.length > 1, actions)),
    ),
    linkButton(t('Overlay another run'), 'add-run', actions.add),
  );
}

function runLine(
  run: Run,
  style: SeriesStyle,
  several: boolean,
  { analyze, remove }: RunListActions,
): HTMLElement {
  const { done, busy, failed, missing } = tally(run);
  const last = run.series?.points.at(-1);
  const facts = [
    run.folder,
    done === run.checkpoints.length ? checkpointCount(done) : countLine(done, run.checkpoints.length),
    ...(busy > 0 ? [t('{0} to come', integer(busy))] : []),
    ...(failed > 0 ? [t('{0} failed', integer(failed))] : []),
    ...(last ? [t('{0} parameters', compact(last.checkpoint.parameters))] : []),
    ...(run.readOnly ? [t('saved results, without checkpoints')] : []),
  ];
  const open = missing + failed;
  return h(
    'li',
    { 'data-testid': 'run', 'data-run': run.id },
    several && swatch(style),
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
        t('Analyze {0} checkpoints of {1}', integer(open), run.name),
      ),
    several &&
      linkButton(
        t('Remove'),
        'remove-run',
        () => {
          remove(run.id);
        },
        t('Remove {0} from this panel', run.name),
      ),
  );
}
