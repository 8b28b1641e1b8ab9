/** Pairs the tensors of two checkpoints. */
import type { TensorComparison } from '../../protocol/comparison';
import type { ValueSource } from './values';

export interface Pair {
  a: ValueSource;
  b: ValueSource;
}

export interface Pairing extends Pick<TensorComparison, 'onlyA' | 'onlyB' | 'reshaped'> {
  pairs: Pair[];
}

/** Prefixes that wrappers put before every name. */
const WRAPPERS = /^(?:(?:module|_orig_mod|model|base_model|transformer)\.)+/;

/**
 * Pairs by name; the remaining tensors by names without wrappers' prefixes, where these identify one tensor on each
 * side.
 */
export function pairTensors(a: readonly ValueSource[], b: readonly ValueSource[]): Pairing {
  const partners = new Map<ValueSource, ValueSource>();
  const byName = new Map(b.map((each) => [each.name, each]));
  for (const each of a) {
    const same = byName.get(each.name);
    if (same) partners.set(each, same);
  }
  const taken = new Set(partners.values());
  const rest = bareNames(b.filter((each) => !taken.has(each)));
  for (const [name, each] of bareNames(a.filter((own) => !partners.has(own)))) {
    const same = rest.get(name);
    if (each && same) partners.set(each, same);
  }
  const paired = new Set(partners.values());
  const both = a.flatMap((each): Pair[] => {
    const partner = partners.get(each);
    return partner ? [{ a: each, b: partner }] : [];
  });
  const fits = ({ a: own, b: other }: Pair): boolean =>
    own.shape.join() === other.shape.join() && own.turned === other.turned;
  return {
    pairs: both.filter(fits),
    reshaped: both
      .filter((pair) => !fits(pair))
      .map(({ a: own, b: other }) => ({
        ...{ name: own.name, a: [...own.shape], b: [...other.shape] },
        ...(own.turned !== other.turned && { inputsFirst: own.turned ? ('a' as const) : ('b' as const) }),
      })),
    onlyA: a.filter((each) => !partners.has(each)).map(named),
    onlyB: b.filter((each) => !paired.has(each)).map(named),
  };
}

const named = ({ name, shape }: ValueSource): { name: string; shape: number[] } => ({
  name,
  shape: [...shape],
});

/** Null for a name that several tensors have. */
function bareNames(sources: readonly ValueSource[]): Map<string, ValueSource | null> {
  const found = new Map<string, ValueSource | null>();
  for (const source of sources) {
    const bare = source.name.replace(WRAPPERS, '');
    found.set(bare, found.has(bare) ? null : source);
  }
  return found;
}
