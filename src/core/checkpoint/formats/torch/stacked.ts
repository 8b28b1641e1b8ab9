/**
 * Megatron stores equal layers as one tensor, with the layers as first dimension:
 * `decoder.layers.mlp.linear_fc1.weight` [layers, targets, sources]. Here every layer becomes a tensor of its own, as
 * in Megatron's other formats.
 */
import { DTYPE_BITS } from '../../dtype';
import type { TensorInfo } from '../../types';

/** A list of layers without a layer number. */
const STACK = /^(.*?(?:^|\.)layers\.)(?!\d)(.+)$/;
const NUMBERED = /(?:^|\.)layers\.\d/;

/**
 * The same tensors with stacks divided: those whose names have `layers` without a number, where all of one list have
 * the same first dimension.
 */
export function unstacked(tensors: readonly TensorInfo[]): TensorInfo[] {
  const weights = tensors.filter(({ use }) => !use);
  if (weights.some(({ name }) => NUMBERED.test(name))) return [...tensors];
  const layers = new Map<string, number | null>();
  for (const { name, shape } of weights) {
    const list = STACK.exec(name)?.[1];
    if (list === undefined) continue;
    const known = layers.get(list);
    const count = shape.length < 2 ? null : shape[0]!;
    layers.set(list, known === undefined || known === count ? count : null);
  }
  return tensors.flatMap((tensor) => {
    const [, list, rest] = STACK.exec(tensor.name) ?? [];
    const count = tensor.use || list === undefined ? null : (layers.get(list) ?? null);
    return count === null
      ? [tensor]
      : Array.from({ length: count }, (_, i) => ({
          ...layerOf(tensor, i),
          name: `${list!}${i}.${rest!}`,
        }));
  });
}

/** The tensor at one index of the first dimension. */
function layerOf(tensor: TensorInfo, index: number): TensorInfo {
  const { dtype, recipe, offset, shape: whole, bytes, ...rest } = tensor;
  const shape = whole.slice(1);
  const size = DTYPE_BITS[dtype] / 8;
  const own = { ...rest, dtype, shape, bytes: bytes / whole[0]! };
  if (recipe?.kind === 'strided') {
    const at = recipe.offset + index * recipe.strides[0]! * size;
    return { ...own, offset: at, recipe: { ...recipe, offset: at, shape, strides: recipe.strides.slice(1) } };
  }
  if (recipe?.kind !== 'pieces') return { ...own, offset: offset + index * own.bytes };
  const tiles = recipe.tiles
    .filter(({ starts, sizes }) => index >= starts[0]! && index < starts[0]! + sizes[0]!)
    .map(({ file, offset: at, starts, sizes: [, ...sizes] }) => ({
      file,
      offset: at + (index - starts[0]!) * sizes.reduce((product, each) => product * each, size),
      starts: starts.slice(1),
      sizes,
    }));
  const [first, ...others] = tiles;
  return others.length === 0
    ? { ...own, file: first!.file, offset: first!.offset }
    : { ...own, file: first!.file, offset: first!.offset, recipe: { kind: 'pieces', shape, tiles } };
}
