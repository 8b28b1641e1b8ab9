/** What a careful reader of a series should know before believing its trends. */
import type { AnalysisResult } from '../../protocol/analysis';
import { largest, smallest } from '../../protocol/extremes';
import { distinctFacts, type Fact } from '../../protocol/facts';
import type { RunInfo } from '../../protocol/run';
import { areStored } from '../../protocol/weights';
import { adapterWarnings } from '../adapter/warnings';
import { sameSettings } from './comparable';
import type { RunResult } from './runResult';

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
): Fact[] {
  // The baseline is part of every E, but may be one of the results itself.
  const all =
    reference && !results.some(({ result }) => result === reference.result)
      ? [reference, ...results]
      : results;
  return [
    run.orderedBy === 'time' ? ({ code: 'ordered-by-time' } as const) : null,
    drawnBaseline(reference),
    otherSettings(all),
    changingPopulation(all),
    otherSamples(results, reference),
    poorFits(all),
    ...distinctFacts(results.flatMap(({ result }) => adapterWarnings(result.checkpoint))),
  ].filter((warning) => warning !== null);
}

function drawnBaseline(reference: RunResult | null): Fact | null {
  const weights = reference?.result.checkpoint.weights;
  return weights && !areStored(weights) ? { code: 'drawn-baseline', ...weights } : null;
}

function otherSettings(all: readonly RunResult[]): Fact | null {
  const first = all[0]!.result.settings;
  const others = all.filter(({ result }) => !sameSettings(result.settings, first)).length;
  return others === 0 ? null : { code: 'settings-differ', others, of: all.length };
}

function changingPopulation(all: readonly RunResult[]): Fact | null {
  const shares = all.map(({ result }) => result.summary.nodesKept).filter((share) => share !== null);
  const [least, most] = [smallest(shares), largest(shares)];
  if (!(most - least > SHARE_TOLERANCE + ROUNDING)) return null;
  return { code: 'population-changes', least, most };
}

function otherSamples(results: readonly RunResult[], reference: RunResult | null): Fact | null {
  if (!reference) return null;
  const kept = ({ samples }: AnalysisResult): string =>
    samples.map(({ outcome }) => (outcome === 'kept' ? 1 : 0)).join('');
  const others = results.filter(({ result }) => kept(result) !== kept(reference.result)).length;
  if (others === 0) return null;
  return { code: 'samples-differ', others, of: results.length };
}

function poorFits(all: readonly RunResult[]): Fact | null {
  const fits = all.flatMap(({ result }) =>
    result.samples
      .filter(({ outcome }) => outcome === 'kept')
      .flatMap(({ r2 }) => r2.filter((each) => each !== null)),
  );
  const poor = fits.filter((each) => each < GOOD_FIT);
  if (poor.length === 0) return null;
  const lowest = poor.reduce((low, each) => Math.min(low, each), GOOD_FIT);
  return { code: 'poor-fits', poor: poor.length, fits: fits.length, below: GOOD_FIT, lowest };
}
