/** Tensors of repeated blocks, found by name. */
import type { TensorShape } from './types';

export interface Block {
  index: number;
  /** By the name's part after the block prefix. */
  tensors: ReadonlyMap<string, TensorShape>;
}

/** @param pattern captures the block index and the rest of the name. @returns blocks by ascending index. */
export function indexBlocks(tensors: readonly TensorShape[], pattern: RegExp): Block[] {
  const blocks = new Map<number, Map<string, TensorShape>>();
  for (const tensor of tensors) {
    const match = pattern.exec(tensor.name);
    if (!match) continue;
    const index = Number(match[1]);
    let block = blocks.get(index);
    if (!block) blocks.set(index, (block = new Map<string, TensorShape>()));
    block.set(match[2]!, tensor);
  }
  return [...blocks].sort(([a], [b]) => a - b).map(([index, block]) => ({ index, tensors: block }));
}
