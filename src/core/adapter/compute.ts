/** Weights that are stored as what they are computed from, as tensors of the model. */
import { parametrizedWeights } from '../network/sieve/parametrized';
import type { ModelTensor } from './types';

/** The tensors with every weight that can be computed in the place of what it is computed from. */
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
