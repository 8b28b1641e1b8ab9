/** The provenance of the runs' numbers. */
import { h, type Child } from '../dom';
import { t } from '../l10n';
import type { RunResults } from '../data/shownRuns';
import { baselineName, emergenceInterval, emergenceSourceName } from '../words/emergence';
import { modelName } from '../words/model';
import { seriesInterval } from '../words/runUncertainty';
import { settingsLine } from '../words/settings';

function modelOf({ series: { points } }: RunResults): string {
  const { checkpoint } = points[0]!;
  return `${modelName(checkpoint)} · ${checkpoint.dtype}`;
}

/** A definition list; `runs` has at least one entry. @param withEmergence whether to include E. */
export function runFacts(runs: readonly RunResults[], withEmergence = true): HTMLElement {
  const row = (term: string, ...value: Child[]): HTMLElement =>
    h('div', {}, h('dt', {}, term), h('dd', {}, ...value));
  const distinct = (pick: (run: RunResults) => string): string => [...new Set(runs.map(pick))].join('; ');
  const { series } = runs[0]!;
  return h(
    'dl',
    { class: 'strip', 'data-testid': 'facts' },
    row(
      t('model'),
      distinct((run) =>
        distinct(modelOf) === modelOf(run) ? modelOf(run) : t('{0}: {1}', run.name, modelOf(run)),
      ),
    ),
    row(
      t('settings'),
      distinct((run) => settingsLine(run.series.settings)),
    ),
    row(t('interval'), seriesInterval(runs)),
    withEmergence &&
      row(
        t('E'),
        `${t('against {0}.', baselineName(runs))} ${emergenceSourceName(series.emergence.from)} ${emergenceInterval(runs)}`,
      ),
    row(
      t('computed by'),
      distinct(({ series: { version } }) =>
        t('engine {0}, algorithm {1}', version.engine, version.algorithm),
      ),
    ),
  );
}
