/** A part of the network in words, which go with every number that was computed from it. */
import type { Subset } from '../../src/protocol/analysis';
import { sameSubset, subsetName as nameOf } from '../../src/protocol/subset';
import { t } from '../l10n';

/** Up to this many are named one by one. */
const FEW = 4;

/** The choice in words. */
export const subsetName = (subset: Subset): string => nameOf(subset, t);

/** Ranges of blocks as people write them: commas or spaces between them; a dash may be long, and have spaces around it. */
export const blockRanges = (text: string): string[] =>
  text
    .replace(/\s+/g, ' ')
    .replace(/ ?[-–] ?/g, '-')
    .split(/[\s,;]+/)
    .filter(Boolean);

/** Something shown, and the part of its network that it is about. */
export interface ShownPart {
  name: string;
  subset: Subset | null;
}

/** The sentence for everything shown together; null where all of it is about whole networks. */
export function partSentence(shown: readonly ShownPart[]): string | null {
  const [first, ...others] = shown;
  if (!first || shown.every(({ subset }) => subset === null)) return null;
  if (others.every(({ subset }) => sameSubset(subset, first.subset)))
    return t('Part of the network: {0}.', subsetName(first.subset!));
  const named = shown
    .slice(0, FEW)
    .map(({ name, subset }) => t('{0}, {1}', name, subset ? subsetName(subset) : t('all layers')));
  const more = shown.length - named.length;
  return t(
    'Different parts of the networks: {0}.',
    [...named, ...(more > 0 ? [t('and {0} more', more)] : [])].join(' · '),
  );
}

/** `sentence` after the one about the part, if there is one. */
export function aboutPart(shown: readonly ShownPart[], sentence: string): string {
  const part = partSentence(shown);
  return part === null ? sentence : `${part} ${sentence}`;
}
