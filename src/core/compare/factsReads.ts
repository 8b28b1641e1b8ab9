/** How often the values of a tensor are read for their facts, and how many of them are cached, known beforehand. */
import { handedBytesOf, weightType, type ValueSource } from './values';

/**
 * The histogram needs the range, and the deviation needs the mean, so values are needed twice. Packed values of up to
 * this many bytes after decoding are decoded once and cached. All others are read again: plain bytes come out of the
 * system's cache as fast as out of our own memory, and larger ones are not cached.
 */
const MAX_HELD = 2 ** 26;

const isHeld = (source: ValueSource): boolean =>
  source.from.kind === 'tensor' && source.from.place.kind === 'recipe' && handedBytesOf(source) <= MAX_HELD;

/** How often the values of a tensor are read. */
export const readsOf = (source: ValueSource): number =>
  weightType(source) === null ? 0 : isHeld(source) ? 1 : 2;

/** Number of bytes that are cached for a tensor. */
export const factsBufferBytes = (source: ValueSource): number =>
  weightType(source) !== null && isHeld(source) ? handedBytesOf(source) : 0;
