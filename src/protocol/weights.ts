/** The weights of a network: the stored ones, or others drawn in their place. */
import * as v from 'valibot';
import { messages, type Translate } from './translate';

/**
 * Weights that are drawn in place of the stored ones: as before training, from the initializer that the architecture
 * documents, or from Gaussian distributions with the moments of the stored ones.
 */
export const DRAWN_KINDS = ['init', 'gaussian'] as const;
export type DrawnKind = (typeof DRAWN_KINDS)[number];

/** The kinds of weights with which a network may be analyzed. */
export type WeightKind = 'stored' | DrawnKind;

/**
 * What a result records about its weights. Kinds are not restricted to a list, so results with kinds of other versions
 * stay readable.
 */
export const weightsSchema = v.object({
  /** A {@link WeightKind}, or one of another version. */
  kind: v.pipe(v.string(), v.maxLength(64), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
  /** For drawn weights: the documented initializer, or the checkpoint that provided the moments. */
  source: v.exactOptional(v.string()),
});
export type RecordedWeights = v.InferOutput<typeof weightsSchema>;

export const STORED: RecordedWeights = { kind: 'stored' };

/** Whether they were read, not drawn. */
export const areStored = ({ kind }: RecordedWeights): boolean => kind === STORED.kind;

/** A new kind needs a line here. */
const WORDS = messages<DrawnKind>({
  init: 'synthetic step 0, drawn from the documented initializer: {0}',
  gaussian: 'Gaussian weights, drawn with the mean and deviation of each tensor of {0}',
});

/** Describes the weights and their source; null for stored ones. */
export function weightsText({ kind, source = '' }: RecordedWeights, t: Translate): string | null {
  if (kind === STORED.kind) return null;
  return Object.hasOwn(WORDS, kind)
    ? t(WORDS[kind as DrawnKind], source)
    : t('weights of the kind "{0}": {1}', kind, source);
}
