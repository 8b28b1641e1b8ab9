/** The choice of a part of the network: as people write it, and the messages of pages about it. */
import * as v from 'valibot';
import type { Subset } from './analysis';
import { count } from './numbers';

const words = v.array(v.string());

/** A subset as people write it; empty lists are no criteria. */
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

/** The text form of a {@link Subset}: a {@link SubsetInput}; for all of the network four empty lists. */
export function writtenSubset(subset: Subset | null): SubsetInput {
  const { include, exclude, blocks, roles } = subset ?? { include: [], exclude: [], blocks: [], roles: [] };
  const ranges = blocks.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return { include, exclude, blocks: ranges, roles };
}

/**
 * "attention, mlp.up; blocks 0–2, 7; names *dense; without *query*", the same in every view.
 * @param t translates, and inserts values.
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

/** Whether two subsets are the same choice. */
export const sameSubset = (a: Subset | null, b: Subset | null): boolean =>
  JSON.stringify(writtenSubset(a)) === JSON.stringify(writtenSubset(b));

/** The choices in all networks that a page shows. */
export const outlineSchema = v.object({
  /** Number of blocks of the deepest network. */
  blocks: count,
  /** In the order of the networks. */
  roles: v.array(v.object({ role: v.string(), projections: count })),
  /** A projection's name, as an example. */
  example: v.string(),
});
export type NetworkOutline = v.InferOutput<typeof outlineSchema>;

export const coverageSchema = v.object({ projections: count, of: count });
/** How many projections of the networks a choice selects. */
export type Coverage = v.InferOutput<typeof coverageSchema>;

/** Methods of the extension host for a part of the network, called by pages. */
export const subsetMethods = {
  /** Asks what there is to choose from. */
  outline: { params: v.null(), result: outlineSchema },
  /**
   * Asks what a choice would select. Rejects with the key of {@link SubsetInput} as subject where that is the problem.
   */
  checkSubset: { params: subsetInputSchema, result: coverageSchema },
  /** Analyzes this part from now on. Rejects as `checkSubset` does, and then changes nothing. */
  setSubset: { params: subsetInputSchema, result: v.null() },
} as const;
