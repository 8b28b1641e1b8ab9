/** Attention heads, as far as config.json tells, and the labels of target neurons. */
import type { Fusion } from './family';
import type { Slice } from './fusion';
import type { Config, TargetSegment } from './types';

const HEAD_COUNT_KEYS = ['num_attention_heads', 'n_head', 'n_heads', 'num_heads', 'encoder_attention_heads'];

/** The number of query heads in `width` neurons; null where unknown or where it does not divide them. */
export function headCount(config: Config, width: number): number | null {
  const heads = HEAD_COUNT_KEYS.map((key) => config?.[key]).find((value) => typeof value === 'number');
  return heads !== undefined && Number.isInteger(heads) && heads > 0 && width % heads === 0 ? heads : null;
}

/** What the targets of a projection are: labelled runs, per head where heads are known. */
export function targetSegments(
  slices: readonly Slice[],
  fusion: Fusion | null,
  config: Config,
): TargetSegment[] {
  const [first] = slices;
  if (!first?.label) return [];
  const heads = first.label === 'query' ? headCount(config, first.width) : null;
  const size = heads && first.width / heads;
  if (fusion === 'by-head-as-stored') return size ? interleaved(slices, size) : [];
  let start = 0;
  return slices.flatMap(({ label, width }): TargetSegment[] => {
    const from = start;
    start += width;
    if (!size || width % size !== 0) return [{ label: label!, head: null, start: from, count: width }];
    return Array.from({ length: width / size }, (_, head) => ({
      label: label!,
      head,
      start: from + head * size,
      count: size,
    }));
  });
}

/** Rows run head by head, each q, then k, then v. */
function interleaved(slices: readonly Slice[], size: number): TargetSegment[] {
  return Array.from({ length: (slices.length * slices[0]!.width) / size }, (_, i) => ({
    label: slices[i % slices.length]!.label!,
    head: Math.floor(i / slices.length),
    start: i * size,
    count: size,
  }));
}
