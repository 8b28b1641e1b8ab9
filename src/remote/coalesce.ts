/** Which ranges of a file are asked for together. */
import type { ByteRange } from '../core/storage/storage';

/** One request asks for no more. */
export const MOST_REQUEST_BYTES = 8 * 2 ** 20;
/** Ranges farther apart than this are never joined. */
export const MOST_GAP_BYTES = 256_000;
/** Where more of a span is wanted than this, all of it is read. */
const STREAMED_SHARE = 0.7;

/**
 * The best gap: what flows through one of so many connections while a request is on its way.
 * @param bandwidth in bytes per second. @param latency of one request, in seconds.
 */
export function bestGap(bandwidth: number, latency: number, connections: number): number {
  return Math.round(Math.min(MOST_GAP_BYTES, Math.max(0, (bandwidth * latency) / connections)));
}

/**
 * Requests that hold all ranges, in order: those no farther apart than `gap` are one, up to {@link MOST_REQUEST_BYTES}.
 * @param ranges ascending by their offsets; they may overlap.
 */
export function coalesce(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const first = ranges[0];
  if (!first) return [];
  const end = ranges.reduce((last, { offset, bytes }) => Math.max(last, offset + bytes), 0);
  const wanted = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
  const span = end - first.offset;
  if (ranges.length > 1 && wanted > STREAMED_SHARE * span)
    return inPieces([{ offset: first.offset, bytes: span }]);
  const joined: ByteRange[] = [];
  let last: ByteRange | undefined;
  for (const { offset, bytes } of ranges) {
    if (bytes === 0) continue;
    const until = offset + bytes;
    if (last && offset - (last.offset + last.bytes) <= gap && until - last.offset <= MOST_REQUEST_BYTES)
      last.bytes = Math.max(last.bytes, until - last.offset);
    else if (last && offset < last.offset + last.bytes) {
      // Too long to be one, and overlapping: only the rest is new.
      const from = last.offset + last.bytes;
      if (until > from) joined.push((last = { offset: from, bytes: until - from }));
    } else joined.push((last = { offset, bytes }));
  }
  return inPieces(joined);
}

function inPieces(ranges: readonly ByteRange[]): ByteRange[] {
  return ranges.flatMap(({ offset, bytes }) =>
    Array.from({ length: Math.ceil(bytes / MOST_REQUEST_BYTES) }, (_, i) => ({
      offset: offset + i * MOST_REQUEST_BYTES,
      bytes: Math.min(MOST_REQUEST_BYTES, bytes - i * MOST_REQUEST_BYTES),
    })),
  );
}
