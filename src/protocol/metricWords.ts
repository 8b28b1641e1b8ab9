/** Metrics beside a run in words, the same in every view, and no stronger than one run supports. */
import { integer, decimal } from './format';
import { METRIC_FIGURES, type AcrossRuns, type Correlation, type MetricFigure } from './metrics';
import { differsFromZero } from './nullWords';
import { english, messages, type Translate } from './translate';
import { shortened } from './visible';

const FIGURE_NAMES = messages<MetricFigure>({
  emergence: 'E',
  alpha0: 'α₀',
  width: 'w',
  beyondWidth: 'w beyond chance',
  logStep: 'log(1 + step)',
});

/** The name of what a metric is compared with. */
export const metricFigureName = (figure: MetricFigure, t: Translate = english): string =>
  t(FIGURE_NAMES[figure]);

/** Empty where all files count steps as the checkpoints do. */
export const countedFromZero = (
  files: readonly { path: string; fromZero?: true }[],
  t: Translate = english,
): string[] =>
  files.flatMap(({ path, fromZero }) =>
    fromZero
      ? t('{0} counts steps from 0: its values at step s − 1 are shown at the checkpoint of step s.', path)
      : [],
  );

/** Why no correlation within a run has an interval. */
export const withinOneRun = (t: Translate = english): string =>
  t(
    'Within one run these are no evidence: whatever grows or falls with training correlates, related or not, so there is no interval and no p.',
  );

/**
 * Compares the correlation of each metric with E to its correlation with log(step); with w or α₀ where there is no E.
 * One sentence for each metric with enough checkpoints.
 */
export function metricSentences(correlations: readonly Correlation[], t: Translate = english): string[] {
  const metrics = new Set(correlations.map(({ metric }) => metric));
  return [...metrics].flatMap((metric) => {
    const rows = METRIC_FIGURES.flatMap(
      (figure) => correlations.find((row) => row.metric === metric && row.figure === figure) ?? [],
    );
    const log = rows.find(({ figure }) => figure === 'logStep');
    const row = rows.find(({ figure, pearson }) => figure !== 'logStep' && pearson !== null);
    if (log?.pearson == null || row?.pearson == null) return [];
    const name = shortened(metric);
    const figure = metricFigureName(row.figure, t);
    const [own, other] = [Math.abs(row.pearson), Math.abs(log.pearson)];
    if (own <= other) {
      return t(
        'log(step) follows {0} at least as well as {1} ({2} against {3}).',
        name,
        figure,
        decimal(other),
        decimal(own),
      );
    }
    const [rank, logRank] = [Math.abs(row.spearman ?? 0), Math.abs(log.spearman ?? 0)];
    if (rank <= logRank) {
      return t(
        'By rank correlation, log(step) follows {0} at least as well as {1} ({2} against {3}).',
        name,
        figure,
        decimal(logRank),
        decimal(rank),
      );
    }
    return t(
      '{0} correlates more with {1} than with log(step) ({2} against {3}), which within one run says nothing of a relation.',
      name,
      figure,
      decimal(own),
      decimal(other),
    );
  });
}

/** What intervals over several runs say together. */
export function acrossSentence({ runs, step, correlations }: AcrossRuns, t: Translate = english): string {
  const known = correlations.filter(({ pearson }) => pearson.ci95 !== null);
  if (known.length === 0)
    return t(
      '{0} runs at step {1}: there is no interval, because E, α₀ and w or the metrics are the same in all of them.',
      runs.length,
      integer(step),
    );
  const correlated = known.filter(({ pearson }) => differsFromZero(pearson));
  return t(
    '{0} runs at step {1}: {2} of {3} intervals of Pearson’s correlation leave out 0; one in twenty does by chance.',
    runs.length,
    integer(step),
    correlated.length,
    known.length,
  );
}
