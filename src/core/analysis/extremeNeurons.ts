/** The neurons on which a checkpoint's w depends most, from its samples. */
import type { ExtremeNeuron, Extremes } from '../../protocol/analysis';
import type { Projection } from '../network/types';
import { estimate } from '../stats/estimate';
import type { AnalyzedSample } from './analyzeSample';
import type { NodeWeight } from './nodeCounts';

/** Number of neurons named at each end. */
const NAMED = 5;

/** @param same whether all samples are one network. @returns null where no sample has extremes. */
export function extremesOf(
  samples: readonly AnalyzedSample[],
  projections: readonly Pick<Projection, 'name' | 'block' | 'role'>[],
  same: boolean,
): Extremes | null {
  const known = samples.flatMap(({ result, extremes }) =>
    result.outcome === 'kept' && extremes ? [extremes] : [],
  );
  const [first] = known;
  if (!first) return null;
  const share = estimate(known.map((each) => each.share));
  const named = (of: 'common' | 'rare'): ExtremeNeuron[] => {
    const found = new Map<string, NodeWeight>();
    // A neuron in several samples is named once, with its largest share.
    for (const each of known.flatMap((sample) => sample[of])) {
      const key = `${each.projection} ${each.neuron}`;
      const other = found.get(key);
      if (!other || each.weight > other.weight) found.set(key, each);
    }
    return [...found.values()]
      .sort((a, b) => b.weight - a.weight)
      .slice(0, NAMED)
      .map(({ projection, neuron, weight }) => {
        const { name, block, role } = projections[projection]!;
        return { projection: name, block, role, neuron, weight };
      });
  };
  return {
    neurons: first.neurons,
    share: same ? { ...share, sd: null, ci95: null } : share,
    common: named('common'),
    rare: named('rare'),
  };
}
