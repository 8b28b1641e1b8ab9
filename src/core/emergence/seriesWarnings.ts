/** What a careful reader of a series should know before believing its trends. */
import type { AnalysisResult } from '../../protocol/analysis';
import { largest, smallest } from '../../protocol/extremes';
import type { RunInfo } from '../../protocol/run';
import { shortened } from '../../protocol/visible';
import { adapterWarnings } from '../adapter/warnings';
import { sameSettings } from './comparable';
import type { RunResult } from './runSeries';

/** Shares of kept neurons that differ by more than this describe populations that changed. */
const SHARE_TOLERANCE = 0.05;
/** Shares are quotients of counts: anything closer to the tolerance is rounding. */
const ROUNDING = 1e-9;
/** The paper's own reading of its fits: below this, the points do not lie on a line. */
const GOOD_FIT = 0.9;

export function seriesWarnings(
  run: RunInfo,
  results: readonly RunResult[],
  reference: RunResult | null,
): string[] {
  // The baseline is part of every E, but may be one of the results itself.
  const all =
    reference && !results.some(({ result }) => result === reference.result)
      ? [reference, ...results]
      : results;
  return [
    run.orderedBy === 'time'
      ? 'no training steps are told: checkpoints are in the order in which they were written'
      : null,
    drawnBaseline(reference),
    otherSettings(all),
    changingPopulation(all),
    otherSamples(results, reference),
    poorFits(all),
    ...new Set(results.flatMap(({ result }) => adapterWarnings(result.checkpoint))),
  ].filter((warning) => warning !== null);
}

function drawnBaseline(reference: RunResult | null): string | null {
  const words = reference?.result.checkpoint.synthetic ?? null;
  return words === null ? null : `E compares with weights that were drawn, not trained: ${shortened(words)}`;
}

function otherSettings(all: readonly RunResult[]): string | null {
  const first = all[0]!.result.settings;
  const others = all.filter(({ result }) => !sameSettings(result.settings, first)).length;
  return others === 0
    ? null
    : `the settings differ: ${others} of ${all.length} checkpoints have others than the first`;
}

function changingPopulation(all: readonly RunResult[]): string | null {
  const shares = all.map(({ result }) => result.summary.nodesKept).filter((share) => share !== null);
  const [least, most] = [smallest(shares), largest(shares)];
  if (!(most - least > SHARE_TOLERANCE + ROUNDING)) return null;
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `the share of neurons kept differs between checkpoints, from ${percent(least)} % to ${percent(most)} %: trends may show which neurons are kept rather than what they do`;
}

function otherSamples(results: readonly RunResult[], reference: RunResult | null): string | null {
  if (!reference) return null;
  const kept = ({ samples }: AnalysisResult): string =>
    samples.map(({ outcome }) => (outcome === 'kept' ? 1 : 0)).join('');
  const others = results.filter(({ result }) => kept(result) !== kept(reference.result)).length;
  if (others === 0) return null;
  return `${others} of ${results.length} checkpoints keep other samples than the baseline does: E compares means over different neurons there`;
}

function poorFits(all: readonly RunResult[]): string | null {
  const fits = all.flatMap(({ result }) =>
    result.samples
      .filter(({ outcome }) => outcome === 'kept')
      .flatMap(({ r2 }) => r2.filter((each) => each !== null)),
  );
  const poor = fits.filter((each) => each < GOOD_FIT);
  if (poor.length === 0) return null;
  const lowest = poor.reduce((low, each) => Math.min(low, each), GOOD_FIT);
  const count = (values: readonly number[]): string => values.length.toLocaleString('en-US');
  return `${count(poor)} of ${count(fits)} log–log fits have R² below ${GOOD_FIT} (lowest ${lowest.toFixed(2)}): scaling is rough there`;
}
