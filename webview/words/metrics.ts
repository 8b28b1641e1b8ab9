/** Metrics beside runs in sentences. */
import { integer } from '../../src/protocol/format';
import type { AcrossRuns } from '../../src/protocol/metrics';
import {
  acrossSentence,
  countedFromZero,
  metricSentences,
  withinOneRun,
} from '../../src/protocol/metricWords';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';

/** Of suites with hundreds of tasks, and of many runs, the first few are shown: the table has all. */
const MAX_SENTENCES = 6;

/** Each run's metrics compared with log(step), and why that is no evidence. */
export function metricLines(runs: readonly RunResults[]): string[] {
  const all = runs.flatMap(({ name, series: { metrics, correlations = [] } }) =>
    [...countedFromZero(metrics?.files ?? [], t), ...metricSentences(correlations, t)].map((sentence) =>
      runs.length > 1 ? t('{0}: {1}', name, sentence) : sentence,
    ),
  );
  const left = all.length - MAX_SENTENCES;
  return [
    ...all.slice(0, MAX_SENTENCES),
    ...(left > 0 ? [t('{0} more are in the table.', integer(left))] : []),
    ...(all.length > 0 ? [withinOneRun(t)] : []),
  ];
}

/** What several runs tell together. */
export const acrossLine = (across: AcrossRuns): string => acrossSentence(across, t);
