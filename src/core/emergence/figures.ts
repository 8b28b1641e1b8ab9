/** α₀ and w of a result by what both ends of a comparison have in common: a seed, or a draw of a null model. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { NullKind } from '../../protocol/nulls';
import { meanOf } from '../stats/estimate';
import type { Point } from './formula';

/** The α₀ that E is computed from. */
export type Alpha0 = 'alpha0' | 'alpha0Exact';

/** One point per sample, in the order of the seeds; null where a sample does not count. */
export function samplePoints({ samples }: AnalysisResult, alpha0: Alpha0): (Point | null)[] {
  return samples.map((sample) => {
    if (sample.outcome !== 'kept') return null;
    return pointOf(sample[alpha0], sample.width);
  });
}

/**
 * The same of a null model: per sample the mean over its draws, or one per draw of a full network.
 * @returns empty where the result holds none.
 */
export function nullPoints(result: AnalysisResult, kind: NullKind, alpha0: Alpha0): (Point | null)[] {
  if (!result.nulls) return [];
  const { samples, settings } = result;
  return samples.flatMap(({ outcome, nulls }): (Point | null)[] => {
    if (outcome !== 'kept' || !nulls) return [null];
    const { draws } = nulls[kind];
    const each = draws.width.map((width, draw) => pointOf(draws[alpha0][draw] ?? null, width));
    if (settings.mode === 'full') return each;
    const drawn = each.filter((point) => point !== null);
    return [drawn.length < each.length || drawn.length === 0 ? null : meanPoint(drawn)];
  });
}

/**
 * The same, one per draw of every sample that counts: as far as samples are one network, draws show what chance gives.
 * @param shift begins with this draw, and ends with those before it.
 */
export function drawnPoints(
  { samples, nulls }: AnalysisResult,
  kind: NullKind,
  alpha0: Alpha0,
  shift = 0,
): (Point | null)[] {
  return samples.flatMap((sample): (Point | null)[] => {
    const draws = sample.outcome === 'kept' ? sample.nulls?.[kind].draws : undefined;
    const count = nulls?.draws ?? 0;
    return Array.from({ length: count }, (_, i) => {
      const draw = (i + shift) % count;
      return pointOf(draws?.[alpha0][draw] ?? null, draws?.width[draw] ?? null);
    });
  });
}

/** Means of points. @param points not empty */
export function meanPoint(points: readonly Point[]): Point {
  return {
    alpha0: meanOf(points.map(({ alpha0 }) => alpha0)),
    width: meanOf(points.map(({ width }) => width)),
  };
}

function pointOf(alpha0: number | null, width: number | null): Point | null {
  return alpha0 === null || width === null ? null : { alpha0, width };
}
