/** The Sensitivity tab: the specification curve of one run, its meaning in words, and the button that computes it. */
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { integer } from '../../src/protocol/format';
import { specificationText } from '../../src/protocol/specificationWords';
import type { Run, RunsModel } from '../../src/protocol/trends';
import { wordButton } from '../components/controls';
import type { ShownRun } from '../data/shownRuns';
import { h } from '../dom';
import { t } from '../l10n';

export interface SensitivityContext {
  model: RunsModel;
  specify: (run: string) => void;
  stopSpecifying: (run: string) => void;
}

/** @param charts the charts of the tab; none before the first specification. */
export function sensitivity(
  { id, series }: ShownRun,
  charts: readonly HTMLElement[],
  { model, specify, stopSpecifying }: SensitivityContext,
): HTMLElement[] {
  const run = model.runs.find((each) => each.id === id);
  const sentence = specificationText(series.specifications ?? [], t);
  return [
    run?.specifying &&
      progress(run.specifying, () => {
        stopSpecifying(id);
      }),
    charts.length > 0 && h('div', { class: 'figures sensitivity' }, ...charts),
    // It is long: the chart comes first.
    sentence !== '' && h('p', { class: 'lead', 'data-testid': 'specification-text' }, sentence),
    charts.length === 0 &&
      run &&
      !run.specifying &&
      nothingYet(run, () => {
        specify(id);
      }),
  ].filter((element) => element instanceof HTMLElement);
}

function progress({ done, total }: NonNullable<Run['specifying']>, stop: () => void): HTMLElement {
  const bar = h('vscode-progress-bar', { 'data-testid': 'specifying' });
  bar.ariaLabel = t('Sensitivity');
  if (total !== null) {
    bar.value = done;
    bar.max = Math.max(1, total);
  }
  return h(
    'div',
    { class: 'progress' },
    bar,
    h(
      'p',
      { 'data-testid': 'specifying-text' },
      total === null
        ? t('Analyzing the settings as chosen')
        : t('{0} of {1} choices of settings done', integer(done), integer(total)),
    ),
    wordButton(t('Cancel'), 'stop-specifying', stop, true),
  );
}

function nothingYet({ readOnly, series }: Run, start: () => void): HTMLElement {
  const tried = series?.specifications !== undefined;
  return h(
    'div',
    { class: 'tab-empty', 'data-testid': 'no-specifications' },
    h(
      'p',
      { class: 'lead' },
      readOnly
        ? t(
            'These saved results hold no analyses with other settings. Analyze the checkpoints themselves to see how E depends on them.',
          )
        : tried
          ? t('No settings gave an E: the baseline or the last checkpoint could not be analyzed.')
          : t(
              'How far does E depend on the settings? The last checkpoint and the baseline are analyzed again with one setting changed at a time: the threshold, the sampled neurons, the transfer function, scale-free lengths, the radii, the orders and parts of the network. Results are stored and used again.',
            ),
    ),
    ...(readOnly ? [] : [wordButton(t('Change Settings One at a Time'), 'specify', start)]),
  );
}
