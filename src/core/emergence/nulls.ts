/** Null models along a run: E of each null, and what E is made of. */
import type { AnalysisResult } from '../../protocol/analysis';
import { NULL_KINDS, type NullKind, type Parts, type PointNulls, type Value } from '../../protocol/nulls';
import type { EmergenceSource } from '../../protocol/run';
import { tInterval, tSpread } from '../stats/paired';
import { alpha0Of, sourceOf, whyNoEmergence } from './emergence';
import { nullPoints, samplePoints } from './figures';
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
  const found = new Map<NullKind, PairedEmergence>();
  for (const kind of NULL_KINDS) {
    const pairs = pairsOf(nullPoints(now, kind, alpha0), nullPoints(baseline, kind, alpha0));
    const used = full ? pairs : common.map((i) => pairs[i] ?? null);
    const known = used.filter((pair) => pair !== null);
    // Parts of one E are of the same samples, or they would not add up.
    if (known.length === 0 || known.length < used.length) return nothing;
    const paired = pairedEmergence(known);
    if (!Number.isFinite(paired.value)) return nothing;
    found.set(kind, paired);
  }
  const observed = pairedEmergence(own.filter((pair) => pair !== null));
  return {
    nulls: ofKinds((kind) => valueOf(found.get(kind)!, full)),
    parts: Number.isFinite(observed.value)
      ? partsOf(observed, found.get('shuffled')!, found.get('gaussian')!, full)
      : null,
  };
}

/** @param full the observed E is exact: only its nulls are drawn. */
function partsOf(
  observed: PairedEmergence,
  shuffled: PairedEmergence,
  gaussian: PairedEmergence,
  full: boolean,
): Parts {
  const exact = { value: observed.value, terms: shuffled.terms.map(() => 0) };
  return {
    size: valueOf(gaussian, full),
    tails: valueOf(difference(shuffled, gaussian), full),
    arrangement: valueOf(difference(full ? exact : observed, shuffled), full),
  };
}

const difference = (a: PairedEmergence, b: PairedEmergence): PairedEmergence => ({
  value: a.value - b.value,
  terms: a.terms.map((term, i) => term - b.terms[i]!),
});

/**
 * With an interval over the samples. Of a full network it holds where another draw would lie, as that of `beyond`: the network itself is
 * one, so the mean of the draws being known well would make chance look like more.
 */
const valueOf = ({ value, terms }: PairedEmergence, full: boolean): Value => ({
  value,
  ci95: full ? tSpread(value, terms) : tInterval(value, terms),
});
