/** Tensor names: what wraps them, and their natural order. */
import { NamePieces, pickNames, type PackedNames } from '../../protocol/packedNames';
import { sameSequence, sortSequences, type Sequences } from './naturalOrder';
import { holdsWeights } from './reasons';
import type { TensorShape } from './types';

/** Path components that training wrappers insert anywhere in a name and that say nothing about the model. */
const WRAPPER_NAMES = [
  '_orig_mod',
  'module',
  '_forward_module',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  'base_layer',
];
const WRAPPER = new RegExp(`(^|\\.)(?:${WRAPPER_NAMES.join('|')})(?=\\.)`, 'g');
const WRAPPERS = new Set(WRAPPER_NAMES.map((name) => `${name}.`));

/** The name without wrappers and without its final `.weight`: the path of the layer that owns the weight. */
export function layerPath(name: string): string {
  return withoutWeight(bareName(name));
}

/** The name without wrappers. */
export function bareName(name: string): string {
  return name.replace(WRAPPER, '').replace(/^\./, '');
}

const WEIGHT = '.weight';

/** The name without its final `.weight`. */
export function withoutWeight(name: string): string {
  return name.endsWith(WEIGHT) ? name.slice(0, -WEIGHT.length) : name;
}

const DIGITS = 12;

/** A key whose plain order is the natural order of names: numbers by value, `layers.2` before `layers.10`. */
export function naturalKey(name: string): string {
  return name.replace(/\d+/g, (number) => number.padStart(DIGITS, '0'));
}

/** The path with every component that is a number replaced by `#`: equal for the same layer of all blocks. */
export function skeleton(path: string): string {
  return path.replace(/(^|\.)\d+(?=\.|$)/g, '$1#');
}

/**
 * Where the number begins that ends at `end`; `end` itself where there is none. Looks back only once, whatever the text
 * is.
 */
export function numberBefore(text: string, end: number): number {
  let begin = end;
  while (begin > 0 && isDigit(text, begin - 1)) begin--;
  return begin;
}

/** The text with its last number replaced; unchanged where it has none. */
export function replaceLastNumber(text: string, by: string): string {
  let end = text.length;
  while (end > 0 && !isDigit(text, end - 1)) end--;
  return end === 0 ? text : text.slice(0, numberBefore(text, end)) + by + text.slice(end);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

export interface NamedTensor<T extends TensorShape = TensorShape> {
  tensor: T;
  path: string;
  /** Its place among all tensors, in natural order. */
  row: number;
  /** Whether a router beside it chooses among its matrices. */
  routed?: true;
}

/** Tensors in natural order of their paths, whatever their order in the file, and grouped for quick matching. */
export interface TensorIndex<T extends TensorShape = TensorShape> {
  all: readonly NamedTensor<T>[];
  /** Tensors that may be projections (see `holdsWeights`) by skeleton: families see no others. */
  bySkeleton: ReadonlyMap<string, readonly NamedTensor<T>[]>;
  /** The names of `all`, the pieces that they are made of, and the row of each. */
  names: PackedNames;
  pieces: NamePieces;
  rows: ReadonlyMap<string, number>;
  /** By row: the tensor's place in the order of the files. */
  order: Uint32Array<ArrayBuffer>;
}

export function indexTensors<T extends TensorShape>(tensors: readonly T[]): TensorIndex<T> {
  const pieces = new NamePieces();
  const names = pieces.pack(tensors.map(({ name }) => name));
  const { paths, codes, ends } = packPaths(tensors, names, pieces);
  const keys = naturalRanks(pieces.list);
  const values = new Uint32Array(codes.length);
  for (let i = 0; i < values.length; i++) values[i] = keys[codes[i]!]!;
  const order = sortSequences({ values, ends });
  sortEqual(order, { values, ends }, tensors);
  const all = Array.from(order, (i, row): NamedTensor<T> => ({ tensor: tensors[i]!, path: paths[i]!, row }));
  const rows = new Map(all.map(({ tensor }, row) => [tensor.name, row]));
  const bySkeleton = groupBySkeleton(all, order, { codes, ends }, pieces.list);
  return { all, bySkeleton, names: pickNames(names, order), pieces, rows, order };
}

/** The index without some tensors; row numbers do not change. @param out 1 in the row of each tensor to leave out. */
export function withoutRows(index: TensorIndex, out: Uint8Array): TensorIndex {
  const kept = (list: readonly NamedTensor[]): NamedTensor[] => list.filter(({ row }) => out[row] === 0);
  const bySkeleton = [...index.bySkeleton].map(([key, same]) => [key, kept(same)] as const);
  return {
    ...index,
    all: kept(index.all),
    bySkeleton: new Map(bySkeleton.filter(([, same]) => same.length > 0)),
  };
}

/** The pieces of every tensor's path, derived from those of its name: `.weight` and wrappers are few. */
function packPaths(
  tensors: readonly TensorShape[],
  names: PackedNames,
  pieces: NamePieces,
): { paths: string[] } & PackedNames {
  const weight = pieces.codeOf(WEIGHT.slice(1));
  const without = new Map<number, number>();
  /** The piece without its dot. */
  const undotted = (code: number): number => {
    let found = without.get(code);
    if (found === undefined) without.set(code, (found = pieces.codeOf(pieces.list[code]!.slice(0, -1))));
    return found;
  };
  const wraps = pieces.list.map((piece) => piece === '.' || WRAPPERS.has(piece));
  const codes = new Uint32Array(names.codes.length);
  const ends = new Uint32Array(names.ends.length);
  let count = 0;
  let at = 0;
  const paths = tensors.map(({ name }, i) => {
    const begin = at;
    const end = (at = names.ends[i]!);
    let wrapped = false;
    for (let piece = begin; piece < end; piece++) {
      wrapped ||= wraps[names.codes[piece]!]!;
      codes[count + piece - begin] = names.codes[piece]!;
    }
    let path = name;
    if (wrapped) {
      path = layerPath(name);
      count = pieces.write(path, codes, count);
    } else {
      count += end - begin;
      if (end - begin > 1 && names.codes[end - 1] === weight) {
        path = withoutWeight(name);
        codes[--count - 1] = undotted(names.codes[end - 2]!);
      }
    }
    ends[i] = count;
    return path;
  });
  return { paths, codes: codes.subarray(0, count), ends };
}

/** For each piece its rank in natural order; equal for pieces that differ only in leading zeros. */
function naturalRanks(pieces: readonly string[]): Uint32Array {
  const keys = pieces.map(naturalKey);
  const ranks = new Map([...new Set(keys)].sort().map((key, rank) => [key, rank]));
  return Uint32Array.from(keys, (key) => ranks.get(key)!);
}

/** Puts tensors of one path in order of their names. */
function sortEqual(order: Uint32Array, paths: Sequences, tensors: readonly TensorShape[]): void {
  for (let from = 0, to; from < order.length; from = to) {
    to = from + 1;
    while (to < order.length && sameSequence(paths, order[from]!, order[to]!)) to++;
    if (to - from === 1) continue;
    const nameOf = (tensor: number): string => tensors[tensor]!.name;
    order.subarray(from, to).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

interface SkeletonNode<T> {
  skeleton: string;
  next: Map<string, SkeletonNode<T>>;
  group: T[] | null;
}

/** @param all in the order of their paths, which is `order`: most of a path equals that of its neighbor. */
function groupBySkeleton<T extends TensorShape>(
  all: readonly NamedTensor<T>[],
  order: Uint32Array,
  { codes, ends }: PackedNames,
  pieces: readonly string[],
): Map<string, NamedTensor<T>[]> {
  const groups = new Map<string, NamedTensor<T>[]>();
  const skeletons = pieces.map((piece) => piece.replace(/^\d+(?=\.?$)/, '#'));
  /** The nodes along the current path, piece by piece. */
  const passed: SkeletonNode<NamedTensor<T>>[] = [{ skeleton: '', next: new Map(), group: null }];
  let before = 0;
  for (let i = 0; i < order.length; i++) {
    const begin = order[i] === 0 ? 0 : ends[order[i]! - 1]!;
    const end = ends[order[i]!]!;
    let at = begin;
    while (at - begin < passed.length - 1 && at < end && codes[at] === codes[before + at - begin]) at++;
    passed.length = at - begin + 1;
    for (; at < end; at++) {
      const node = passed.at(-1)!;
      const own = skeletons[codes[at]!]!;
      let next = node.next.get(own);
      if (!next) node.next.set(own, (next = { skeleton: node.skeleton + own, next: new Map(), group: null }));
      passed.push(next);
    }
    before = begin;
    const named = all[i]!;
    if (!holdsWeights(named.tensor)) continue;
    const node = passed.at(-1)!;
    if (!node.group) groups.set(node.skeleton, (node.group = []));
    node.group.push(named);
  }
  return groups;
}

/**
 * One name for several tensors from their common path, as in `layers.0.attn.{q_proj,k_proj,v_proj}`.
 * @param matrix its number in a stack of matrices.
 */
export function jointName(names: readonly string[], matrix: number | null): string {
  const [first = ''] = names;
  const suffix = matrix === null ? '' : `[${matrix}]`;
  if (names.length === 1) return first + suffix;
  let shared = first.lastIndexOf('.') + 1;
  while (shared > 0 && !names.every((name) => name.startsWith(first.slice(0, shared)))) {
    shared = shared === 1 ? 0 : first.lastIndexOf('.', shared - 2) + 1;
  }
  return `${first.slice(0, shared)}{${names.map((name) => name.slice(shared)).join(',')}}${suffix}`;
}
