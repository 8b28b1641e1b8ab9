/** Marks figures of a part of the network as such, wherever they are drawn. */
import { t } from '../l10n';
import { aboutPart, partSentence, type ShownPart } from '../words/subset';
import type { Figure } from './figure';

/** The same figures with title and caption that name the part; unchanged where they show whole networks. */
export function markParts(figures: readonly Figure[], shown: readonly ShownPart[]): Figure[] {
  if (partSentence(shown) === null) return [...figures];
  return figures.map((figure) => ({
    ...figure,
    title: t('{0} (part of the network)', figure.title),
    caption: aboutPart(shown, figure.caption),
    description: aboutPart(shown, figure.description),
  }));
}
