/** A part of a network: by names, blocks and roles. */
import type { Subset } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { ROLES, type LayerDraw, type Network, type Projection } from './types';

/** An error message lists at most this many. */
const LISTED = 8;

/**
 * The network's projections that `subset` keeps. The draws stay as they are, so the sampled neurons are those of the
 * whole network.
 * @param subset null keeps all. An empty list of a criterion keeps all; a projection must meet every criterion.
 * @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `usage` when nothing is left; it lists what there is.
 */
export function selectProjections(network: Network, subset: Subset | null, subject: string): Network {
  if (!subset) return network;
  const { include, exclude, blocks, roles } = subset;
  const [included, excluded] = [include.map(globPattern), exclude.map(globPattern)];
  const keeps = (projection: Projection): boolean =>
    (included.length === 0 || named(projection, included)) &&
    !named(projection, excluded) &&
    (blocks.length === 0 || inBlocks(projection, blocks)) &&
    (roles.length === 0 || roles.some((role) => inGroup(projection.role, role)));
  const projections = network.projections.filter(keeps);
  if (projections.length === 0) throw nothingLeft(network, subject);
  const used = tensorsOf(projections);
  const left = [...tensorsOf(network.projections)].filter((tensor) => !used.has(tensor));
  const skipped = left.map((tensor) => ({ tensor, reason: 'left out by choice' }));
  return { ...network, projections, skipped: [...network.skipped, ...skipped] };
}

/** The draws that the network's projections take neurons from: all, unless it is a part of a network. */
export function usedDraws({ projections, draws }: Pick<Network, 'projections' | 'draws'>): LayerDraw[] {
  const used = new Set(
    projections.flatMap(({ sampling }) => [sampling.sources, ...sampling.targets.map(({ draw }) => draw)]),
  );
  return draws.filter((_draw, index) => used.has(index));
}

/** A subset as people write it. */
export interface SubsetInput {
  /** Names of projections or tensors, with `*` and `?`. */
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** Ranges such as `0-5` and `7`. */
  blocks?: readonly string[] | undefined;
  /** Roles such as `mlp.up`, or groups of them such as `mlp`. */
  roles?: readonly string[] | undefined;
}

/**
 * @returns null where nothing is asked for: all of the network.
 * @throws NeuroMfaError `usage`; its subject is the key of {@link SubsetInput} concerned.
 */
export function makeSubset({
  include = [],
  exclude = [],
  blocks = [],
  roles = [],
}: SubsetInput): Subset | null {
  if ([include, exclude, blocks, roles].every((list) => list.length === 0)) return null;
  checkRoles(roles);
  return { include: [...include], exclude: [...exclude], blocks: blocks.map(blockRange), roles: [...roles] };
}

function blockRange(text: string): [number, number] {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match && first <= last) return [first, last];
  throw new NeuroMfaError('usage', 'blocks', `"${text}" is no range of blocks`, 'Give ranges such as 0-5');
}

function checkRoles(roles: readonly string[]): void {
  const unknown = roles.find((role) => !ROLES.some((each) => inGroup(each, role)));
  if (unknown === undefined) return;
  const groups = [...new Set(ROLES.map((role) => role.split('.')[0]!))];
  throw new NeuroMfaError('usage', 'roles', `"${unknown}" is no role`, `Choose among ${groups.join(', ')}`);
}

function inGroup(role: string, group: string): boolean {
  return role === group || role.startsWith(`${group}.`);
}

/** `*` stands for any text, `?` for one character; all else is literal. */
function globPattern(glob: string): RegExp {
  const literal = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** By its own name or by that of one of its tensors, with or without `.weight`. */
function named({ name, parts }: Projection, patterns: readonly RegExp[]): boolean {
  const names = [name, ...parts.flatMap(({ tensor }) => [tensor, tensor.replace(/\.weight$/, '')])];
  return patterns.some((pattern) => names.some((each) => pattern.test(each)));
}

function inBlocks({ block }: Projection, ranges: Subset['blocks']): boolean {
  return block !== null && ranges.some(([first, last]) => block >= first && block <= last);
}

function tensorsOf(projections: readonly Projection[]): Set<string> {
  return new Set(projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
}

function nothingLeft({ projections, blocks }: Network, subject: string): NeuroMfaError {
  const roles = [...new Set(projections.map(({ role }) => role))];
  const names = projections.slice(0, LISTED).map(({ name }) => name);
  const more = projections.length - names.length;
  return new NeuroMfaError(
    'usage',
    subject,
    'the choice of names, blocks and roles leaves no projection',
    `There are ${blocks} blocks (from 0), the roles ${roles.join(', ')}, and projections such as ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  );
}
