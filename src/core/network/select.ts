/** Selects a part of a network by names, blocks and roles. */
import type { Subset } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { shortened } from '../../protocol/visible';
import { globMatcher, isGlob } from './glob';
import { withoutWeight } from './names';
import { because } from './reasons';
import { inGroup } from './subset';
import type { LayerDraw, Network, Projection } from './types';

/** An error message lists at most this many. */
const LISTED = 8;

/** What a selection depends on. */
export interface Selectable {
  name: string;
  block: number | null;
  role: string;
  tensors: readonly string[];
}

/**
 * The `projections` that `subset` selects: a projection must meet every criterion, and an empty list is no criterion.
 * @param blocks number of blocks of the whole network, for messages. @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `usage` when nothing is left; it lists what there is.
 */
export function selectAmong<P extends Selectable>(
  projections: readonly P[],
  blocks: number,
  subset: Subset,
  subject: string,
): P[] {
  const include = matcherOf(subset.include);
  const exclude = matcherOf(subset.exclude);
  const kept = projections.filter(
    (projection) =>
      keeps(subset, projection) &&
      (subset.include.length === 0 || named(projection, include)) &&
      !named(projection, exclude),
  );
  if (kept.length === 0) throw nothingLeft(projections, blocks, subject);
  return kept;
}

/**
 * The network's projections that `subset` selects. The draws do not change, so the sampled neurons are those of the
 * whole network.
 * @param subset null selects all. @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `usage` when nothing is left; it lists what there is.
 */
export function selectProjections(network: Network, subset: Subset | null, subject: string): Network {
  if (!subset) return network;
  const all = network.projections.map((projection) => ({
    ...projection,
    projection,
    tensors: projection.parts.map(({ tensor }) => tensor),
  }));
  const projections = selectAmong(all, network.blocks, subset, subject).map(({ projection }) => projection);
  const used = tensorsOf(projections);
  const left = [...tensorsOf(network.projections)].filter((tensor) => !used.has(tensor));
  const skipped = left.map((tensor) => ({ tensor, reason: because('left-out-by-choice') }));
  return { ...network, projections, skipped: [...network.skipped, ...skipped] };
}

/** The draws that the network's projections take neurons from: all of them, unless it is a part of a network. */
export function usedDraws({ projections, draws }: Pick<Network, 'projections' | 'draws'>): LayerDraw[] {
  const used = new Set(
    projections.flatMap(({ sampling }) => [sampling.sources, ...sampling.targets.map(({ draw }) => draw)]),
  );
  return draws.filter((_draw, index) => used.has(index));
}

/** Whether the subset selects a projection by block and role. */
function keeps({ blocks, roles }: Subset, { block, role }: Selectable): boolean {
  return (
    (blocks.length === 0 ||
      (block !== null && blocks.some(([first, last]) => block >= first && block <= last))) &&
    (roles.length === 0 || roles.some((group) => inGroup(role, group)))
  );
}

/** Whether it is selected by its own name or that of one of its tensors, with or without `.weight`. */
function named({ name, tensors }: Selectable, matches: Matcher): boolean {
  return matches(name) || tensors.some((tensor) => matches(tensor) || matches(withoutWeight(tensor)));
}

type Matcher = (name: string) => boolean;

/** A test whether a name matches one of the globs. Names without wildcards are looked up, however many there are. */
function matcherOf(globs: readonly string[]): Matcher {
  const whole = new Set(globs.filter((glob) => !isGlob(glob)));
  const patterns = globs.filter(isGlob).map(globMatcher);
  return (name) => whole.has(name) || patterns.some((matches) => matches(name));
}

function tensorsOf(projections: readonly Projection[]): Set<string> {
  return new Set(projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
}

function nothingLeft(projections: readonly Selectable[], blocks: number, subject: string): NeuroMfaError {
  const roles = [...new Set(projections.map(({ role }) => role))];
  const names = projections.slice(0, LISTED).map(({ name }) => shortened(name));
  const more = projections.length - names.length;
  return new NeuroMfaError(
    'usage',
    subject,
    'the choice of names, blocks and roles leaves no projection',
    `There are ${blocks} blocks (from 0), the roles ${roles.join(', ')}, and projections such as ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  );
}
