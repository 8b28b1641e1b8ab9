/** A comparison of two checkpoints in words, the same in every view. */
import { tensorCount } from './counts';
import type { FigureComparison, TensorComparison } from './comparison';
import { factText } from './factWords';
import { bracketed, decimal, integer, percent, significant, SMALLEST_SHOWN } from './format';
import { differsFromZero } from './nullWords';
import { english, type Translate } from './translate';
import { shortened } from './visible';

/** The change of the weights, as sentences. */
export function tensorSentences(
  { of, changed, total, onlyA, onlyB, reshaped }: TensorComparison,
  t: Translate = english,
): string[] {
  const whole = onlyA.length + onlyB.length + reshaped.length === 0;
  const equal = changed.filter((each) => each.equal === 1).length;
  const all = of === 'tensors' ? tensorCount(changed.length, t) : matrixCount(changed.length, t);
  const lines: string[] = [];
  if (changed.length === 0) lines.push(t('A and B share no tensor of the same name and shape.'));
  else if (equal === changed.length)
    lines.push(
      whole
        ? t('A and B are the same: {0}, all values equal.', all)
        : t('All values that A and B share are equal ({0}).', all),
    );
  else {
    lines.push(
      t(
        'Different: {0} of {1}. ‖B − A‖ is {2} of ‖A‖, the cosine is {3}, and {4} of the values are equal.',
        integer(changed.length - equal),
        all,
        significant(total.relative, 3),
        decimal(total.cosine, 4),
        percent(total.equal),
      ),
    );
    const most = largestChanges({ changed }, 1)[0];
    if (most && most.relative !== null)
      lines.push(
        t('{0} changed most, by {1} of its norm.', shortened(most.name), significant(most.relative, 3)),
      );
    const fromZero = changed.filter(withoutNorm);
    if (fromZero.length > 0) {
      lines.push(
        t(
          'All 0 in A, so without a relative change: {0}, such as {1}.',
          integer(fromZero.length),
          shortened(fromZero[0]!.name),
        ),
      );
    }
  }
  const nonFinite = changed.filter((each) => each.nonFinite > 0);
  if (nonFinite.length > 0) {
    lines.push(
      t(
        'With NaN or infinite values, which are left out of norms and cosines: {0}, such as {1}.',
        integer(nonFinite.length),
        shortened(nonFinite[0]!.name),
      ),
    );
  }
  return lines;
}

/** What rounding leaves of equal numbers is no difference. */
const isNothing = (value: number): boolean => Math.abs(value) < SMALLEST_SHOWN;

const matrixCount = (count: number, t: Translate): string =>
  count === 1 ? t('1 matrix of the network') : t('{0} matrices of the network', integer(count));

/** Weights that are all 0 in A, and not in B. Other values (indices, masks) have no norm at all. */
const withoutNorm = ({ relative, equal, nonFinite, dtype }: TensorComparison['changed'][number]): boolean =>
  relative === null && equal < 1 && nonFinite === 0 && dtype.every((each) => /^B?F\d/.test(each));

/** Weights whose values differ, the largest relative change first; those without a norm last. */
export const largestChanges = (
  { changed }: Pick<TensorComparison, 'changed'>,
  most: number,
): TensorComparison['changed'] =>
  changed
    .filter(({ equal }) => equal < 1)
    .sort((a, b) => (b.relative ?? -1) - (a.relative ?? -1))
    .slice(0, most);

/** Which of the two is an adapter, and on what, as sentences. */
export function adapterSentences(
  { a, b }: Pick<TensorComparison, 'a' | 'b'>,
  t: Translate = english,
): string[] {
  return [
    { side: 'A', adapter: a.adapter },
    { side: 'B', adapter: b.adapter },
  ].flatMap(({ side, adapter }) => {
    if (!adapter) return [];
    return adapter.base
      ? [t('{0} is a low-rank adapter on {1}, taken as the model that both make.', side, adapter.base.name)]
      : [t('{0} is a low-rank adapter by itself: its updates are compared.', side)];
  });
}

/** The change of α₀ and w, as sentences; empty where they are unknown. */
export function figureSentences(
  { lnAlpha0, lnAlpha0Exact, lnWidth, unsound, bare, reason, beyond }: FigureComparison,
  t: Translate = english,
): string[] {
  if (reason) return [t('α₀ and w are not compared (A is the baseline): {0}.', factText(reason, t))];
  const lines: string[] = [];
  const differences = [
    { symbol: unsound ? 'τ′(0)' : 'α₀', value: unsound ? lnAlpha0Exact : lnAlpha0 },
    { symbol: 'w', value: lnWidth },
  ];
  for (const { symbol, value } of differences) {
    if (value.value === null) continue;
    const said = bracketed(value.value, value.ci95);
    const differs = differsFromZero(value);
    if ([value.value, ...(value.ci95 ?? [])].every(isNothing)) lines.push(t('{0} is the same.', symbol));
    else if (bare) lines.push(t('Δ ln {0} = {1}, without an interval.', symbol, said));
    else if (differs === false)
      lines.push(t('{0} differs no more than by chance: Δ ln {0} = {1}.', symbol, said));
    else
      lines.push(
        value.value > 0
          ? t('{0} is larger in B: Δ ln {0} = {1}.', symbol, said)
          : t('{0} is smaller in B: Δ ln {0} = {1}.', symbol, said),
      );
  }
  if (beyond && beyond.width.value !== null) {
    const said = bracketed(beyond.width.value, beyond.width.ci95);
    lines.push(
      differsFromZero(beyond.width) === null
        ? t('w beyond chance differs by {0}, without an interval.', said)
        : differsFromZero(beyond.width) === false
          ? t('w beyond chance differs no more than by chance ({0}).', said)
          : t('w beyond chance differs by {0}.', said),
    );
  }
  return lines;
}
