/** Finds the blocks of a family among a checkpoint's tensors, by name. */
import { smallest } from '../../protocol/extremes';
import type { Family, Stack } from './family';
import { shortened } from '../../protocol/visible';
import { misfit } from './misfit';
import { naturalKey, replaceLastNumber, skeleton, type TensorIndex } from './names';
import type { TensorShape } from './types';

export interface Block {
  stack: Stack;
  /** The text before the block's path: it distinguishes copies of a stack, such as the text and the vision tower. */
  prefix: string;
  /** The block's own path, prefix included. */
  path: string;
  /** The numbers in the path. */
  numbers: readonly number[];
  /** Tensors of two or more dimensions that the family knows, by their path inside the block. */
  tensors: ReadonlyMap<string, TensorShape>;
  /** The same for names with `#`, by the number in place of it: there may be thousands of experts. */
  numbered: ReadonlyMap<string, ReadonlyMap<number, TensorShape>>;
}

interface OpenBlock extends Block {
  tensors: Map<string, TensorShape>;
  numbered: Map<string, Map<number, TensorShape>>;
}

/** Finds blocks in network order. @param taken 1 in the row of every tensor that already belongs to something else. */
export function findBlocks(family: Family, index: TensorIndex, taken: Uint8Array): Block[] {
  const blocks = family.stacks.flatMap((stack) => stackBlocks(stack, index, taken));
  const rank = new Map(family.stacks.map((stack, i) => [stack, i]));
  return blocks.sort(
    (a, b) =>
      compare(prefixKey(a.prefix), prefixKey(b.prefix)) ||
      a.stack.phase - b.stack.phase ||
      compareNumbers(a.numbers, b.numbers) ||
      rank.get(a.stack)! - rank.get(b.stack)!,
  );
}

function stackBlocks(stack: Stack, index: TensorIndex, taken: Uint8Array): Block[] {
  // Most stacks of most families do not occur in a checkpoint and need no pattern.
  const begin = skeleton(stack.block).split('#')[0]!;
  const groups = [...index.bySkeleton].filter(
    ([shared, tensors]) => shared.includes(begin) && tensors.some(({ row }) => taken[row] !== 1),
  );
  if (groups.length === 0) return [];
  const names = tensorNames(stack);
  const inName = pattern(stack, names, '(\\d+)', (path) => path);
  const inSkeleton = pattern(stack, names, '(\\d+|#)', skeleton);
  const numbered = names.filter((name) => name.includes('#')).map(numberedName);
  const blocks = new Map<string, OpenBlock>();
  for (const [shared, tensors] of groups) {
    if (!inSkeleton.test(shared)) continue;
    let block: OpenBlock | undefined;
    for (const { path, tensor, row } of tensors) {
      if (taken[row] === 1) continue;
      // Experts of one block are adjacent.
      if (block && path.startsWith(block.path) && path[block.path.length] === '.') {
        if (addNumbered(block, numbered, path.slice(block.path.length + 1), tensor)) continue;
      }
      const match = inName.exec(path);
      if (!match) continue;
      const rest = match.at(-1)!;
      const blockPath = path.slice(0, path.length - rest.length - 1);
      block = blocks.get(blockPath);
      if (!block) {
        const numbers = match.slice(2, -1).map(Number);
        const prefix = match[1]!;
        block = { stack, prefix, path: blockPath, numbers, tensors: new Map(), numbered: new Map() };
        blocks.set(blockPath, block);
      }
      if (!addNumbered(block, numbered, rest, tensor)) block.tensors.set(rest, tensor);
    }
  }
  const found = [...blocks.values()].filter(({ numbers }) => (numbers[0] ?? 0) >= stack.from);
  if (stack.backwards)
    return found.map((block) => ({ ...block, numbers: [-block.numbers[0]!, ...block.numbers.slice(1)] }));
  if (!stack.between) return found;
  const first = stack.from > 0 ? 1 : smallest(found.map(({ numbers }) => numbers[0]!));
  return found.map((block) => ({
    ...block,
    numbers: [block.numbers[0]! - first, ...block.numbers.slice(1)],
  }));
}

/** A name with `#`, split there. */
interface NumberedName {
  name: string;
  before: string;
  after: string;
}

function numberedName(name: string): NumberedName {
  const [before = '', after = ''] = name.split('#');
  return { name, before, after };
}

/** Adds the tensor to the block if its path there is one of `names` with a number. */
function addNumbered(
  block: OpenBlock,
  names: readonly NumberedName[],
  path: string,
  tensor: TensorShape,
): boolean {
  for (const { name, before, after } of names) {
    if (!path.startsWith(before) || !path.endsWith(after)) continue;
    const digits = path.slice(before.length, path.length - after.length);
    const number = Number(digits);
    if (!/^\d+$/.test(digits) || String(number) !== digits) continue;
    let same = block.numbered.get(name);
    if (!same) block.numbered.set(name, (same = new Map<number, TensorShape>()));
    same.set(number, tensor);
    return true;
  }
  return false;
}

/** All tensors of a block. */
export function blockTensors({ tensors, numbered }: Block): TensorShape[] {
  return [...tensors.values(), ...[...numbered.values()].flatMap((same) => [...same.values()])];
}

/** The names of a stack's tensors, without repetitions. */
function tensorNames({ places }: Stack): string[] {
  const steps = places.flat().flatMap(({ variants }) => variants.flat());
  return [...new Set(steps.flatMap(({ weights }) => weights.flatMap(({ tensors }) => tensors)))];
}

/** Matches a path of the stack: prefix, block numbers, and a layer that its units know. */
function pattern(
  stack: Stack,
  names: readonly string[],
  number: string,
  written: (path: string) => string,
): RegExp {
  const rest = names.map((name) => withNumbers(written(name), number.replace('(', '(?:'))).join('|');
  return new RegExp(`^((?:.+?\\.)?)${withNumbers(written(stack.block), number)}\\.(${rest})$`);
}

function withNumbers(path: string, number: string): string {
  return path.replaceAll('.', '\\.').replaceAll('#', number);
}

/** @throws NeuroMfaError `unsupported` where a block lacks numbers that its neighbors have. */
export function expectNoGaps(blocks: readonly Block[]): void {
  const next = new Map<string, number>();
  for (const { stack, path, numbers } of blocks) {
    if (stack.gaps || numbers.length === 0) continue;
    const number = numbers.at(-1)!;
    const siblings = replaceLastNumber(path, '#');
    const expected = next.get(siblings) ?? 0;
    if (number !== expected) {
      throw misfit(
        `block ${shortened(siblings.replace('#', String(expected)))} is missing (found block ${number} next)`,
      );
    }
    next.set(siblings, number + 1);
  }
}

/** Sorts naturally, but puts an encoder before its decoder. */
function prefixKey(prefix: string): string {
  return naturalKey(prefix.replace(/(^|[._])decoder(?=[._])/g, '$1encoder~'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares the levels that both have. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const level = a.findIndex((number, i) => i < b.length && number !== b[i]);
  return level < 0 ? 0 : a[level]! - b[level]!;
}
