/** Sets of weights that a file itself separates: one of them is the model, the others are left out. */
import type { Fact } from '../../../protocol/facts';
import type { NamedTensor } from '../names';

export interface Sets {
  /** Why each tensor of the other sets is left out, by row. */
  reasons: ReadonlyMap<number, Fact>;
  /** A warning for readers of the result; null where the file holds one set. */
  warning: Fact | null;
  names: readonly string[];
  /** Whether `chosen` is one of the sets. */
  isChosen: boolean;
}

/** @param chosen the name of the set to take; any other name takes the main one. */
export function leaveOutSets(all: readonly NamedTensor[], chosen: string | undefined): Sets {
  const main = new Map<string, boolean>();
  for (const { tensor } of all) if (tensor.set) main.set(tensor.set.name, tensor.set.isMain);
  const names = [...main.keys()].sort(
    (a, b) => Number(main.get(b)) - Number(main.get(a)) || (a < b ? -1 : 1),
  );
  const reasons = new Map<number, Fact>();
  const isChosen = chosen !== undefined && main.has(chosen);
  const taken = isChosen ? chosen : names[0];
  if (taken === undefined) return { reasons, warning: null, names, isChosen };
  const others = names.filter((name) => name !== taken);
  const facts = new Map(others.map((set): [string, Fact] => [set, { code: 'other-weights', set, taken }]));
  for (const { tensor, row } of all) {
    const fact = tensor.set && facts.get(tensor.set.name);
    if (fact) reasons.set(row, fact);
  }
  return { reasons, warning: { code: 'several-weights', taken: [taken], others }, names, isChosen };
}
