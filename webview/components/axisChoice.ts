/** The unit of training progress on an axis; units that are not known say why. */
import { haveSteps } from '../data/shownRuns';
import { AXIS_KINDS, axisProblem, hasChoice, type AxisKind, type Course } from '../figures/stepAxis';
import { t } from '../l10n';
import { field } from './field';
import { select } from './select';

/** Null where there is no choice. */
export function axisChoice(
  runs: readonly Course[],
  asked: AxisKind,
  choose: (kind: AxisKind) => void,
): HTMLElement | null {
  if (!hasChoice(runs)) return null;
  const words: Record<AxisKind, string> = {
    linear: haveSteps(runs) ? t('steps, linear') : t('checkpoints, in order'),
    log: t('steps, logarithmic'),
    percent: t('% of training'),
    epoch: t('epochs'),
    tokens: t('tokens'),
  };
  const options = AXIS_KINDS.map((value) => {
    const problem = axisProblem(value, runs);
    const label = problem === null ? words[value] : `${words[value]} (${problem})`;
    return { value, label, disabled: problem !== null };
  });
  const chosen = options.find(({ value, disabled }) => value === asked && !disabled);
  return field(
    t('Axis'),
    select(t('Unit of the training axis'), 'axis', options, chosen?.value ?? 'linear', (value) => {
      choose(AXIS_KINDS.find((kind) => kind === value)!);
    }),
  );
}
