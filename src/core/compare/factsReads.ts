/** How often the values of a tensor are read for their facts, and how many of them are held meanwhile: what is known before. */
import { handedBytesOf, weightType, type ValueSource } from './values';

/**
 * The histogram needs the range, and the deviation the mean: values are looked at twice. Packed ones of up to so many bytes, as
 * they are decoded, are decoded once and held. All others are read again: plain bytes come out of the system's memory as
 * quickly as out of our own, and what is larger is not held.
 */
const MOST_HELD = 2 ** 26;

const isHeld = (source: ValueSource): boolean =>
  source.from.kind === 'tensor' && source.from.place.kind === 'recipe' && handedBytesOf(source) <= MOST_HELD;

/** How often the values of a tensor are read. */
export const readsOf = (source: ValueSource): number =>
  weightType(source) === null ? 0 : isHeld(source) ? 1 : 2;

/** Bytes that are held of a tensor. */
export const factsRoom = (source: ValueSource): number =>
  weightType(source) !== null && isHeld(source) ? handedBytesOf(source) : 0;
