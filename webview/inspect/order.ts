/** Orders tensors by a column. They come in the order of their names, so every other order is one pass of counting. */
import { NONE } from '../../src/protocol/tensorTable';
import { parametersOf, type Tensors } from './tensors';

export const COLUMNS = ['name', 'dtype', 'shape', 'bytes', 'role', 'place'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  column: Column;
  descending: boolean;
}

/** All tensors in this order; equal ones by name. */
export function ordered(tensors: Tensors, { column, descending }: Order): Uint32Array {
  if (column === 'name') {
    const rows = new Uint32Array(tensors.count).map((_, i) => i);
    return descending ? rows.reverse() : rows;
  }
  const { codes, ranks } = ranking(tensors, column);
  const levels = ranks.length;
  const starts = new Uint32Array(levels + 1);
  const level = (tensor: number): number => {
    const rank = ranks[codes[tensor]!]!;
    return descending ? levels - 1 - rank : rank;
  };
  for (let i = 0; i < tensors.count; i++) starts[level(i) + 1]!++;
  for (let i = 0; i < levels; i++) starts[i + 1]! += starts[i]!;
  const order = new Uint32Array(tensors.count);
  for (let i = 0; i < tensors.count; i++) order[starts[level(i)]!++] = i;
  return order;
}

/** The tensors of `order` that were found. */
export function filtered(order: Uint32Array, found: Uint8Array): Uint32Array {
  const kept = new Uint32Array(order.length);
  let count = 0;
  for (const tensor of order) if (found[tensor]) kept[count++] = tensor;
  return kept.subarray(0, count);
}

/** The column's values as codes, and the rank of each code. */
function ranking(
  tensors: Tensors,
  column: Exclude<Column, 'name'>,
): { codes: Uint32Array; ranks: Uint32Array } {
  const { kindList, kinds, roleList, reasonList } = tensors;
  switch (column) {
    case 'dtype':
      return { codes: kinds, ranks: ranksOf(kindList, (a, b) => compare(a.dtype, b.dtype)) };
    case 'bytes':
      return { codes: kinds, ranks: ranksOf(kindList, (a, b) => a.bytes - b.bytes) };
    case 'shape':
      return {
        codes: kinds,
        ranks: ranksOf(
          kindList,
          (a, b) =>
            parametersOf(a) - parametersOf(b) ||
            a.shape.length - b.shape.length ||
            compareSizes(a.shape, b.shape),
        ),
      };
    case 'role': {
      // Tensors that are left out come last.
      const names = ranksOf([...roleList], compare);
      const codes = tensors.roles.map((role) => Math.min(role, roleList.length));
      return { codes, ranks: Uint32Array.of(...names, roleList.length) };
    }
    case 'place': {
      // Network order, then by reason.
      const reasons = ranksOf([...reasonList], compare);
      const { projectionCount } = tensors;
      const codes = tensors.projections.map((projection, i) =>
        projection === NONE ? projectionCount + Math.min(reasonList.length, tensors.reasons[i]!) : projection,
      );
      const ranks = new Uint32Array(projectionCount + reasonList.length + 1);
      for (let i = 0; i < ranks.length; i++)
        ranks[i] =
          i < projectionCount ? i : projectionCount + (reasons[i - projectionCount] ?? reasonList.length);
      return { codes, ranks };
    }
  }
}

/** The rank of each item; equal items have equal ranks. */
function ranksOf<T>(items: readonly T[], order: (a: T, b: T) => number): Uint32Array {
  const sorted = items.map((_, i) => i).sort((a, b) => order(items[a]!, items[b]!));
  const ranks = new Uint32Array(items.length);
  sorted.forEach((item, at) => {
    const before = sorted[at - 1];
    const same = before !== undefined && order(items[before]!, items[item]!) === 0;
    ranks[item] = same ? ranks[before]! : at;
  });
  return ranks;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareSizes(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((size, i) => size !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
