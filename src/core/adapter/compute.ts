/** Replaces the tensors from which a weight is computed by that weight. */
import { parametrizedWeights } from '../network/sieve/parametrized';
import type { ModelTensor } from './types';

/** Puts every weight that can be computed in the place of the tensors it is computed from. */
export function withComputedWeights(tensors: readonly ModelTensor[]): readonly ModelTensor[] {
  const computed = parametrizedWeights(tensors)?.computed ?? [];
  if (computed.length === 0) return tensors;
  const made = new Map(
    computed.map(({ name, kind, of, by }): [ModelTensor, ModelTensor] => [
      of,
      { ...of, name, computed: { kind, of, by } },
    ]),
  );
  const gone = new Set<ModelTensor>(computed.map(({ by }) => by));
  return tensors.filter((tensor) => !gone.has(tensor)).map((tensor) => made.get(tensor) ?? tensor);
}
