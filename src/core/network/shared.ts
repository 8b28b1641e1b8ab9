/** Tied and shared tensors count once. */
import type { Fact } from '../../protocol/facts';
import type { Network, Projection, TensorShape } from './types';

/**
 * The network without projections whose weights are all those of an earlier one, under other names. The draws do not
 * change: sharing changes no neuron.
 */
export function countSharedOnce(network: Network, tensors: readonly TensorShape[]): Network {
  if (!anyShared(tensors)) return network;
  const places = new Map(tensors.map((tensor) => [tensor.name, placeOf(tensor)]));
  const seen = new Map<string, string>();
  const projections: Projection[] = [];
  const skipped = [...network.skipped];
  for (const projection of network.projections) {
    const keys = projection.parts.map(({ tensor, skip }) => `${places.get(tensor)!}+${skip}`);
    const first = seen.get(keys[0]!);
    if (first !== undefined && keys.every((key) => seen.has(key))) {
      const reason: Fact = { code: 'shares-values', with: first };
      const names = new Set(projection.parts.map(({ tensor }) => tensor));
      for (const tensor of names) skipped.push({ tensor, reason });
      continue;
    }
    projections.push(projection);
    for (const key of keys) seen.set(key, projection.name);
  }
  return { ...network, projections, skipped };
}

/**
 * Whether two tensors begin at one position: for half a million tensors this is much faster than comparing their
 * shapes.
 */
function anyShared(tensors: readonly TensorShape[]): boolean {
  const begins = new Map<string, number[]>();
  for (const { file, offset } of tensors) {
    if (file === undefined || offset === undefined) continue;
    const others = begins.get(file.path);
    if (others) others.push(offset);
    else begins.set(file.path, [offset]);
  }
  return [...begins.values()].some((offsets) =>
    Float64Array.from(offsets)
      .sort()
      .some((offset, i, sorted) => i > 0 && sorted[i - 1] === offset),
  );
}

/** Equal for tensors with the same values; unique where their positions are unknown. */
function placeOf({ name, file, offset, dtype, shape, recipe }: TensorShape): string {
  if (file === undefined || offset === undefined) return name;
  const own = `${file.path}@${offset}:${dtype}:${shape.join('x')}`;
  // A square matrix and its transposed view differ only in their strides.
  return recipe ? `${own}:${JSON.stringify(recipe)}` : own;
}
