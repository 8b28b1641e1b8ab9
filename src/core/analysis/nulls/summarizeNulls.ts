/** Summarizes the draws of null models. */
import type { AnalysisResult, AnalysisSettings, SampleResult } from '../../../protocol/analysis';
import {
  type Beyond,
  type BeyondValue,
  type Estimate,
  type NullDraws,
  type NullFigures,
  type NullKind,
  type NullSummary,
  type ProjectionNulls,
} from '../../../protocol/nulls';
import type { Fact } from '../../../protocol/facts';
import { NO_WIDTH } from '../../emergence/formula';
import { MAX_NON_FINITE, nonFiniteShare } from '../../emergence/nonFinite';
import { estimate, meanOf } from '../../stats/estimate';
import { sharedInterval, tSpread } from '../../stats/paired';

const FIGURES = ['alpha0', 'alpha0Exact', 'width'] as const;

/** Estimates over the accepted samples, each the mean over its draws; for a full network, over its draws. */
export function summarizeNulls(
  samples: readonly SampleResult[],
  { mode, nulls }: Pick<AnalysisSettings, 'mode' | 'nulls'>,
): NullSummary | null {
  if (!nulls) return null;
  const kept = samples.filter(({ outcome }) => outcome === 'kept');
  const of = (kind: NullKind): NullFigures => {
    const draws = kept.flatMap((sample) => (sample.nulls ? [sample.nulls[kind].draws] : []));
    return figuresOf((figure) =>
      mode === 'full'
        ? draws.flatMap((each) => known(each[figure]))
        : draws.flatMap((each) => {
            const values = known(each[figure]);
            return values.length === 0 ? [] : [meanOf(values)];
          }),
    );
  };
  return { draws: nulls.draws, shuffled: of('shuffled'), gaussian: of('gaussian') };
}

/** The estimates for one projection, over its draws. */
export function projectionNulls(draws: Record<NullKind, NullDraws>): ProjectionNulls {
  const of = (kind: NullKind): NullFigures => figuresOf((figure) => known(draws[kind][figure]));
  return { shuffled: of('shuffled'), gaussian: of('gaussian') };
}

const figuresOf = (values: (figure: (typeof FIGURES)[number]) => readonly number[]): NullFigures => {
  const of = (figure: (typeof FIGURES)[number]): Estimate => estimate(values(figure));
  return { alpha0: of('alpha0'), alpha0Exact: of('alpha0Exact'), width: of('width') };
};

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/**
 * The comparison: the observed figure and that of every shuffled draw, as logarithms; the result is `sign` · (observed
 * − drawn).
 */
interface Compared {
  observed: number;
  drawn: readonly number[];
}

/**
 * How far a network is beyond its own weights reshuffled; null without null models. Where too many weights are NaN or
 * infinite, nothing can be said: the finite ones are another network, and the positions of the others are an
 * arrangement, too.
 */
export function beyondOf(
  samples: readonly SampleResult[],
  { mode, nulls }: Pick<AnalysisSettings, 'mode' | 'nulls'>,
  { edges, overlap = 0 }: Pick<AnalysisResult['network'], 'edges' | 'overlap'>,
): { beyond: Beyond | null; warnings: Fact[] } {
  if (!nulls) return { beyond: null, warnings: [] };
  const { share } = nonFiniteShare({ samples: [...samples], network: { edges } });
  if (share > MAX_NON_FINITE)
    return {
      beyond: { alpha0: UNKNOWN, width: UNKNOWN },
      warnings: [{ code: 'beyond-non-finite', share, most: MAX_NON_FINITE }],
    };
  return { beyond: mode === 'full' ? fullBeyond(samples) : sampledBeyond(samples, overlap), warnings: [] };
}

/**
 * For samples: the mean over the seeds, each the mean over its draws, with an interval over the seeds, and over the draws as far as the
 * samples are one network.
 */
function sampledBeyond(samples: readonly SampleResult[], overlap: number): Beyond | null {
  const kept = samples.filter(({ outcome }) => outcome === 'kept');
  const of = (figure: 'alpha0Exact' | 'width', sign: 1 | -1): BeyondValue => {
    const compared = kept.flatMap((sample) => comparedOf(sample, figure));
    if (compared.length === 0 || compared.length < kept.length) return UNKNOWN;
    const terms = compared.map(({ observed, drawn }) => sign * (observed - meanOf(drawn)));
    const value = meanOf(terms);
    // Draw b of the whole null is the mean over the seeds of their draws b.
    const draws = compared[0]!.drawn.map((_, draw) => meanOf(compared.map(({ drawn }) => drawn[draw]!)));
    const observed = meanOf(compared.map((each) => each.observed));
    const spread = compared.flatMap(({ drawn }) => deviations(drawn));
    return { value, ci95: sharedInterval(value, terms, spread, overlap), p: twoSided(observed, draws) };
  };
  return { alpha0: of('alpha0Exact', -1), width: of('width', 1) };
}

function deviations(values: readonly number[]): number[] {
  const mean = meanOf(values);
  return values.map((value) => value - mean);
}

/** For the full network: the observed figure is exact, and only the draws vary. */
function fullBeyond([sample]: readonly SampleResult[]): Beyond | null {
  const of = (figure: 'alpha0Exact' | 'width', sign: 1 | -1): BeyondValue => {
    const [compared] = sample ? comparedOf(sample, figure) : [];
    if (!compared) return UNKNOWN;
    const { observed, drawn } = compared;
    const terms = drawn.map((each) => sign * (observed - each));
    const value = meanOf(terms);
    return { value, ci95: tSpread(value, terms), p: twoSided(observed, drawn) };
  };
  return { alpha0: of('alpha0Exact', -1), width: of('width', 1) };
}

const UNKNOWN: BeyondValue = { value: null, ci95: null, p: null };

function comparedOf(sample: SampleResult, figure: 'alpha0Exact' | 'width'): Compared[] {
  // A width that is mere rounding has no logarithm.
  const logOf = (value: number | null): number =>
    value !== null && (figure !== 'width' || value >= NO_WIDTH) ? Math.log(value) : NaN;
  const observed = logOf(sample[figure]);
  const drawn = (sample.nulls?.shuffled.draws[figure] ?? []).map(logOf);
  return drawn.length > 0 && [observed, ...drawn].every(Number.isFinite) ? [{ observed, drawn }] : [];
}

/**
 * The share of draws at least as extreme as the observed value (which is counted itself) on the side where it lies,
 * times two.
 */
function twoSided(observed: number, draws: readonly number[]): number {
  const share = (extreme: (draw: number) => boolean): number =>
    (1 + draws.filter(extreme).length) / (draws.length + 1);
  return Math.min(
    1,
    2 *
      Math.min(
        share((draw) => draw >= observed),
        share((draw) => draw <= observed),
      ),
  );
}
