/** Checks a user's choice of a part of a network and brings it into the one form in which results record it. */
import type { Subset } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { SubsetInput } from '../../protocol/subset';
import { quoted } from '../../protocol/visible';
import { isGlob } from './glob';
import { ROLES } from './types';

/**
 * The same choice gives the same subset, however it is written: lists have no order and no repetitions, touching ranges
 * are joined, and a role within a chosen group is dropped.
 * @returns null where nothing is chosen: all of the network.
 * @throws NeuroMfaError `usage`; its subject is the key of {@link SubsetInput} concerned.
 */
export function makeSubset(input: Partial<SubsetInput>): Subset | null {
  const list = (key: keyof SubsetInput): string[] => listOf(key, input[key] ?? []);
  const [include, exclude] = [names('include', list('include')), names('exclude', list('exclude'))];
  const [blocks, roles] = [joined(list('blocks').map(blockRange)), outermost(list('roles').map(knownRole))];
  const nothing = [include, exclude, blocks, roles].every(({ length }) => length === 0);
  return nothing ? null : { include, exclude, blocks, roles };
}

/** Names may list every projection wanted; blocks are chosen by ranges, and roles are few. */
const MAX_LISTED = { include: 10_000, exclude: 10_000, blocks: 1000, roles: 1000 };
/** The greatest length of a tensor's name. */
const MAX_CHARACTERS = 4096;
/** Each is tried on every name. */
const MAX_GLOBS = 100;

/** Whether `role` is `group` or one of its roles. */
export function inGroup(role: string, group: string): boolean {
  return role === group || role.startsWith(`${group}.`);
}

/** Settings may contain anything. Order and repetition do not matter. */
function listOf(key: keyof SubsetInput, value: unknown): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
    expectFew(key, value);
    return [...new Set(value)].sort();
  }
  throw new NeuroMfaError(
    'usage',
    key,
    'it is no list of texts',
    'Give a list, empty for all of the network',
  );
}

/** @throws NeuroMfaError `usage` where there are too many to try on every name. */
function expectFew(key: keyof SubsetInput, list: readonly string[]): void {
  const tooMany = (what: string): NeuroMfaError =>
    new NeuroMfaError('usage', key, what, 'Choose with fewer or shorter names; * stands for any text');
  const most = MAX_LISTED[key];
  if (list.length > most) throw tooMany(`${list.length} entries are more than ${most}`);
  if (list.some(({ length }) => length > MAX_CHARACTERS))
    throw tooMany(`an entry has more than ${MAX_CHARACTERS} characters`);
  const globs = list.filter(isGlob).length;
  if (globs > MAX_GLOBS) throw tooMany(`${globs} names with * or ? are more than ${MAX_GLOBS}`);
}

function names(key: 'include' | 'exclude', list: string[]): string[] {
  if (!list.some((name) => name.trim() === '')) return list;
  throw new NeuroMfaError(
    'usage',
    key,
    'a name is empty',
    'Give names of projections or tensors, with * and ?',
  );
}

function blockRange(text: string): [number, number] {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match && first <= last) return [first, last];
  throw new NeuroMfaError(
    'usage',
    'blocks',
    `${quoted(text)} is no range of blocks`,
    'Give ranges such as 0-5',
  );
}

/** Joins ranges that overlap or are adjacent. */
function joined(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function knownRole(role: string): string {
  if (ROLES.some((each) => inGroup(each, role))) return role;
  const groups = [...new Set(ROLES.map((each) => each.split('.')[0]!))];
  throw new NeuroMfaError(
    'usage',
    'roles',
    `unknown role ${quoted(role)}`,
    `Valid roles: ${groups.join(', ')}`,
  );
}

const outermost = (roles: readonly string[]): string[] =>
  roles.filter((role) => !roles.some((other) => other !== role && inGroup(role, other)));
