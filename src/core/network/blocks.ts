/** Finds the blocks of a family among a checkpoint's tensors, by name. */
import type { Family, Stack } from './family';
import { misfit } from './misfit';
import { naturalKey, skeleton, type TensorIndex } from './names';
import type { TensorShape } from './types';

export interface Block {
  stack: Stack;
  /** What stands before the block's path: it tells copies of a stack apart, such as the text and the vision tower. */
  prefix: string;
  /** The block's own path, prefix included. */
  path: string;
  /** The numbers in it. */
  numbers: readonly number[];
  /** Tensors of two and more dimensions that the family knows, by their path inside the block. */
  tensors: ReadonlyMap<string, TensorShape>;
}

/** Blocks in network order. @param taken names of tensors that belong to something else already. */
export function findBlocks(family: Family, index: TensorIndex, taken: ReadonlySet<string>): Block[] {
  const blocks = family.stacks.flatMap((stack) => stackBlocks(stack, index, taken));
  const rank = new Map(family.stacks.map((stack, i) => [stack, i]));
  return blocks.sort(
    (a, b) =>
      compare(naturalKey(a.prefix), naturalKey(b.prefix)) ||
      a.stack.phase - b.stack.phase ||
      compareNumbers(a.numbers, b.numbers) ||
      rank.get(a.stack)! - rank.get(b.stack)!,
  );
}

function stackBlocks(stack: Stack, index: TensorIndex, taken: ReadonlySet<string>): Block[] {
  const inName = pattern(stack, '(\\d+)', (path) => path);
  const inSkeleton = pattern(stack, '(\\d+|#)', skeleton);
  const blocks = new Map<string, Block & { tensors: Map<string, TensorShape> }>();
  for (const [shared, tensors] of index.bySkeleton) {
    if (!inSkeleton.test(shared)) continue;
    for (const { path, tensor } of tensors) {
      const match = taken.has(tensor.name) ? null : inName.exec(path);
      if (!match) continue;
      const { prefix, rest } = match.groups as { prefix: string; rest: string };
      const blockPath = path.slice(0, path.length - rest.length - 1);
      let block = blocks.get(blockPath);
      if (!block) {
        const numbers = match.slice(2, -1).map(Number);
        blocks.set(blockPath, (block = { stack, prefix, path: blockPath, numbers, tensors: new Map() }));
      }
      block.tensors.set(rest, tensor);
    }
  }
  const found = [...blocks.values()];
  if (!stack.between) return found;
  const first = Math.min(...found.map(({ numbers }) => numbers[0]!));
  return found.map((block) => ({
    ...block,
    numbers: [block.numbers[0]! - first, ...block.numbers.slice(1)],
  }));
}

/** Matches a path of the stack: prefix, block numbers, and a layer that its units know. */
function pattern(stack: Stack, number: string, written: (path: string) => string): RegExp {
  const steps = stack.places.flat().flatMap(({ variants }) => variants.flat());
  const names = new Set(steps.flatMap(({ weights }) => weights.flatMap(({ tensors }) => tensors)));
  const rest = [...names].map((name) => withNumbers(written(name), number.replace('(', '(?:'))).join('|');
  return new RegExp(
    `^(?<prefix>(?:.+?\\.)?)${withNumbers(written(stack.block), number)}\\.(?<rest>${rest})$`,
  );
}

function withNumbers(path: string, number: string): string {
  return path.replaceAll('.', '\\.').replaceAll('#', number);
}

/** The numbers that stand for the one `#` of `name` in those paths that fit it, ascending. */
export function numbersIn(name: string, paths: Iterable<string>): number[] {
  const [before = '', after = ''] = name.split('#');
  const numbers = new Set<number>();
  for (const path of paths) {
    if (!path.startsWith(before) || !path.endsWith(after)) continue;
    const number = path.slice(before.length, path.length - after.length);
    if (/^\d+$/.test(number)) numbers.add(Number(number));
  }
  return [...numbers].sort((a, b) => a - b);
}

/** @throws NeuroMfaError `unsupported` when a block lacks that its neighbours' numbers promise. */
export function expectNoGaps(blocks: readonly Block[]): void {
  const next = new Map<string, number>();
  for (const { stack, path, numbers } of blocks) {
    if (stack.gaps || numbers.length === 0) continue;
    const number = numbers.at(-1)!;
    const siblings = path.replace(/\d+(?=\D*$)/, '#');
    const expected = next.get(siblings) ?? 0;
    if (number !== expected) {
      throw misfit(
        `block ${siblings.replace('#', String(expected))} is missing (found block ${number} next)`,
      );
    }
    next.set(siblings, number + 1);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By the levels that both have. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const level = a.findIndex((number, i) => i < b.length && number !== b[i]);
  return level < 0 ? 0 : a[level]! - b[level]!;
}
