/** Tensor names: what wraps them, and their natural order. */
import type { TensorShape } from './types';

/** Path components that training wrappers insert anywhere in a name and that say nothing about the model. */
const WRAPPER =
  /(^|\.)(?:_orig_mod|module|_forward_module|_fsdp_wrapped_module|_checkpoint_wrapped_module|base_layer)(?=\.)/g;

/** The name without wrappers and without its final `.weight`: the path of the layer that owns the weight. */
export function layerPath(name: string): string {
  const bare = name.replace(WRAPPER, '').replace(/^\./, '');
  return withoutWeight(bare);
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

export interface NamedTensor<T extends TensorShape = TensorShape> {
  tensor: T;
  path: string;
}

/** Tensors in natural order of their paths, whatever their order in the file, and grouped for quick matching. */
export interface TensorIndex<T extends TensorShape = TensorShape> {
  all: readonly NamedTensor<T>[];
  /** Tensors of two and more dimensions by skeleton. */
  bySkeleton: ReadonlyMap<string, readonly NamedTensor<T>[]>;
}

export function indexTensors<T extends TensorShape>(tensors: readonly T[]): TensorIndex<T> {
  const all = tensors
    .map((tensor) => {
      const path = layerPath(tensor.name);
      return { tensor, path, key: naturalKey(path) };
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key !== b.key ? 1 : a.tensor.name < b.tensor.name ? -1 : 1));
  const bySkeleton = new Map<string, NamedTensor<T>[]>();
  for (const named of all) {
    if (named.tensor.shape.length < 2) continue;
    const key = skeleton(named.path);
    const same = bySkeleton.get(key);
    if (same) same.push(named);
    else bySkeleton.set(key, [named]);
  }
  return { all, bySkeleton };
}

/**
 * One name for several tensors by their common path, as in `layers.0.attn.{q_proj,k_proj,v_proj}`.
 * @param matrix its number in a stack of matrices.
 */
export function jointName(names: readonly string[], matrix: number | null): string {
  const [first = ''] = names;
  const suffix = matrix === null ? '' : `[${matrix}]`;
  if (names.length === 1) return first + suffix;
  let shared = '';
  for (const component of first.split(/(?<=\.)/).slice(0, -1)) {
    if (!names.every((name) => name.startsWith(shared + component))) break;
    shared += component;
  }
  return `${shared}{${names.map((name) => name.slice(shared.length)).join(',')}}${suffix}`;
}
