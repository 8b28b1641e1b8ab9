/**
 * Several copies of one model in one file: averages over training (EMA), teachers, targets. Two equal towers are no
 * copies: one of the names has to say so, and its tensors have to exist a second time, in the same shapes.
 */
import type { Fact } from '../../../protocol/facts';
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { bareName, type NamedTensor } from '../names';

/** A path component that calls its contents a copy: an average, a teacher, a target, or an earlier model. */
const COPY =
  /^(?:(?:\w+_)?ema(?:_\w+)?|shadow(?:_params)?|(?:averaged|avg|swa|mean|polyak)_model|(?:\w+_)?teacher(?:_\w+)?|(?:\w+_)?target(?:_(?:net(?:work)?|encoder|model|policy|critic|actor|q\w*|vf|generator))?|momentum_\w+|\w*encoder_k|slow_\w+|\w+_m|(?:old|prev(?:ious)?|ref(?:erence)?|frozen|init(?:ial)?|anchor|backup|best)_(?:model|policy|net(?:work)?|actor|critic|params|weights)|(?:model|policy|net(?:work)?|actor|critic)_(?:old|prev|ref|frozen|copy|backup|best))$/;
/** This share of a copy has to exist a second time. */
const SHARE = 0.9;
/** Longer path components do not denote copies. */
const MAX_CHARACTERS = 100;
/** Number of its tensors that are looked for everywhere. */
const PROBES = 3;
/** The name for weights without a name of their own. */
const MAIN = 'model';

/** Copies of one set of weights. */
interface Copied {
  /** The text before the names of the copy, and before those of the original. */
  copy: string;
  of: string;
  /** Row of each tensor of the copy → row of its counterpart. */
  counterparts: ReadonlyMap<number, number>;
  rows: readonly number[];
}

export interface Copies {
  /** Why each tensor of the other sets is left out. */
  reasons: ReadonlyMap<number, Fact>;
  /** A warning for readers of the result; null where there is only one copy of the model. */
  warning: Fact | null;
}

/**
 * @param chosen the name of the set to take; undefined takes the one that no name calls a copy.
 * @param others names of sets that could have been chosen, for messages.
 * @throws NeuroMfaError `usage` where no set has this name.
 */
export function leaveOutCopies(
  all: readonly NamedTensor[],
  chosen: string | undefined,
  subject: string,
  others: readonly string[] = [],
): Copies {
  const found = findCopies(all);
  const names = [...new Set(found.flatMap(({ of, copy }) => [setName(of), setName(copy)]))];
  if (chosen !== undefined && !names.includes(chosen))
    throw noSuchSet(chosen, [...others, ...names], subject);
  const reasons = new Map<number, Fact>();
  for (const { copy, of, counterparts, rows } of found) {
    const takesCopy = chosen === setName(copy);
    const [set, taken] = takesCopy ? [setName(of), setName(copy)] : [setName(copy), setName(of)];
    const reason: Fact = { code: 'other-weights', set, taken };
    for (const row of takesCopy ? counterparts.values() : rows) reasons.set(row, reason);
  }
  if (found.length === 0) return { reasons, warning: null };
  const takenOf = ({ copy, of }: Copied): string => (chosen === setName(copy) ? setName(copy) : setName(of));
  const taken = [...new Set(found.map(takenOf))];
  const rest = names.filter((name) => !taken.includes(name));
  return { reasons, warning: { code: 'several-weights', taken, others: rest } };
}

function findCopies(all: readonly NamedTensor[]): Copied[] {
  const byRoot = new Map<string, { rest: string; named: NamedTensor }[]>();
  const others: { name: string; named: NamedTensor }[] = [];
  for (const named of all) {
    const name = bareName(named.tensor.name);
    const root = copyRoot(name);
    if (root === null) others.push({ name, named });
    else {
      const own = byRoot.get(root) ?? [];
      own.push({ rest: name.slice(root.length), named });
      byRoot.set(root, own);
    }
  }
  if (byRoot.size === 0 || others.length === 0) return [];
  const byName = new Map(others.map(({ name, named }) => [name, named]));
  return [...byRoot].flatMap(([copy, own]) => {
    const flat = own.every(({ rest }) => !rest.includes('.'));
    return (flat ? flattenedCopy(copy, own, others) : counterpartOf(copy, own, others, byName)) ?? [];
  });
}

/** The beginning of a copy's names, with its dot: up to the first component that denotes a copy. */
function copyRoot(name: string): string | null {
  for (let from = 0, dot; (dot = name.indexOf('.', from)) >= 0; from = dot + 1)
    if (dot - from <= MAX_CHARACTERS && COPY.test(name.slice(from, dot))) return name.slice(0, dot + 1);
  return null;
}

type Own = readonly { rest: string; named: NamedTensor }[];
type Others = readonly { name: string; named: NamedTensor }[];

function counterpartOf(
  copy: string,
  own: Own,
  others: Others,
  byName: ReadonlyMap<string, NamedTensor>,
): Copied | null {
  const matrices = own.filter(({ named }) => named.tensor.shape.length > 1);
  const probes = [0, 0.5, 1].map((share) => matrices[Math.floor(share * (matrices.length - 1))]);
  const roots = new Set<string>();
  for (const probe of probes.slice(0, PROBES)) {
    for (const { name } of probe ? others : []) {
      const root = name.slice(0, name.length - probe!.rest.length);
      if ((root === '' || root.endsWith('.')) && name.endsWith(probe!.rest) && !arePair(root, copy))
        roots.add(root);
    }
  }
  let best: Copied | null = null;
  for (const of of roots) {
    const made = pairUp(copy, of, own, (rest) => byName.get(of + rest));
    if (made && made.counterparts.size > (best?.counterparts.size ?? 0)) best = made;
  }
  return best;
}

/** In translation models, the part that reads the source and the part that reads the target are two models. */
function arePair(one: string, other: string): boolean {
  return one.includes('source') && one.replaceAll('source', 'target') === other;
}

/** Recognizes names without dots, as Stable Diffusion's training code writes them for the copy. */
function flattenedCopy(copy: string, own: Own, others: Others): Copied | null {
  const flat = new Map<string, NamedTensor>();
  let of = '';
  for (const { name, named } of others) {
    const dot = name.indexOf('.') + 1;
    flat.set(name.slice(dot).replaceAll('.', ''), named);
    if (own[0]!.rest === name.slice(dot).replaceAll('.', '')) of = name.slice(0, dot);
  }
  return pairUp(copy, of, own, (rest) => flat.get(rest));
}

/** The pairs of equal shape; null where fewer than nearly all tensors have one. */
function pairUp(
  copy: string,
  of: string,
  own: Own,
  find: (rest: string) => NamedTensor | undefined,
): Copied | null {
  const counterparts = new Map<number, number>();
  let matrices = 0;
  let paired = 0;
  for (const { rest, named } of own) {
    const counterpart = find(rest);
    const same = counterpart?.tensor.shape.join() === named.tensor.shape.join();
    if (counterpart && same) counterparts.set(named.row, counterpart.row);
    if (named.tensor.shape.length < 2) continue;
    matrices++;
    if (same) paired++;
  }
  if (paired === 0 || paired < SHARE * matrices) return null;
  return { copy, of, counterparts, rows: own.map(({ named }) => named.row) };
}

function setName(root: string): string {
  return root === '' ? MAIN : root.slice(0, -1);
}

function noSuchSet(chosen: string, names: readonly string[], subject: string): NeuroMfaError {
  return new NeuroMfaError(
    'usage',
    subject,
    names.length === 0
      ? `its weights are there once, and are not called ${shortened(chosen)}`
      : `none of its sets of weights is called ${shortened(chosen)}`,
    names.length === 0
      ? 'Leave the name of the weights out'
      : `Choose one of ${names.map((name) => shortened(name)).join(', ')}`,
  );
}
