/** Modules that frameworks reach by several names, each of which is stored: nnU-Net's blocks and encoder. */
import type { Fact } from '../../../protocol/facts';
import type { NamedTensor } from '../names';

/** The other name, and the one that counts. */
const ALIASES: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)decoder\.encoder\./, '$1encoder.'],
  [/\.all_modules\.0\./, '.conv.'],
  [/\.all_modules\.1\./, '.norm.'],
];

/** Why each tensor is left out that is there under the name that counts, in the same shape. */
export function aliasReasons(all: readonly NamedTensor[]): Map<number, Fact> {
  const reasons = new Map<number, Fact>();
  const byName = new Map<string, NamedTensor>();
  for (const named of all) byName.set(named.tensor.name, named);
  for (const { tensor, row } of all) {
    const name = ALIASES.reduce((each, [alias, counts]) => each.replace(alias, counts), tensor.name);
    const other = name === tensor.name ? undefined : byName.get(name);
    if (other?.tensor.shape.join() === tensor.shape.join())
      reasons.set(row, { code: 'stored-again', as: name });
  }
  return reasons;
}
