/** The specification curve in words, the same in every view, and no stronger than its intervals. */
import type { AnalysisSettings, Transfer } from './analysis';
import { bracketed, decimal, integer, order, percent } from './format';
import type { Factor, Specification } from './run';
import { subsetName } from './subset';
import { english, type Translate } from './translate';

/** How a weight becomes a length. */
const LENGTHS: Record<Transfer, string> = {
  inv: '1/|w|',
  inv2: '1/w²',
  neglog: '−ln|w|',
  invsqrt: '1/√|w|',
};

const plain = (value: number): string => decimal(value, Number.isInteger(value) ? 0 : 2);

/** The value of a setting, such as "T 150". */
export function choiceName(
  factor: Factor,
  { threshold, neurons, transfer, scaleFree, radii, q, subset }: AnalysisSettings,
  t: Translate = english,
): string {
  switch (factor) {
    case 'preset':
      return t('as chosen');
    case 'threshold':
      return `T ${plain(threshold)}`;
    case 'neurons':
      return `k ${integer(neurons)}`;
    case 'transfer':
      return `d ${LENGTHS[transfer]}`;
    case 'scaleFree':
      return scaleFree === false ? t('absolute lengths') : t('scale-free, {0}', scaleFree);
    case 'radii':
      return radii.rule === 'fixed' ? t('radii {0} to T', radii.lo) : t('radii that occur');
    case 'q':
      return t('q {0} to {1}', order(q[0]!), order(q.at(-1)!));
    case 'part':
      return subset === null ? t('all layers') : subsetName(subset, t);
  }
}

/** What one specification changes. */
export const specificationName = ({ factor, settings }: Specification, t: Translate = english): string =>
  choiceName(factor, settings, t);

/** Why a specification's E means little; empty where there is no objection. */
export function unscaledText({ scales, r2 }: Specification, t: Translate = english): string {
  return scales === false ? t('does not scale: R² {0}', decimal(r2, 2)) : '';
}

/**
 * The side of Gaussian weights' E on which the interval of E is; 0 where the two overlap, null where they cannot be
 * compared.
 */
export function sideOfGaussian({ emergence, gaussian }: Specification): -1 | 0 | 1 | null {
  // One of the two has to be uncertain: two bare numbers always differ.
  if (emergence.value === null || gaussian.value === null || !(emergence.ci95 ?? gaussian.ci95)) return null;
  const [low, high] = emergence.ci95 ?? [emergence.value, emergence.value];
  const [otherLow, otherHigh] = gaussian.ci95 ?? [gaussian.value, gaussian.value];
  if (low > otherHigh) return 1;
  return high < otherLow ? -1 : 0;
}

/** What the curve shows, in sentences; empty without E. @param all from the smallest E to the largest */
export function specificationText(all: readonly Specification[], t: Translate = english): string {
  const known = all.filter(({ emergence }) => emergence.value !== null);
  const [least, most] = [known[0], known.at(-1)];
  if (!least || !most) return '';
  const value = ({ emergence }: Specification): string => bracketed(emergence.value, emergence.ci95);
  const preset = known.find(({ factor }) => factor === 'preset');
  const sides = known.map(sideOfGaussian).filter((each) => each !== null);
  const [above, below] = [1, -1].map((side) => sides.filter((each) => each === side).length);
  const bad = all.filter(({ scales }) => scales === false);
  return [
    all.some(({ common }) => common)
      ? t(
          'E is over the neurons that both checkpoints keep; null models are of all neurons, so no E of theirs stands beside it.',
        )
      : '',
    known.length === 1
      ? t('With one choice of settings E is {0}.', value(least))
      : t(
          'Over {0} choices of settings E goes from {1} ({2}) to {3} ({4}).',
          known.length,
          value(least),
          specificationName(least, t),
          value(most),
          most.nodesKept !== null && most.nodesKept < 0.995
            ? t('{0}, {1} of the neurons', specificationName(most, t), percent(most.nodesKept))
            : specificationName(most, t),
        ),
    preset && known.length > 1 ? t('With your settings it is {0}.', value(preset)) : '',
    sides.length === 0
      ? ''
      : t(
          'Compared with E of Gaussian weights, the interval of E lies above in {0}, below in {1}, and overlaps in {2}.',
          above!,
          below!,
          sides.length - above! - below!,
        ),
    bad.length === 0
      ? ''
      : t(
          'Neighbor counts do not scale there, so E means little: {0}.',
          bad.map((each) => specificationName(each, t)).join(', '),
        ),
  ]
    .filter(Boolean)
    .join(' ');
}
