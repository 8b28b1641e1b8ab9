/**
 * A stand-in for a network before training where no initializer is documented: Gaussian weights with the mean and
 * standard deviation that each tensor of a checkpoint has, drawn as those of an initializer are.
 */
import { createHash } from 'node:crypto';
import type { CheckpointInfo } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { joinMoments, NO_MOMENTS, type Moments } from '../stats/moments';
import type { Distribution } from '../weights/drawn';
import type { Network } from '../network/types';

/**
 * What stands in a result for files.
 * @param template the checkpoint that lends its network and its moments: its content names what is drawn.
 */
export function gaussianInfo(template: CheckpointInfo): CheckpointInfo {
  const parts = template.name.split('/');
  const last = parts.pop()!;
  return {
    ...template,
    name: `${parts.join('/') || last}/gaussian`,
    step: 0,
    bytes: 0,
    fingerprint: createHash('sha256')
      .update(JSON.stringify({ gaussian: template.fingerprint }))
      .digest('hex'),
    weights: { kind: 'gaussian', source: template.name },
  };
}

/**
 * How the weights of every part of every projection are drawn. Parts of one tensor in a projection have its moments
 * together; of a stack of experts each has its own.
 * @param moments of every part of every projection.
 * @throws NeuroMfaError `unsupported` naming a tensor whose moments are no finite numbers.
 */
export function gaussianWeights(
  { projections }: Pick<Network, 'projections'>,
  moments: readonly (readonly Moments[])[],
): Distribution[][] {
  return projections.map(({ parts }, i) => {
    const ofTensor = new Map<string, Moments>();
    for (const [j, { tensor }] of parts.entries()) {
      ofTensor.set(tensor, joinMoments(ofTensor.get(tensor) ?? NO_MOMENTS, moments[i]![j]!));
    }
    return parts.map(({ tensor }): Distribution => {
      const { count, mean, squares } = ofTensor.get(tensor)!;
      if (!Number.isFinite(mean) || !Number.isFinite(squares)) throw tooLarge(tensor);
      return { distribution: 'normal', mean, std: count === 0 ? 0 : Math.sqrt(squares / count) };
    });
  });
}

/** Of 64-bit weights near the end of their range. */
function tooLarge(tensor: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    tensor,
    'the mean or the deviation of its weights is beyond the range of numbers',
    'Choose the first checkpoint, a step or weights of the initializer as the baseline',
  );
}
