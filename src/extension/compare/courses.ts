/** How far the training of compared runs is at the steps that both have, for the axes of their charts. */
import type { ComparedCourse } from '../../protocol/comparePanel';
import { largest } from '../../protocol/extremes';
import { TOKEN_COUNT, type Metrics } from '../../protocol/metrics';
import type { ListedCheckpoint } from '../runs/listedRun';

/** A checkpoint of a run whose place in training is given by names or notes. */
export type Trained = Pick<ListedCheckpoint, 'step' | 'epoch' | 'tokens' | 'sameAs'>;

/**
 * @param steps those that are compared, of which the run has each; at least one.
 * @param metrics what logs tell at these steps.
 */
export function courseOf(
  checkpoints: readonly Trained[],
  steps: readonly number[],
  metrics: Metrics | undefined,
): ComparedCourse {
  // Checkpoints that hold the weights of others are of no known step.
  const known = checkpoints.filter(({ sameAs }) => !sameAs);
  const points = steps.map((step) => {
    const { epoch = null, tokens = null } = known.find((each) => each.step === step) ?? {};
    return { step, epoch, tokens };
  });
  const lastStep = largest([...known.flatMap(({ step }) => step ?? []), ...steps]);
  const counts = metrics?.values.filter(({ name }) => TOKEN_COUNT.test(name)) ?? [];
  return { points, lastStep, ...(metrics && { metrics: { ...metrics, values: counts } }) };
}
