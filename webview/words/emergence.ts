/** E in words: its baseline, its inputs, and the meaning of its band. */
import type { BaselineChoice, BaselineKind, EmergenceSource } from '../../src/protocol/run';
import { sameNetwork, type RunResults } from '../data/shownRuns';
import { integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { wordsOf } from './facts';

/** The baseline of these runs' E; there is at least one run. */
export function baselineName(runs: readonly RunResults[]): string {
  const { kind, step } = runs[0]!.series.baseline;
  const same = runs.every(({ series }) => series.baseline.step === step);
  switch (kind) {
    case 'first':
      if (!same) return t('the first checkpoint of each run');
      // Those before it hold the same weights as others.
      if (step !== null && runs.some(isLater)) return t('step {0}', integer(step));
      return step === null ? t('the first checkpoint') : t('the first checkpoint (step {0})', integer(step));
    case 'step':
      return t('step {0}', integer(step));
    case 'init':
      return t('an untrained synthetic step 0 from the initializer');
    case 'gaussian':
      return t('untrained Gaussian weights (same mean and SD per tensor as the first checkpoint)');
  }
}

const isLater = ({ series }: RunResults): boolean =>
  series.warnings.some(({ code }) => code === 'baseline-after-first');

/** A choice of baseline, for a list. */
export function baselineChoiceName(choice: BaselineChoice, firstStep: number | null): string {
  switch (choice.kind) {
    case 'first':
      return firstStep === null
        ? t('first checkpoint')
        : t('first checkpoint (step {0})', integer(firstStep));
    case 'step':
      return t('step {0}', integer(choice.step));
    case 'init':
      return t('synthetic step 0 (initializer)');
    case 'gaussian':
      return t('random Gaussian, matched to the first checkpoint');
  }
}

/** The label of a drawn baseline beside its mark. */
export const drawnName = (kind: BaselineKind): string =>
  kind === 'gaussian' ? t('random Gaussian, matched to the first checkpoint') : t('synthetic step 0');

export const emergenceSourceName = (from: EmergenceSource): string =>
  from === 'exact'
    ? t('α₀ is taken as τ′(0), the exact slope.')
    : t('α₀ is taken at the top of the spectrum.');

/**
 * What of E may be compared between several networks, and what of α₀ and w may not; empty where they are one network.
 */
export const acrossNetworks = (runs: readonly RunResults[]): string =>
  sameNetwork(runs)
    ? ''
    : runs.every(({ series }) => series.emergence.population === 'common')
      ? t(
          'The networks differ: raw α₀ and w cannot be compared across sizes. E is over the neurons that both checkpoints keep, and random weights that are merely doubled give nearly the same then: 0.27 in a network shaped like Pythia 70M, 0.26 like 410M, 1B and 1.4B.',
        )
      : t(
          'The networks differ: neither raw α₀ and w nor E can be compared across sizes. Random weights that are merely doubled give an E of 0.27 in a network shaped like Pythia 70M, 0.45 like 410M and 0.25 like 1.4B.',
        );

/** The sentence about the band of E. */
export function emergenceInterval(runs: readonly RunResults[]): string {
  const banded = runs.some(({ series }) => series.points.some(({ emergence }) => emergence.ci95));
  const { series } = runs[0]!;
  if (!banded) {
    const reason = series.points.map(({ emergence }) => emergence.reason).find((each) => each !== null);
    return !reason ? '' : t('No interval: {0}.', wordsOf(reason));
  }
  return t(
    'Band: 95 % by Student’s t over the samples that both checkpoints keep, the same neurons in each.',
  );
}
