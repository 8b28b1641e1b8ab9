/** Groups tensors by the module that owns them: a tensor's siblings show what it is. */
import { bareName, type NamedTensor } from '../names';

/** Tensors of one module by their leaf names, such as `weight`, `weight_scale` and `weight.absmax`. */
export type Leaves = ReadonlyMap<string, NamedTensor>;

/**
 * The module's path and the leaf name. Names such as `weight.…` belong to the module's weight and thus to the module.
 */
export function splitName(name: string): [module: string, leaf: string] {
  const bare = bareName(name);
  const inner = bare.lastIndexOf('.weight.');
  const dot = inner >= 0 ? inner : bare.lastIndexOf('.');
  return dot < 0 ? ['', bare] : [bare.slice(0, dot), bare.slice(dot + 1)];
}

export function modulesOf(tensors: readonly NamedTensor[]): ReadonlyMap<string, Leaves> {
  const modules = new Map<string, Map<string, NamedTensor>>();
  for (const named of tensors) {
    const [module, leaf] = splitName(named.tensor.name);
    const leaves = modules.get(module);
    if (leaves) leaves.set(leaf, named);
    else modules.set(module, new Map([[leaf, named]]));
  }
  return modules;
}
