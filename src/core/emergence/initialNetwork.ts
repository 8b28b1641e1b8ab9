/** A checkpoint's network before training: the same neurons, joined by weights drawn from its initialiser. */
import { createHash } from 'node:crypto';
import type { CheckpointInfo } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { AnalysisPlan, PlannedPart } from '../analysis/plan';
import type { RowReader } from '../analysis/sampleWeights';
import { rounder } from '../checkpoint/rounding';
import { documentedInitialiser, type InitialWeights, type Initialiser } from '../network/initialisers';
import type { Config, Network } from '../network/types';
import { Mt19937 } from '../sampling/mt19937';
import { standardNormal, uniform } from '../stats/normal';

/** Weights come from the upper half of the seeds, so that they do not repeat the stream that draws the neurons. */
const WEIGHT_SEEDS = 2 ** 31;

export interface InitialNetwork {
  /** What stands in a result for files: the weights' own name, step and fingerprint. */
  info: CheckpointInfo;
  /** How the weights of every part of every projection are drawn, in network order. */
  weights: Initialiser['parts'];
}

/**
 * @param template the checkpoint that lends its architecture, shapes and element types.
 * @throws NeuroMfaError `unsupported` where no initialiser is documented for the architecture.
 */
export function initialNetwork(
  template: CheckpointInfo,
  network: Network,
  plan: AnalysisPlan,
  config: Config,
): InitialNetwork {
  const initialiser = documentedInitialiser(network, config);
  if (!initialiser) {
    throw new NeuroMfaError(
      'unsupported',
      template.path,
      `no initialiser of ${network.architecture} is documented, or its config.json does not say enough for it`,
      "Choose Gaussian weights with the first checkpoint's moments (gaussian), the first checkpoint or a step as the baseline",
    );
  }
  const run = template.name.split('/').slice(0, -1).join('/') || template.name;
  const info = {
    ...template,
    name: `${run}/synthetic step 0`,
    step: 0,
    bytes: 0,
    fingerprint: fingerprint(plan, initialiser),
    synthetic: `synthetic step 0, drawn from the documented initialiser: ${initialiser.source}`,
  };
  return { info, weights: initialiser.parts };
}

/** Names what is drawn, wherever the template lies: all checkpoints of a run have the same step 0. */
function fingerprint({ projections, draws }: AnalysisPlan, initialiser: Initialiser): string {
  const shapes = projections.map(({ name, layout, sampling, parts }) => ({
    name,
    layout,
    sampling,
    parts: parts.map(({ dtype, rows, columns, kernel, groups }) => [dtype, rows, columns, kernel, groups]),
  }));
  return createHash('sha256').update(JSON.stringify({ initialiser, draws, shapes })).digest('hex');
}

/**
 * Draws weights in the order in which they are asked for, rounded to the type they would be stored in: only the edges
 * of a sample are ever drawn, from one generator per sample. Whoever reads the network again, from its first rows on,
 * gets the same weights again.
 */
export function drawnRows(
  { projections }: AnalysisPlan,
  weights: InitialNetwork['weights'],
  seed: number,
): RowReader {
  const places = new Map<PlannedPart, { order: number; weights: InitialWeights }>();
  for (const [i, { parts }] of projections.entries())
    for (const [j, part] of parts.entries())
      places.set(part, { order: places.size, weights: weights[i]![j]! });
  let draw = drawFrom(seed);
  let last = { order: -1, row: -1 };
  return (part, first, row) => {
    const place = places.get(part)!;
    // Rows come in ascending order, part by part: one that does not come later begins the network anew.
    if (place.order < last.order || (place.order === last.order && first <= last.row)) draw = drawFrom(seed);
    last = { order: place.order, row };
    const { distribution, mean = 0, std } = place.weights;
    const round = rounder(part.dtype);
    const next = draw[distribution];
    return () => round(mean + std * next());
  };
}

/** Numbers of mean 0 and standard deviation 1 (0 for zeros), all from one generator. */
function drawFrom(seed: number): Record<InitialWeights['distribution'], () => number> {
  const generator = new Mt19937((seed + WEIGHT_SEEDS) % 2 ** 32);
  return {
    normal: standardNormal(generator),
    uniform: () => Math.sqrt(3) * (2 * uniform(generator) - 1),
    zeros: () => 0,
  };
}
