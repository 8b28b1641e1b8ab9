/** Null models along a run: E of each null, and what E is made of. */
import type { AnalysisResult } from '../../protocol/analysis';
import { NULL_KINDS, type NullKind, type Parts, type PointNulls, type Value } from '../../protocol/nulls';
import type { EmergenceSource } from '../../protocol/run';
import { sharedInterval, tSpread } from '../stats/paired';
import { alpha0Of, sourceOf, whyNoEmergence } from './emergence';
import { drawnPoints, nullPoints, samplePoints } from './figures';
import { pairedEmergence, pairsOf, type PairedEmergence } from './paired';

const NOTHING: Value = { value: null, ci95: null };

/**
 * E of each null takes its own α₀ and w at both ends: else a fine-tuned model would be compared with a random one.
 * @returns nulls where either end holds none.
 */
export function nullEmergence(
  now: AnalysisResult,
  baseline: AnalysisResult,
  asked: EmergenceSource,
): { nulls: PointNulls | null; parts: Parts | null } {
  const { nulls } = now;
  if (!nulls || !baseline.nulls) return { nulls: null, parts: null };
  const ofKinds = (of: (kind: NullKind) => Value): PointNulls => ({
    draws: nulls.draws,
    shuffled: { ...nulls.shuffled, emergence: of('shuffled') },
    gaussian: { ...nulls.gaussian, emergence: of('gaussian') },
  });
  const nothing = { nulls: ofKinds(() => NOTHING), parts: null };
  if (whyNoEmergence(now, baseline)) return nothing;
  const alpha0 = alpha0Of(sourceOf(now, baseline, asked));
  const own = pairsOf(samplePoints(now, alpha0), samplePoints(baseline, alpha0));
  const common = own.flatMap((pair, i) => (pair ? [i] : []));
  const full = now.settings.mode === 'full';
  const overlap = Math.max(now.network.overlap ?? 0, baseline.network.overlap ?? 0);
  const found = new Map<NullKind, PairedEmergence>();
  const drawn = new Map<NullKind, readonly number[]>();
  for (const kind of NULL_KINDS) {
    const pairs = pairsOf(nullPoints(now, kind, alpha0), nullPoints(baseline, kind, alpha0));
    const used = full ? pairs : common.map((i) => pairs[i] ?? null);
    const known = used.filter((pair) => pair !== null);
    // Parts of one E are of the same samples, or they would not add up.
    if (known.length === 0 || known.length < used.length) return nothing;
    const paired = pairedEmergence(known);
    if (!Number.isFinite(paired.value)) return nothing;
    found.set(kind, paired);
    if (overlap === 0 && !full) continue;
    // One draw has the same random numbers at both ends, which two networks do not have: pairs are of different draws.
    const then = drawnPoints(baseline, kind, alpha0, now === baseline ? 0 : 1);
    const draws = pairsOf(drawnPoints(now, kind, alpha0), then);
    drawn.set(kind, pairedEmergence(draws.filter((pair) => pair !== null)).terms);
  }
  const valueOf: ValueOf = ({ value, terms }, kinds) => {
    // Of one network as of several samples of it, chance has drawn the nulls alone.
    const spread = kinds.map((kind) => drawn.get(kind) ?? []);
    const both = spread[0]!.map((term, i) => term - (spread[1]?.[i] ?? 0));
    return { value, ci95: full ? tSpread(value, both) : sharedInterval(value, terms, both, overlap) };
  };
  const observed = pairedEmergence(own.filter((pair) => pair !== null));
  return {
    nulls: ofKinds((kind) => valueOf(found.get(kind)!, [kind])),
    parts: Number.isFinite(observed.value)
      ? partsOf(observed, found.get('shuffled')!, found.get('gaussian')!, valueOf)
      : null,
  };
}

/**
 * With an interval over the samples. Of a full network, and as far as samples are one network, it holds where another draw would lie, as
 * that of `beyond`: the network itself is one, so the mean of the draws being known well would make chance look like more.
 * @param kinds of the nulls that the value is of: one, or the two of a difference.
 */
type ValueOf = (paired: PairedEmergence, kinds: readonly NullKind[]) => Value;

function partsOf(
  observed: PairedEmergence,
  shuffled: PairedEmergence,
  gaussian: PairedEmergence,
  valueOf: ValueOf,
): Parts {
  return {
    size: valueOf(gaussian, ['gaussian']),
    tails: valueOf(difference(shuffled, gaussian), ['shuffled', 'gaussian']),
    arrangement: valueOf(difference(observed, shuffled), ['shuffled']),
  };
}

const difference = (a: PairedEmergence, b: PairedEmergence): PairedEmergence => ({
  value: a.value - b.value,
  terms: a.terms.map((term, i) => term - b.terms[i]!),
});
