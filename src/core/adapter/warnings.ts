import type { CheckpointInfo } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';

/** What a careful reader should know about the numbers of a low-rank adapter; empty for any other checkpoint. */
export function adapterWarnings({ adapter }: CheckpointInfo): Fact[] {
  if (!adapter) return [];
  const { base, scale } = adapter;
  const list: Fact[] = [];
  if (!base) list.push({ code: 'adapter-alone' });
  if (scale === null) list.push({ code: 'adapter-scale-unknown', based: base !== null });
  return list;
}
