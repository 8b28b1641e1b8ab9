/** The choice of a part of the network: as people write it, and what pages ask about it. */
import * as v from 'valibot';
import type { Subset } from './analysis';
import { count } from './numbers';

const words = v.array(v.string());

/** A subset as people write it; empty lists ask for nothing. */
export const subsetInputSchema = v.object({
  /** Names of projections or tensors, with `*` and `?`. */
  include: words,
  exclude: words,
  /** Ranges such as `0-5` and `7`. */
  blocks: words,
  /** Roles such as `mlp.up`, or groups of them such as `mlp`. */
  roles: words,
});
export type SubsetInput = v.InferOutput<typeof subsetInputSchema>;

/** The subset as it would be written: {@link SubsetInput} of a {@link Subset}; all of the network is four empty lists. */
export function writtenSubset(subset: Subset | null): SubsetInput {
  const { include, exclude, blocks, roles } = subset ?? { include: [], exclude: [], blocks: [], roles: [] };
  const ranges = blocks.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return { include, exclude, blocks: ranges, roles };
}

/**
 * "attention, mlp.up; blocks 0–2, 7; names *dense; without *query*", the same in every view.
 * @param t translates, and fills in.
 */
export function subsetName(subset: Subset, t: (english: string, ...values: string[]) => string): string {
  const { include, exclude, blocks, roles } = writtenSubset(subset);
  const spans = blocks.map((range) => range.replace('-', '–')).join(', ');
  return [
    roles.join(', '),
    spans && (/^\d+$/.test(spans) ? t('block {0}', spans) : t('blocks {0}', spans)),
    include.length > 0 && t('names {0}', include.join(', ')),
    exclude.length > 0 && t('without {0}', exclude.join(', ')),
  ]
    .filter(Boolean)
    .join('; ');
}

/** Whether two subsets are one choice. */
export const sameSubset = (a: Subset | null, b: Subset | null): boolean =>
  JSON.stringify(writtenSubset(a)) === JSON.stringify(writtenSubset(b));

/** What there is to choose from, in all networks that a page shows. */
export const outlineSchema = v.object({
  /** Blocks of the deepest network. */
  blocks: count,
  /** In the order of the networks. */
  roles: v.array(v.object({ role: v.string(), projections: count })),
  /** A projection's name, for a start. */
  example: v.string(),
});
export type NetworkOutline = v.InferOutput<typeof outlineSchema>;

export const coverageSchema = v.object({ projections: count, of: count });
/** How much of the networks a choice takes. */
export type Coverage = v.InferOutput<typeof coverageSchema>;

/** What a page asks of the extension host about a part of the network. */
export const subsetMethods = {
  /** What is there to choose from? */
  outline: { params: v.null(), result: outlineSchema },
  /** What would this take? Fails with the key of {@link SubsetInput} as the subject where that is what is wrong. */
  checkSubset: { params: subsetInputSchema, result: coverageSchema },
  /** Analyzes this part from now on. Fails as `checkSubset`, and then changes nothing. */
  setSubset: { params: subsetInputSchema, result: v.null() },
} as const;
