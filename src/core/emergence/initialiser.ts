/**
 * The distributions that architectures document for their initial weights.
 *
 * Sources: GPT-NeoX `small_init` (Nguyen & Salazar, arXiv:1910.05895) and `wang_init` (Wang & Komatsuzaki, GPT-J), as
 * configured for Pythia (Biderman et al., arXiv:2304.01373); method §6.
 */
import { NeuroMfaError } from '../../protocol/errors';
import type { Network, Projection } from '../network/types';

/** How the weights of an untrained network are distributed: normal, mean 0. */
export interface Initialiser {
  /** For charts and exports. */
  words: string;
  /** Standard deviation of each projection's weights, in network order. */
  deviations: readonly number[];
}

/** @throws NeuroMfaError `unsupported` where no initialiser is known for the architecture. */
export function initialiserOf(network: Network, subject: string): Initialiser {
  if (network.architecture !== 'gpt_neox') {
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `no documented initialiser of ${network.architecture} is known`,
      'Choose the first checkpoint or a step as the baseline',
    );
  }
  return {
    words: 'synthetic step 0 from the GPT-NeoX initialiser: normal, std √(2/(5h)), 2/(L√h) for output layers',
    deviations: network.projections.map((projection) => neoxDeviation(projection, network)),
  };
}

function neoxDeviation({ role }: Projection, { blocks, projections }: Network): number {
  const hidden = projections[0]!.sources;
  const output = role === 'attention.out' || role === 'mlp.down';
  return output ? 2 / (blocks * Math.sqrt(hidden)) : Math.sqrt(2 / (5 * hidden));
}
