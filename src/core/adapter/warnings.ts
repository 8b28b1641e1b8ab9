import type { CheckpointInfo } from '../../protocol/analysis';

/** What a careful reader should know about the numbers of a low-rank adapter; nothing of any other checkpoint. */
export function adapterWarnings({ adapter }: CheckpointInfo): string[] {
  if (!adapter) return [];
  const { base, scale } = adapter;
  const list: string[] = [];
  if (!base) {
    list.push(
      'these are numbers of a low-rank update s·B·A alone, without the model that it changes; its weights are small, so lengths relative to their median (scale-free) suit it',
    );
  }
  if (scale === null) {
    list.push(
      `nothing tells the scale of ${base ? 'the updates' : 'the update'} (lora_alpha in adapter_config.json, alpha tensors), which is taken as 1: ${
        base
          ? 'what is added to the base may be too much or too little'
          : 'edge lengths may be off by a factor'
      }`,
    );
  }
  return list;
}
