/** A checkpoint's network before training: the same neurons, joined by weights drawn from the initializer. */
import { createHash } from 'node:crypto';
import type { CheckpointInfo } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { AnalysisPlan } from '../analysis/plan';
import { documentedInitializer, type Initializer } from '../network/initializers';
import type { Config, Network } from '../network/types';

export interface InitialNetwork {
  /** A result's checkpoint information, in place of that of files: the weights' own name, step and fingerprint. */
  info: CheckpointInfo;
  /** The distribution of every part of every projection, in network order. */
  weights: Initializer['parts'];
}

/**
 * @param template the checkpoint that provides architecture, shapes and element types.
 * @throws NeuroMfaError `unsupported` where no initializer is documented for the architecture.
 */
export function initialNetwork(
  template: CheckpointInfo,
  network: Network,
  plan: AnalysisPlan,
  config: Config,
): InitialNetwork {
  const initializer = documentedInitializer(network, config);
  if (!initializer) {
    throw new NeuroMfaError(
      'unsupported',
      template.path,
      `no initializer of ${network.architecture} is documented, or its config.json does not say enough for it`,
      "Choose Gaussian weights with the first checkpoint's moments (gaussian), the first checkpoint or a step as the baseline",
    );
  }
  const run = template.name.split('/').slice(0, -1).join('/') || template.name;
  const info = {
    ...template,
    name: `${run}/init`,
    step: 0,
    bytes: 0,
    fingerprint: fingerprint(plan, initializer),
    weights: { kind: 'init', source: initializer.source },
  };
  return { info, weights: initializer.parts };
}

/** Identifies the drawn weights, wherever the template is: all checkpoints of a run have the same step 0. */
function fingerprint({ projections, draws }: AnalysisPlan, initializer: Initializer): string {
  const shapes = projections.map(({ name, layout, sampling, parts }) => ({
    name,
    layout,
    sampling,
    parts: parts.map(({ dtype, rows, columns, taps, groups }) => [dtype, rows, columns, taps, groups]),
  }));
  return createHash('sha256').update(JSON.stringify({ initializer, draws, shapes })).digest('hex');
}
