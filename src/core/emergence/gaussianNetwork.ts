/**
 * A substitute for a network before training where no initializer is documented: Gaussian weights with the mean and
 * standard deviation of each tensor of a checkpoint, drawn like those of an initializer.
 */
import { createHash } from 'node:crypto';
import type { CheckpointInfo } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { joinMoments, NO_MOMENTS, type Moments } from '../stats/moments';
import type { Distribution } from '../weights/drawn';
import type { Network } from '../network/types';

/**
 * A result's checkpoint information, in place of that of files.
 * @param template the checkpoint that provides network and moments: its content identifies the drawn weights.
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
 * The distribution of every part of every projection. Parts of one tensor in a projection share their moments; each
 * expert of a stack has its own.
 * @param moments those of every part of every projection.
 * @throws NeuroMfaError `unsupported` naming a tensor whose moments are not finite numbers.
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

/** The error for 64-bit weights near the end of their range. */
function tooLarge(tensor: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    tensor,
    'the mean or the deviation of its weights is beyond the range of numbers',
    'Choose the first checkpoint, a step or weights of the initializer as the baseline',
  );
}
