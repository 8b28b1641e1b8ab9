/** Metrics beside runs in sentences. */
import type { AcrossRuns } from '../../src/protocol/metrics';
import { acrossSentence, metricSentences, withinOneRun } from '../../src/protocol/metricWords';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';

/** Of suites with hundreds of tasks the first few. */
const MOST_SENTENCES = 6;

/** What the metrics of each run are beside log(step), why that is no evidence, and what several runs tell together. */
export function metricLines(runs: readonly RunResults[], across?: AcrossRuns): string[] {
  const lines = runs.flatMap(({ name, series: { correlations = [] } }) =>
    metricSentences(correlations, t)
      .slice(0, MOST_SENTENCES)
      .map((sentence) => (runs.length > 1 ? t('{0}: {1}', name, sentence) : sentence)),
  );
  return [
    ...lines,
    ...(lines.length > 0 ? [withinOneRun(t)] : []),
    ...(across ? [acrossSentence(across, t)] : []),
  ];
}
