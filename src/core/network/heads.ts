/** Attention heads, as far as config.json gives them, and the labels of target neurons. */
import { allConfigs, partConfig } from './configs';
import type { Fact } from '../../protocol/facts';
import type { Block } from './blocks';
import type { Fusion, Slice, Stack } from './family';
import type { Config, TargetSegment } from './types';

const HEAD_COUNT_KEYS = [
  'num_attention_heads',
  'n_head',
  'n_heads',
  'num_heads',
  'encoder_attention_heads',
  'attention_heads', // the vision tower of Llama 3.2
];

/** The largest models have 128 heads; every head may become a part of its own. */
export const MAX_HEADS = 1_024;

/** The number of query heads in `width` neurons; null where unknown or where it does not divide them. */
export function headCount(config: Config, width: number): number | null {
  const heads = HEAD_COUNT_KEYS.map((key) => config?.[key]).find((value) => typeof value === 'number');
  return heads !== undefined && isHeadCount(heads) && width % heads === 0 ? heads : null;
}

function isHeadCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_HEADS;
}

/** The configuration with the heads of blocks whose names begin with `prefix`. */
export function headsConfig(config: Config, prefix: string): Config {
  return partConfig(config, prefix, (each) => headsKey(each) !== undefined);
}

function headsKey(config: Config): string | undefined {
  return HEAD_COUNT_KEYS.find((each) => ['number', 'string'].includes(typeof config?.[each]));
}

/** Finds a number of heads in the configuration that cannot be right; lists with one entry per stage do not count. */
function headsWarning(config: Config): Fact[] {
  const wrong = allConfigs(config).flatMap((each): Fact[] => {
    const key = headsKey(each);
    const value = key && each[key];
    if (value === undefined || value === 0 || isHeadCount(value)) return [];
    return [{ code: 'head-count', key: key!, value: JSON.stringify(value).slice(0, 40), most: MAX_HEADS }];
  });
  return wrong.slice(0, 1);
}

/**
 * What a reader should know about the heads: that their number cannot be right, or is missing where the order of rows
 * depends on it.
 */
export function headsWarnings(blocks: readonly Block[], config: Config): Fact[] {
  const wrong = headsWarning(config);
  return wrong.length > 0 ? wrong : headsUnknown(blocks, config);
}

/**
 * Blocks whose queries, keys and values are stored head by head, where the number of heads is unknown; or in an order
 * that is unknown.
 */
function headsUnknown(blocks: readonly Block[], config: Config): Fact[] {
  for (const { stack, prefix, tensors } of blocks) {
    const undeclared = tensorsOf(stack, 'either').find((name) => tensors.has(name));
    if (undeclared !== undefined) return [{ code: 'rows-unknown', tensor: tensors.get(undeclared)!.name }];
    const fused = tensorsOf(stack, 'by-head').find((name) => tensors.has(name));
    if (fused === undefined) continue;
    const own = headsConfig(config, prefix);
    const key = headsKey(own);
    if (key !== undefined && isHeadCount(own?.[key])) continue;
    return [{ code: 'heads-unknown', tensor: tensors.get(fused)!.name }];
  }
  return [];
}

function tensorsOf({ places }: Stack, fusion: Fusion): string[] {
  const weights = places.flat().flatMap(({ variants }) => variants.flat().flatMap((each) => each.weights));
  return weights.flatMap((each) => (each.fusion === fusion ? each.tensors : []));
}

/** The meaning of a projection's targets: labeled ranges, per head where heads are known. */
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
    // There are at most as many key and value heads as query heads.
    if (!size || width % size !== 0 || width > first.width)
      return [{ label: label!, head: null, start: from, count: width }];
    return Array.from({ length: width / size }, (_, head) => ({
      label: label!,
      head,
      start: from + head * size,
      count: size,
    }));
  });
}

/** Rows are stored head by head, each q, then k, then v. */
function interleaved(slices: readonly Slice[], size: number): TargetSegment[] {
  return Array.from({ length: (slices.length * slices[0]!.width) / size }, (_, i) => ({
    label: slices[i % slices.length]!.label!,
    head: Math.floor(i / slices.length),
    start: i * size,
    count: size,
  }));
}
