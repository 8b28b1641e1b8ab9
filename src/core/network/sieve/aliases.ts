/**
 * Leaves out tensors that are stored under several names, because frameworks reach their module by each: nnU-Net's
 * blocks and encoder, MONAI's DynUNet.
 */
import type { Fact } from '../../../protocol/facts';
import type { NamedTensor } from '../names';

/** The alias, and the name that counts. */
const ALIASES: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)decoder\.encoder\./, '$1encoder.'],
  [/\.all_modules\.0\./, '.conv.'],
  [/\.all_modules\.1\./, '.norm.'],
];

/** MONAI's `dynunet.py` stores its blocks once in lists and once nested in each other, from the outermost on. */
const NESTED = /^(.*?)skip_layers\.((?:next_layer\.)*)(downsample|upsample)?\.?(?=[^.])(.*)$/;

/**
 * The name in the list; unchanged where it is no such alias. @param ups the number of blocks in the list `upsamples`.
 */
function unnested(name: string, ups: number): string {
  const match = name.includes('skip_layers.') ? NESTED.exec(name) : null;
  if (!match) return name;
  const [, prefix = '', layers = '', side, rest = ''] = match;
  const depth = layers.length / 'next_layer.'.length;
  if (side === undefined) return `${prefix}bottleneck.${rest}`;
  const block =
    side === 'upsample'
      ? `upsamples.${ups - 1 - depth}`
      : depth === 0
        ? 'input_block'
        : `downsamples.${depth - 1}`;
  return `${prefix}${block}.${rest}`;
}

/** Why each tensor is left out that also exists under the name that counts, in the same shape. */
export function aliasReasons(all: readonly NamedTensor[]): Map<number, Fact> {
  const reasons = new Map<number, Fact>();
  const byName = new Map<string, NamedTensor>();
  const upsamples = new Set<string>();
  for (const named of all) {
    byName.set(named.tensor.name, named);
    const number = /(?:^|\.)upsamples\.(\d+)\./.exec(named.tensor.name)?.[1];
    if (number !== undefined) upsamples.add(number);
  }
  for (const { tensor, row } of all) {
    const name = ALIASES.reduce(
      (each, [alias, counts]) => each.replace(alias, counts),
      unnested(tensor.name, upsamples.size),
    );
    const other = name === tensor.name ? undefined : byName.get(name);
    if (other?.tensor.shape.join() === tensor.shape.join())
      reasons.set(row, { code: 'stored-again', as: name });
  }
  return reasons;
}
