/** What a careful reader of a series should know before believing its trends. */
import type { AnalysisResult } from '../../protocol/analysis';
import { largest, smallest } from '../../protocol/extremes';
import type { Fact } from '../../protocol/facts';
import { orderFact } from '../../protocol/orderFact';
import type { EmergenceSource, Population, RunInfo } from '../../protocol/run';
import { areStored } from '../../protocol/weights';
import { sameSettings } from './comparable';
import { sourceOf } from './emergence';
import type { RunResult } from './runResult';

/** Shares of nodes that differ by more than this describe populations that changed. */
const SHARE_TOLERANCE = 0.05;
/** Shares are quotients of counts: a smaller excess over the tolerance is rounding error. */
const ROUNDING = 1e-9;

export function seriesWarnings(
  run: RunInfo,
  results: readonly RunResult[],
  reference: RunResult | null,
  from: EmergenceSource,
  population: Population,
  leftOut: readonly Fact[],
): Fact[] {
  // The baseline enters every E, but may be one of the results itself.
  const all =
    reference && !results.some(({ result }) => result === reference.result)
      ? [reference, ...results]
      : results;
  return [
    results.length > 1 ? orderFact(run.orderedBy) : null,
    ...leftOut,
    drawnBaseline(reference),
    otherSettings(all),
    // Over common neurons the comparison itself warns, see `commonWarning`.
    population === 'common' ? null : changingPopulation(all),
    otherSamples(results, reference),
    roughScaling(all),
    exactInstead(results, reference, from),
    ...warningsOfResults(all),
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
  // Without a spectrum nothing could show it.
  const kept = all.filter(({ result }) => result.summary.samplesKept > 0);
  const shares = kept.map(({ result }) => result.summary.nodesKept).filter((share) => share !== null);
  const [least, most] = [smallest(shares), largest(shares)];
  if (!(most - least > SHARE_TOLERANCE + ROUNDING)) return null;
  return { code: 'population-changes', least, most };
}

function otherSamples(results: readonly RunResult[], reference: RunResult | null): Fact | null {
  if (!reference || reference.result.summary.samplesKept === 0) return null;
  const kept = ({ samples }: AnalysisResult): string =>
    samples.map(({ outcome }) => (outcome === 'kept' ? 1 : 0)).join('');
  const others = results.filter(
    ({ result }) => result.summary.samplesKept > 0 && kept(result) !== kept(reference.result),
  ).length;
  if (others === 0) return null;
  return { code: 'samples-differ', others, of: results.length };
}

/** The warning where E uses τ'(0) although α₀ was requested. */
function exactInstead(
  results: readonly RunResult[],
  reference: RunResult | null,
  from: EmergenceSource,
): Fact | null {
  if (!reference || from === 'exact') return null;
  const others = results.filter(({ result }) => sourceOf(result, reference.result, from) !== from).length;
  return others === 0 ? null : { code: 'exact-instead', others, of: results.length };
}

/** The warnings of the results themselves: once where all have it, otherwise with the names of those that do. */
function warningsOfResults(all: readonly RunResult[]): Fact[] {
  const found = new Map<string, { warning: Fact; checkpoints: string[] }>();
  for (const { result } of all) {
    for (const warning of result.warnings) {
      const key = JSON.stringify(warning);
      const known = found.get(key);
      if (known) known.checkpoints.push(result.checkpoint.name);
      else found.set(key, { warning, checkpoints: [result.checkpoint.name] });
    }
  }
  return [...found.values()].map(({ warning, checkpoints }) =>
    checkpoints.length === all.length ? warning : { code: 'of-checkpoints', checkpoints, warning },
  );
}

/** Names the last checkpoint that does not scale: the others of a run are similar. */
function roughScaling(all: readonly RunResult[]): Fact | null {
  const summaries = all.map(({ result }) => result.summary);
  const others = summaries.filter(({ scaling }) => scaling !== null && scaling.kind !== 'power law');
  const last = others.at(-1);
  if (!last?.scaling) return null;
  const { kind, steepest, flattest, gaussianR2 } = last.scaling;
  return {
    code: 'no-power-law',
    others: others.length,
    of: all.length,
    kind: kind === 'rough' ? 'rough' : 'none',
    ...{ steep: steepest.slope, near: steepest.near, flat: flattest.slope, far: flattest.near },
    ...{ r2: last.r2Mean, gaussianR2 },
  };
}
